// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a message ring over and over while it goes away.
 *
 * A writer fills a channel and leaves. From then on the channel has LINGER_MS to live, and a reader rewinds and reads it
 * all, again and again, with pauses, until it is gone. Then the next round begins. Each round is one chance: the channel
 * has to go away while the reader is in the middle of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL		7
#define RING_BYTES	(64 * 1024)
#define RECORD_BYTES	1000
#define LINGER_MS	400
/* Length of the pause between two reads, in lengths of the read before. */
#define PAUSE		4

struct msgring_attach {
	uint32_t channel;
	uint32_t flags;
};

#define MSGRING_F_WRITE		0x1
#define MSGRING_ATTACH		_IOW('R', 0x40, struct msgring_attach)
#define MSGRING_SET_LINGER	_IOW('R', 0x43, uint32_t)

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int attach(uint32_t flags)
{
	struct msgring_attach request = { .channel = CHANNEL, .flags = flags };
	int fd = open("/dev/msgring", O_RDWR | O_NONBLOCK);

	if (fd >= 0 && ioctl(fd, MSGRING_ATTACH, &request) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Twice as much as the ring holds, so that it is full and its beginning is overwritten. */
static int fill(int writer)
{
	static char record[RECORD_BYTES];

	memset(record, 'x', sizeof(record));
	for (int bytes = 0; bytes < 2 * RING_BYTES; bytes += RECORD_BYTES) {
		if (write(writer, record, sizeof(record)) != sizeof(record))
			return -1;
	}
	return 0;
}

static void rewind_reader(int *reader)
{
	if (lseek(*reader, 0, SEEK_SET) != -1)
		return;
	/* Older drivers do not seek. */
	close(*reader);
	*reader = attach(0);
}

/* Number of reads until the channel was gone. */
static int read_until_gone(int reader)
{
	static char buffer[2 * RING_BYTES];
	int reads = 0;

	for (; reader >= 0; reads++) {
		int64_t began = now_ns(), ended;

		if (read(reader, buffer, sizeof(buffer)) < 0)
			break;
		ended = now_ns();
		while (now_ns() < ended + PAUSE * (ended - began))
			;
		rewind_reader(&reader);
	}
	if (reader >= 0)
		close(reader);
	return reads;
}

static int one_round(void)
{
	uint32_t linger = LINGER_MS;
	int writer = attach(MSGRING_F_WRITE), reader;

	if (writer < 0 || fill(writer) != 0)
		return -1;
	ioctl(writer, MSGRING_SET_LINGER, &linger);
	reader = attach(0);
	close(writer);
	return read_until_gone(reader);
}

int main(void)
{
	for (int round = 1;; round++) {
		int reads = one_round();

		if (reads < 0) {
			printf("round %d: /dev/msgring: %s\n", round, strerror(errno));
			fflush(stdout);
			sleep(1);
			return 1;
		}
		printf("round %d: %d reads\n", round, reads);
		fflush(stdout);
	}
}
