// SPDX-License-Identifier: GPL-2.0
/*
 * Message ring device: channels of records between processes
@if file-doc
 *
 * A channel is a ring of records with one or more writers. Writers never wait for readers: what a slow reader has
 * not fetched is overwritten. Readers copy without a lock and look afterwards whether the writer has overtaken them.
@end
@if lifetime-doc
 *
 * The table of channels holds one reference to each, and whoever works on a channel another. When the linger time
 * after the last writer is over, the channel leaves the table and its last user frees it.
@end
 */
@if pr-fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

@end
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/init.h>
#include <linux/jiffies.h>
@if kref
#include <linux/kref.h>
@end
@if stamp
#include <linux/ktime.h>
@end
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
@if poll
#include <linux/poll.h>
@end
@if proc
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
@end
@if !kref
#include <linux/refcount.h>
@end
@if sched-header
#include <linux/sched.h>
@end
#include <linux/slab.h>
@if sysfs
#include <linux/sysfs.h>
@end
#include <linux/uaccess.h>
@if wait
#include <linux/wait.h>
@end
#include <linux/workqueue.h>
#include <uapi/linux/msgring.h>

@if size-param
static unsigned int ring_kb = 64;
@if param-mode
module_param(ring_kb, uint, 0444);
@else
module_param(ring_kb, uint, 0);
@end
MODULE_PARM_DESC(ring_kb, "Size of a new channel's ring in KiB, a power of two");

@else
#define MSGRING_SIZE		(64 * 1024)
@end
@if linger-param
static unsigned int linger_ms = 1000;
module_param(linger_ms, uint, 0644);
MODULE_PARM_DESC(linger_ms, "How long a channel stays after its last writer");

@else
#define MSGRING_LINGER		HZ
@end
@if max-channels
#define MSGRING_MAX_CHANNELS	256
@end
@if !max-record-uapi
#define MSGRING_MAX_DATA	4096
@end
@if level-filter
#define MSGRING_LEVELS		8
@end

@if chan-doc
/**
 * struct msgring_chan - one channel
 * @ref:       the table's reference and one for each user at work
 * @id:        number under which it is in the table
 * @lock:      serialises writers
 * @head:      position behind the newest record, counted in bytes since the beginning
 * @tail:      position of the oldest record that is still whole
 * @seq:       number of the next record
 * @writers:   sessions attached for writing
 * @retire_at: when it leaves the table, in jiffies; counts only without writers
 */
@end
struct msgring_chan {
@if kref
	struct kref ref;
@else
	refcount_t ref;
@end
	int id;
	struct mutex lock;
@if wait
	wait_queue_head_t wait;
@end
	char *buf;
@if unsigned-size
	u32 size;
@else
	int size;
@end
	u64 head;
	u64 tail;
	u64 seq;
@if bytes-stat
	u64 bytes;
@end
@if lost && !dropped
	u64 lost;
@end
@if dropped
	u64 dropped;
@end
@if writers-unsigned
	unsigned int writers;
@else
	int writers;
@end
@if linger-ioctl
	unsigned long linger;
@end
	unsigned long retire_at;
@if owner
	kuid_t owner;
@end
};

@if session-doc
/* An open file. The lock keeps threads that share the file off each other's position. */
@end
struct msgring_session {
	struct mutex lock;
	int id;
	bool attached;
	bool writer;
	u64 pos;
@if timeout
	long timeout;
@end
@if level-filter
	u32 level;
@end
@if watermark
	u32 watermark;
@end
};

static DEFINE_IDR(msgring_table);
static DEFINE_MUTEX(msgring_lock);
@if total-stat
static u64 msgring_total;
@end

@if kref
static void msgring_release(struct kref *ref)
{
	struct msgring_chan *chan = container_of(ref, struct msgring_chan, ref);

	kvfree(chan->buf);
	kfree(chan);
}

static void msgring_put(struct msgring_chan *chan)
{
	kref_put(&chan->ref, msgring_release);
}
@else
static void msgring_put(struct msgring_chan *chan)
{
	if (!refcount_dec_and_test(&chan->ref))
		return;
	kvfree(chan->buf);
	kfree(chan);
}
@end

@if get-doc
/* The channel with a reference for the caller, NULL if there is none of that number (any more). */
@end
static struct msgring_chan *msgring_get(int id)
{
	struct msgring_chan *chan;

	mutex_lock(&msgring_lock);
	chan = idr_find(&msgring_table, id);
	if (chan)
@if kref
		kref_get(&chan->ref);
@else
		refcount_inc(&chan->ref);
@end
	mutex_unlock(&msgring_lock);
	return chan;
}

static void msgring_retire(struct work_struct *work);
static DECLARE_DELAYED_WORK(msgring_work, msgring_retire);

@if next-deadline
/* Channels that are due leave the table; the work comes back for the earliest of the others. */
static void msgring_retire(struct work_struct *work)
{
	unsigned long next = 0;
	struct msgring_chan *chan;
	bool more = false;
	int id;

	mutex_lock(&msgring_lock);
	idr_for_each_entry(&msgring_table, chan, id) {
		if (chan->writers)
			continue;
		if (time_before(jiffies, chan->retire_at)) {
			if (!more || time_before(chan->retire_at, next))
				next = chan->retire_at;
			more = true;
			continue;
		}
		idr_remove(&msgring_table, id);
@if wake-on-retire
		wake_up_interruptible(&chan->wait);
@end
		msgring_put(chan);
	}
	if (more)
		mod_delayed_work(system_wq, &msgring_work, next - jiffies);
	mutex_unlock(&msgring_lock);
}
@else
static void msgring_retire(struct work_struct *work)
{
	struct msgring_chan *chan;
	int id;

	mutex_lock(&msgring_lock);
	idr_for_each_entry(&msgring_table, chan, id) {
		if (chan->writers || time_before(jiffies, chan->retire_at))
			continue;
		idr_remove(&msgring_table, id);
@if wake-on-retire
		wake_up_interruptible(&chan->wait);
@end
		msgring_put(chan);
	}
	if (!idr_is_empty(&msgring_table))
		schedule_delayed_work(&msgring_work, HZ / 10);
	mutex_unlock(&msgring_lock);
}
@end

static struct msgring_chan *msgring_create(int id)
{
	struct msgring_chan *chan;
	int ret;

	chan = kzalloc(sizeof(*chan), GFP_KERNEL);
	if (!chan)
		return ERR_PTR(-ENOMEM);
@if size-param
	chan->size = roundup_pow_of_two(clamp(ring_kb, 16U, 4096U) * 1024);
@else
	chan->size = MSGRING_SIZE;
@end
@if account
	chan->buf = kvmalloc(chan->size, GFP_KERNEL_ACCOUNT);
@else
	chan->buf = kvmalloc(chan->size, GFP_KERNEL);
@end
	if (!chan->buf) {
		kfree(chan);
		return ERR_PTR(-ENOMEM);
	}
@if kref
	kref_init(&chan->ref);
@else
	refcount_set(&chan->ref, 1);
@end
	mutex_init(&chan->lock);
@if wait
	init_waitqueue_head(&chan->wait);
@end
@if linger-ioctl
	chan->linger = msecs_to_jiffies(linger_ms);
@end
@if owner
	chan->owner = current_fsuid();
@end
	chan->id = id;
@if max-channels
	ret = idr_alloc(&msgring_table, chan, id, id + 1, GFP_KERNEL);
@else
	ret = idr_alloc(&msgring_table, chan, id, id + 1, GFP_KERNEL);
@end
	if (ret < 0) {
		msgring_put(chan);
		return ERR_PTR(ret);
	}
@if debug-msg
	pr_debug("channel %d: %u bytes\n", id, chan->size);
@end
	return chan;
}

@if detach-doc
/* The linger time begins when the last writer leaves. */
@end
static void msgring_detach(struct msgring_session *s)
{
	struct msgring_chan *chan;

	if (!s->attached)
		return;
	mutex_lock(&msgring_lock);
	chan = idr_find(&msgring_table, s->id);
	if (chan && s->writer && --chan->writers == 0) {
@if linger-ioctl
		chan->retire_at = jiffies + chan->linger;
@elif linger-param
		chan->retire_at = jiffies + msecs_to_jiffies(linger_ms);
@else
		chan->retire_at = jiffies + MSGRING_LINGER;
@end
@if next-deadline
		mod_delayed_work(system_wq, &msgring_work, 0);
@else
		schedule_delayed_work(&msgring_work, HZ / 10);
@end
	}
	mutex_unlock(&msgring_lock);
	s->attached = false;
	s->writer = false;
}

static long msgring_attach(struct msgring_session *s, void __user *arg)
{
	struct msgring_attach req;
	struct msgring_chan *chan;
	long ret = 0;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
@if exclusive
	if (req.flags & ~(MSGRING_F_WRITE | MSGRING_F_EXCL) || req.channel > INT_MAX - 1)
		return -EINVAL;
@else
	if (req.flags & ~MSGRING_F_WRITE || req.channel > INT_MAX - 1)
		return -EINVAL;
@end
@if max-channels
	if (req.channel >= MSGRING_MAX_CHANNELS)
		return -ECHRNG;
@end

	msgring_detach(s);
	mutex_lock(&msgring_lock);
	chan = idr_find(&msgring_table, req.channel);
	if (!chan && (req.flags & MSGRING_F_WRITE))
		chan = msgring_create(req.channel);
	if (IS_ERR_OR_NULL(chan)) {
		ret = chan ? PTR_ERR(chan) : -ENOENT;
		goto out;
	}
@if exclusive
	if ((req.flags & MSGRING_F_EXCL) && chan->writers) {
		ret = -EBUSY;
		goto out;
	}
@end
@if owner
	if ((req.flags & MSGRING_F_WRITE) && !uid_eq(chan->owner, current_fsuid()) && !capable(CAP_SYS_ADMIN)) {
		ret = -EPERM;
		goto out;
	}
@end
	s->id = req.channel;
	s->attached = true;
	s->writer = req.flags & MSGRING_F_WRITE;
	s->pos = chan->tail;
	if (s->writer)
		chan->writers++;
out:
	mutex_unlock(&msgring_lock);
	return ret;
}

@if bytes-doc
/* Copies between the ring and @data; positions wrap at the ring's size, a power of two. */
@end
static void msgring_put_bytes(struct msgring_chan *chan, u64 pos, const void *data, u32 len)
{
	u32 at = pos & (chan->size - 1);
	u32 first = min_t(u32, len, chan->size - at);

	memcpy(chan->buf + at, data, first);
	memcpy(chan->buf, data + first, len - first);
}

static void msgring_get_bytes(struct msgring_chan *chan, u64 pos, void *data, u32 len)
{
	u32 at = pos & (chan->size - 1);
	u32 first = min_t(u32, len, chan->size - at);

	memcpy(data, chan->buf + at, first);
	memcpy(data + first, chan->buf, len - first);
}

@if make-room
/* Drops the oldest records until @need bytes are free. */
static void msgring_make_room(struct msgring_chan *chan, u32 need)
{
	struct msgring_record old;

	while (chan->head + need - chan->tail > chan->size) {
		msgring_get_bytes(chan, chan->tail, &old, sizeof(old));
		WRITE_ONCE(chan->tail, chan->tail + sizeof(old) + old.len);
@if lost && !dropped
		chan->lost++;
@end
@if dropped
		chan->dropped++;
@end
	}
}

@end
static void msgring_append(struct msgring_chan *chan, struct msgring_record *rec, const void *data)
{
	u32 need = sizeof(*rec) + rec->len;
@if !make-room
	struct msgring_record old;
@end

	mutex_lock(&chan->lock);
@if make-room
	msgring_make_room(chan, need);
@else
	while (chan->head + need - chan->tail > chan->size) {
		msgring_get_bytes(chan, chan->tail, &old, sizeof(old));
		WRITE_ONCE(chan->tail, chan->tail + sizeof(old) + old.len);
@if lost
		chan->lost++;
@end
	}
@end
	rec->seq = chan->seq++;
@if stamp
	rec->stamp = ktime_get_ns();
@end
	msgring_put_bytes(chan, chan->head, rec, sizeof(*rec));
	msgring_put_bytes(chan, chan->head + sizeof(*rec), data, rec->len);
@if release-head
	smp_store_release(&chan->head, chan->head + need);
@else
	WRITE_ONCE(chan->head, chan->head + need);
@end
@if bytes-stat
	chan->bytes += rec->len;
@end
@if total-stat
	msgring_total += rec->len;
@end
	mutex_unlock(&chan->lock);
@if wait && !wake-active
	wake_up_interruptible(&chan->wait);
@end
@if wake-active
	if (wq_has_sleeper(&chan->wait))
		wake_up_interruptible(&chan->wait);
@end
}

@if level
/* A record may begin with "<N>": its level, as in /dev/kmsg. Returns the number of characters of that. */
static u32 msgring_parse_level(const char *data, u32 len, struct msgring_record *rec)
{
	if (len < 3 || data[0] != '<' || data[2] != '>' || data[1] < '0' || data[1] > '7')
		return 0;
	rec->level = data[1] - '0';
	return 3;
}

@end
static ssize_t msgring_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	struct msgring_session *s = file->private_data;
	struct msgring_record rec = {};
	struct msgring_chan *chan;
@if level
	u32 skip;
@end
	void *data;

@if !write-locked
	if (!s->attached || !s->writer)
		return -EBADF;
@end
	if (len == 0 || len > MSGRING_MAX_DATA)
		return -EMSGSIZE;
	data = memdup_user(buf, len);
	if (IS_ERR(data))
		return PTR_ERR(data);
@if write-locked
	mutex_lock(&s->lock);
	chan = s->writer ? msgring_get(s->id) : ERR_PTR(-EBADF);
	mutex_unlock(&s->lock);
	if (IS_ERR_OR_NULL(chan)) {
		kfree(data);
		return chan ? PTR_ERR(chan) : -ENOENT;
	}
@else
	chan = msgring_get(s->id);
	if (!chan) {
		kfree(data);
		return -ENOENT;
	}
@end
@if level
	rec.level = 4;
	skip = msgring_parse_level(data, len, &rec);
	rec.len = len - skip;
	msgring_append(chan, &rec, data + skip);
@else
	rec.len = len;
	msgring_append(chan, &rec, data);
@end
	msgring_put(chan);
	kfree(data);
	return len;
}

@if split-copy
/* Data of one record to the user, in one piece or two if it wraps. */
static int msgring_data_to_user(struct msgring_chan *chan, u64 pos, char __user *buf, u32 len)
{
	u32 at = pos & (chan->size - 1);
	u32 first = min_t(u32, len, chan->size - at);

	if (copy_to_user(buf, chan->buf + at, first))
		return -EFAULT;
	if (copy_to_user(buf + first, chan->buf, len - first))
		return -EFAULT;
	return 0;
}

@end
@if copy-doc
/*
 * Copies whole records from *@pos on, as many as fit. The writer may overtake at any moment: a record counts only if
 * it is still there after it has been copied.
 */
@end
static ssize_t msgring_copy(struct msgring_chan *chan, struct msgring_session *s, u64 *pos, char __user *buf,
			    size_t len)
{
	struct msgring_record rec;
	size_t done = 0;
@if !split-copy
	u32 at, first;
@end

@if release-head
	while (*pos != smp_load_acquire(&chan->head)) {
@else
	while (*pos != READ_ONCE(chan->head)) {
@end
		msgring_get_bytes(chan, *pos, &rec, sizeof(rec));
@if rmb
		smp_rmb();
@end
@if overtaken-comment && !overtaken-reworded
		/* Overtaken: go on with the oldest that is left. */
@end
@if overtaken-comment && overtaken-reworded
		/* The writer was faster: go on with the oldest record there is. */
@end
		if (*pos < READ_ONCE(chan->tail)) {
			*pos = READ_ONCE(chan->tail);
			continue;
		}
@if len-check
		if (rec.len > MSGRING_MAX_DATA)
			return -EIO;
@end
@if level-filter
		if (rec.level > s->level) {
			*pos += sizeof(rec) + rec.len;
			continue;
		}
@end
		if (done + sizeof(rec) + rec.len > len)
			break;
		if (copy_to_user(buf + done, &rec, sizeof(rec)))
			return -EFAULT;
@if split-copy
		if (msgring_data_to_user(chan, *pos + sizeof(rec), buf + done + sizeof(rec), rec.len))
			return -EFAULT;
@else
		at = (*pos + sizeof(rec)) & (chan->size - 1);
		first = min_t(u32, rec.len, chan->size - at);
		if (copy_to_user(buf + done + sizeof(rec), chan->buf + at, first) ||
		    copy_to_user(buf + done + sizeof(rec) + first, chan->buf, rec.len - first))
			return -EFAULT;
@end
@if recheck
		if (*pos < READ_ONCE(chan->tail))
			continue;
@end
		*pos += sizeof(rec) + rec.len;
		done += sizeof(rec) + rec.len;
@if resched
		cond_resched();
@end
	}
@if small-buffer
	if (!done && *pos != READ_ONCE(chan->head))
		return -EMSGSIZE;
@end
	return done;
}

@if view
/* The session's channel, for a look at its records: a position that was overtaken is moved to the oldest of them. */
static struct msgring_chan *msgring_view(struct msgring_session *s)
{
	struct msgring_chan *chan;

	if (!s->attached)
		return ERR_PTR(-EBADF);
	chan = msgring_get(s->id);
	if (!chan)
		return ERR_PTR(-ENOENT);
	s->pos = max(s->pos, READ_ONCE(chan->tail));
	msgring_put(chan);
	return chan;
}

@end
@if wait
@if timeout
static int msgring_wait(struct msgring_chan *chan, struct msgring_session *s)
{
	long left;

@if watermark
	left = wait_event_interruptible_timeout(chan->wait, READ_ONCE(chan->head) - s->pos > s->watermark ||
						!READ_ONCE(chan->writers), s->timeout);
@else
	left = wait_event_interruptible_timeout(chan->wait, READ_ONCE(chan->head) != s->pos ||
						!READ_ONCE(chan->writers), s->timeout);
@end
	if (left < 0)
		return left;
	return left ? 0 : -ETIMEDOUT;
}
@else
static int msgring_wait(struct msgring_chan *chan, struct msgring_session *s)
{
	return wait_event_interruptible(chan->wait, READ_ONCE(chan->head) != s->pos || !READ_ONCE(chan->writers));
}
@end

@if wait-first
/* Blocks until there is something to read. A channel without writers gets no new records: no wait. */
static int msgring_wait_data(struct msgring_session *s)
{
	struct msgring_chan *chan = msgring_get(s->id);
	int ret = 0;

	if (!chan)
		return -ENOENT;
	if (READ_ONCE(chan->head) == s->pos && READ_ONCE(chan->writers))
		ret = msgring_wait(chan, s);
	msgring_put(chan);
	return ret;
}

@end
@end
static ssize_t msgring_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct msgring_session *s = file->private_data;
	struct msgring_chan *chan;
	ssize_t ret;

@if read-locked
	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
@else
	mutex_lock(&s->lock);
@end
@if wait-first
	ret = file->f_flags & O_NONBLOCK ? 0 : msgring_wait_data(s);
	if (ret)
		goto out;
@end
@if view
	chan = msgring_view(s);
	ret = PTR_ERR_OR_ZERO(chan);
	if (!ret)
		ret = msgring_copy(chan, s, &s->pos, buf, len);
@else
	ret = -EBADF;
	if (!s->attached)
		goto out;
	ret = -ENOENT;
	chan = msgring_get(s->id);
	if (!chan)
		goto out;
@if wait && !wait-first
@if nonblock
	ret = file->f_flags & O_NONBLOCK ? 0 : msgring_wait(chan, s);
@else
	ret = msgring_wait(chan, s);
@end
	if (!ret)
		ret = msgring_copy(chan, s, &s->pos, buf, len);
@else
	ret = msgring_copy(chan, s, &s->pos, buf, len);
@end
	msgring_put(chan);
@end
@if view && wait-first
out:
@end
@if !view
out:
@end
	mutex_unlock(&s->lock);
	return ret;
}

@if peek
static long msgring_peek(struct msgring_session *s, void __user *arg)
{
	struct msgring_peek req;
	struct msgring_chan *chan;
	long ret;
	u64 pos;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
@if view
	chan = msgring_view(s);
	if (IS_ERR(chan))
		return PTR_ERR(chan);
	pos = s->pos;
	ret = msgring_copy(chan, s, &pos, u64_to_user_ptr(req.buf), min_t(u64, req.len, INT_MAX));
@else
	if (!s->attached)
		return -EBADF;
	chan = msgring_get(s->id);
	if (!chan)
		return -ENOENT;
	pos = max(s->pos, READ_ONCE(chan->tail));
	ret = msgring_copy(chan, s, &pos, u64_to_user_ptr(req.buf), min_t(u64, req.len, INT_MAX));
	msgring_put(chan);
@end
	return ret;
}

@end
@if poll
static __poll_t msgring_poll(struct file *file, poll_table *wait)
{
	struct msgring_session *s = file->private_data;
	struct msgring_chan *chan;
@if poll-writers
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;
@else
	__poll_t mask = 0;
@end

	chan = msgring_get(s->id);
	if (!chan)
		return EPOLLHUP | EPOLLERR;
	poll_wait(file, &chan->wait, wait);
@if watermark
	if (READ_ONCE(chan->head) - READ_ONCE(s->pos) > READ_ONCE(s->watermark))
		mask |= EPOLLIN | EPOLLRDNORM;
@else
	if (READ_ONCE(chan->head) != READ_ONCE(s->pos))
		mask |= EPOLLIN | EPOLLRDNORM;
@end
	msgring_put(chan);
	return mask;
}

@end
@if llseek
/* SEEK_SET to 0 is the oldest record, SEEK_END to 0 behind the newest; there is nothing in between. */
static loff_t msgring_llseek(struct file *file, loff_t offset, int whence)
{
	struct msgring_session *s = file->private_data;
	struct msgring_chan *chan;
	loff_t ret = -EINVAL;

	mutex_lock(&s->lock);
	chan = msgring_get(s->id);
	if (!chan) {
		mutex_unlock(&s->lock);
		return -ENOENT;
	}
	if (offset == 0 && (whence == SEEK_SET || whence == SEEK_END)) {
		s->pos = whence == SEEK_SET ? READ_ONCE(chan->tail) : READ_ONCE(chan->head);
		ret = s->pos;
	}
	msgring_put(chan);
	mutex_unlock(&s->lock);
	return ret;
}

@end
@if stat-ioctl
static long msgring_stat(struct msgring_session *s, void __user *arg)
{
	struct msgring_stat stat = {};
	struct msgring_chan *chan = msgring_get(s->id);

	if (!chan)
		return -ENOENT;
@if stat-locked
	mutex_lock(&chan->lock);
@end
	stat.records = chan->seq;
	stat.bytes = chan->bytes;
@if lost && !dropped
	stat.lost = chan->lost;
@end
@if dropped
	stat.lost = chan->dropped;
@end
	stat.writers = chan->writers;
	stat.size = chan->size;
@if stat-locked
	mutex_unlock(&chan->lock);
@end
	msgring_put(chan);
	return copy_to_user(arg, &stat, sizeof(stat)) ? -EFAULT : 0;
}

@end
@if linger-ioctl
static long msgring_set_linger(struct msgring_session *s, u32 __user *arg)
{
	struct msgring_chan *chan;
	u32 ms;

	if (get_user(ms, arg))
		return -EFAULT;
@if linger-limit
	if (ms > 3600 * MSEC_PER_SEC)
		return -ERANGE;
@end
	if (!s->writer)
		return -EBADF;
	chan = msgring_get(s->id);
	if (!chan)
		return -ENOENT;
	WRITE_ONCE(chan->linger, msecs_to_jiffies(ms));
	msgring_put(chan);
	return 0;
}

@end
@if flush
static long msgring_flush(struct msgring_session *s)
{
	struct msgring_chan *chan;

	if (!s->writer)
		return -EBADF;
	chan = msgring_get(s->id);
	if (!chan)
		return -ENOENT;
	mutex_lock(&chan->lock);
	WRITE_ONCE(chan->tail, chan->head);
	mutex_unlock(&chan->lock);
	msgring_put(chan);
	return 0;
}

@end
@if pending-ioctl
static long msgring_pending(struct msgring_session *s, u64 __user *arg)
{
	struct msgring_chan *chan = msgring_get(s->id);
	u64 bytes;

	if (!chan)
		return -ENOENT;
	bytes = READ_ONCE(chan->head) - max(s->pos, READ_ONCE(chan->tail));
	msgring_put(chan);
	return put_user(bytes, arg);
}

@end
@if timeout
static long msgring_set_timeout(struct msgring_session *s, u32 __user *arg)
{
	u32 ms;

	if (get_user(ms, arg))
		return -EFAULT;
	s->timeout = ms ? msecs_to_jiffies(ms) : MAX_SCHEDULE_TIMEOUT;
	return 0;
}

@end
static long msgring_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct msgring_session *s = file->private_data;
@if user-ptr
	void __user *uarg = (void __user *)arg;
@end
	long ret = -ENOTTY;

	mutex_lock(&s->lock);
	switch (cmd) {
	case MSGRING_ATTACH:
@if user-ptr
		ret = msgring_attach(s, uarg);
@else
		ret = msgring_attach(s, (void __user *)arg);
@end
		break;
@if stat-ioctl
	case MSGRING_STAT:
@if user-ptr
		ret = msgring_stat(s, uarg);
@else
		ret = msgring_stat(s, (void __user *)arg);
@end
		break;
@end
@if timeout
	case MSGRING_SET_TIMEOUT:
@if user-ptr
		ret = msgring_set_timeout(s, uarg);
@else
		ret = msgring_set_timeout(s, (void __user *)arg);
@end
		break;
@end
@if linger-ioctl
	case MSGRING_SET_LINGER:
		ret = msgring_set_linger(s, (void __user *)arg);
		break;
@end
@if peek
	case MSGRING_PEEK:
		ret = msgring_peek(s, (void __user *)arg);
		break;
@end
@if flush
	case MSGRING_FLUSH:
		ret = msgring_flush(s);
		break;
@end
@if level-filter
	case MSGRING_SET_LEVEL:
		ret = get_user(s->level, (u32 __user *)arg);
		if (!ret)
			s->level = min_t(u32, s->level, MSGRING_LEVELS - 1);
		break;
@end
@if watermark
	case MSGRING_SET_WATERMARK:
		ret = get_user(s->watermark, (u32 __user *)arg);
		break;
@end
@if pending-ioctl
	case MSGRING_PENDING:
		ret = msgring_pending(s, (void __user *)arg);
		break;
@end
	}
	mutex_unlock(&s->lock);
	return ret;
}

static int msgring_open(struct inode *inode, struct file *file)
{
	struct msgring_session *s;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
@if timeout
	s->timeout = MAX_SCHEDULE_TIMEOUT;
@end
@if level-filter
	s->level = MSGRING_LEVELS - 1;
@end
@if no-id
	s->id = -1;
@end
	file->private_data = s;
@if llseek
	return 0;
@else
	return nonseekable_open(inode, file);
@end
}

static int msgring_close(struct inode *inode, struct file *file)
{
	struct msgring_session *s = file->private_data;

	msgring_detach(s);
	kfree(s);
	return 0;
}

static const struct file_operations msgring_fops = {
	.owner		= THIS_MODULE,
	.open		= msgring_open,
	.release	= msgring_close,
	.read		= msgring_read,
	.write		= msgring_write,
@if poll
	.poll		= msgring_poll,
@end
@if llseek
	.llseek		= msgring_llseek,
@else
	.llseek		= no_llseek,
@end
	.unlocked_ioctl	= msgring_ioctl,
@if compat
	.compat_ioctl	= compat_ptr_ioctl,
@end
};

@if sysfs
static ssize_t channels_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct msgring_chan *chan;
	int id, count = 0;

	mutex_lock(&msgring_lock);
	idr_for_each_entry(&msgring_table, chan, id)
		count++;
	mutex_unlock(&msgring_lock);
	return sysfs_emit(buf, "%d\n", count);
}
static DEVICE_ATTR_RO(channels);

@if total-stat
static ssize_t total_bytes_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(msgring_total));
}
static DEVICE_ATTR_RO(total_bytes);

@end
static struct attribute *msgring_attrs[] = {
	&dev_attr_channels.attr,
@if total-stat
	&dev_attr_total_bytes.attr,
@end
	NULL
};
ATTRIBUTE_GROUPS(msgring);

@end
static struct miscdevice msgring_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "msgring",
	.fops	= &msgring_fops,
@if sysfs
	.groups	= msgring_groups,
@end
@if mode
	.mode	= 0660,
@end
};

@if proc
static int msgring_proc_show(struct seq_file *m, void *v)
{
	struct msgring_chan *chan;
	int id;

@if proc-header
@if proc-lost
	seq_puts(m, "channel writers records    bytes     lost\n");
@else
	seq_puts(m, "channel writers records    bytes\n");
@end
@end
	mutex_lock(&msgring_lock);
	idr_for_each_entry(&msgring_table, chan, id) {
@if proc-align
		seq_printf(m, "%7d %7u %7llu %8llu", id, chan->writers, chan->seq, chan->bytes);
@else
		seq_printf(m, "%d %d %llu %llu", id, chan->writers, chan->seq, chan->bytes);
@end
@if proc-lost && !proc-dropped
		seq_printf(m, " %8llu", chan->lost);
@end
@if proc-lost && proc-dropped
		seq_printf(m, " %8llu", chan->dropped);
@end
		seq_putc(m, '\n');
	}
	mutex_unlock(&msgring_lock);
	return 0;
}

@end
static int __init msgring_init(void)
{
@if proc
	int ret = misc_register(&msgring_device);

	if (ret)
		return ret;
	if (!proc_create_single("msgring", 0444, NULL, msgring_proc_show)) {
		misc_deregister(&msgring_device);
		return -ENOMEM;
	}
@if load-msg
	pr_info("ready\n");
@end
	return 0;
@else
	return misc_register(&msgring_device);
@end
}

@if exit
static void __exit msgring_exit(void)
{
	struct msgring_chan *chan;
	int id;

@if proc
	remove_proc_entry("msgring", NULL);
@end
	misc_deregister(&msgring_device);
	cancel_delayed_work_sync(&msgring_work);
	idr_for_each_entry(&msgring_table, chan, id)
		msgring_put(chan);
	idr_destroy(&msgring_table);
}

@end
module_init(msgring_init);
@if exit
module_exit(msgring_exit);
@end

MODULE_DESCRIPTION("Message ring device");
@if module-author
MODULE_AUTHOR("Maren Holt <maren.holt@example.org>");
@end
MODULE_LICENSE("GPL");
