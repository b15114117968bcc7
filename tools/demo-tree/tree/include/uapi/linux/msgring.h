/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_MSGRING_H
#define _UAPI_LINUX_MSGRING_H

#include <linux/ioctl.h>
#include <linux/types.h>

@if uapi-doc
/*
 * /dev/msgring: processes append records to numbered channels, others read them. A channel begins with its first
 * writer and stays for a while after its last one has gone, so that late readers still get the rest.
 */
@end
@if stamp || level
/**
 * struct msgring_record - what read() puts in front of each record's data
 * @len:   bytes of data that follow
 @if level
 * @level: importance, 0 is the highest
 @end
 @if stamp
 * @stamp: time of the write, CLOCK_MONOTONIC, in ns
 @end
 * @seq:   number of the record in its channel, from 0
 */
@end
struct msgring_record {
	__u32 len;
@if level
	__u32 level;
@else
	__u32 reserved;
@end
	__u64 seq;
@if stamp
	__u64 stamp;
@end
};

@if max-record-uapi
/* Longest data of a record. */
#define MSGRING_MAX_DATA	4096

@end
#define MSGRING_F_WRITE		0x1
@if exclusive
#define MSGRING_F_EXCL		0x2	/* fail if the channel has a writer */
@end

struct msgring_attach {
	__u32 channel;
	__u32 flags;
};

@if stat-ioctl
struct msgring_stat {
	__u64 records;
	__u64 bytes;
@if lost
	__u64 lost;
@end
	__u32 writers;
	__u32 size;
};

@end
@if peek
/* Like read(), but leaves the position where it is. */
struct msgring_peek {
	__u64 buf;
	__u64 len;
};

@end
#define MSGRING_ATTACH		_IOW('R', 0x40, struct msgring_attach)
@if stat-ioctl
#define MSGRING_STAT		_IOR('R', 0x41, struct msgring_stat)
@end
@if timeout
#define MSGRING_SET_TIMEOUT	_IOW('R', 0x42, __u32)	/* ms, 0: for ever */
@end
@if linger-ioctl
#define MSGRING_SET_LINGER	_IOW('R', 0x43, __u32)	/* ms */
@end
@if peek
#define MSGRING_PEEK		_IOW('R', 0x44, struct msgring_peek)
@end
@if flush
#define MSGRING_FLUSH		_IO('R', 0x45)
@end
@if level-filter
#define MSGRING_SET_LEVEL	_IOW('R', 0x46, __u32)
@end
@if watermark
#define MSGRING_SET_WATERMARK	_IOW('R', 0x47, __u32)	/* bytes */
@end
@if pending-ioctl
#define MSGRING_PENDING		_IOR('R', 0x48, __u64)	/* bytes */
@end

#endif /* _UAPI_LINUX_MSGRING_H */
