// SPDX-License-Identifier: GPL-2.0
/*
 * A module full of mistakes: writing a name to /sys/kernel/debug/ring/provoke makes the one of that name. Recognisers
 * of crashes pass over functions that are called like machinery ("..._lock", "warn_..."), so these are not. For
 * tools/make-crash-logs; LKDTM has the mistakes that are not here.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#define RING_SLOTS 64

struct ring {
	struct list_head list;
	refcount_t users;
	struct timer_list timer;
	struct work_struct work;
	u32 head;
	u32 slots[RING_SLOTS];
};

static struct dentry *ring_dir;
static struct kmem_cache *ring_cache;
static DEFINE_MUTEX(ring_mutex);
static DEFINE_MUTEX(ring_log_mutex);
static DEFINE_SPINLOCK(ring_lock);
static LIST_HEAD(ring_list);
static struct ring __rcu *ring_current;
static u32 ring_table[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static volatile u32 ring_sink;
static volatile u32 ring_index = RING_SLOTS;

static noinline struct ring *ring_alloc(void)
{
	struct ring *ring = kmem_cache_zalloc(ring_cache, GFP_KERNEL);

	if (ring)
		INIT_LIST_HEAD(&ring->list);
	return ring;
}

static noinline void ring_free(struct ring *ring)
{
	kmem_cache_free(ring_cache, ring);
}

/* Inlined, so that a symbolised trace has something to show. */
static __always_inline u32 *ring_slot(struct ring *ring, u32 index)
{
	return &ring->slots[0] + index;
}

static __always_inline u32 ring_peek(struct ring *ring, u32 index)
{
	return READ_ONCE(*ring_slot(ring, index));
}

static noinline u32 ring_read(struct ring *ring, u32 index)
{
	u32 value = ring_peek(ring, index);

	ring_sink = value;
	return value;
}

static noinline void ring_write(struct ring *ring, u32 index, u32 value)
{
	WRITE_ONCE(*ring_slot(ring, index), value);
	ring_sink = value;
}

/* --- memory ------------------------------------------------------------- */

static noinline void uaf_read(void)
{
	struct ring *ring = ring_alloc();

	ring_free(ring);
	ring_read(ring, 3);
}

static noinline void uaf_write(void)
{
	struct ring *ring = ring_alloc();

	ring_free(ring);
	ring_write(ring, 3, 42);
}

static void ring_free_work(struct work_struct *work)
{
	ring_free(container_of(work, struct ring, work));
}

static noinline void uaf_after_work(void)
{
	struct ring *ring = ring_alloc();

	INIT_WORK(&ring->work, ring_free_work);
	schedule_work(&ring->work);
	msleep(200);
	ring_read(ring, 3);
}

static noinline void oob_read(void)
{
	struct ring *ring = ring_alloc();

	ring_read(ring, ring_index + 1);
	ring_free(ring);
}

static noinline void oob_write(void)
{
	struct ring *ring = ring_alloc();

	ring_write(ring, ring_index + 1, 42);
	ring_free(ring);
}

static noinline void global_oob(void)
{
	u32 *volatile table = ring_table;

	ring_sink = table[ring_index / 8 + 1];
}

static noinline void stack_oob(void)
{
	u32 slots[8] = { 1, 2, 3 };
	u32 *volatile p = slots;

	ring_sink = p[ring_index / 8 + 1];
}

static noinline void far_page(void)
{
	char *volatile p = vmalloc(PAGE_SIZE);

	ring_sink = p[PAGE_SIZE + 4];
	vfree(p);
}

static noinline void double_free(void)
{
	struct ring *ring = ring_alloc();

	ring_free(ring);
	ring_free(ring);
}

static noinline void invalid_free(void)
{
	char *p = kmalloc(128, GFP_KERNEL);

	kfree(p + 16);
}

static noinline void bad_string(void)
{
	char *p = kmalloc(16, GFP_KERNEL);

	memset(p, 'x', 16);
	pr_info("ring: %zu\n", strlen(p));
	kfree(p);
}

static noinline void leak(void)
{
	struct ring *ring = ring_alloc();

	WRITE_ONCE(ring->head, 1);
}

static noinline void poison_overwritten(void)
{
	struct ring *ring = ring_alloc();

	ring_free(ring);
	ring_write(ring, 5, 42);
	kmem_cache_shrink(ring_cache);
	for (int i = 0; i < 64; i++)
		ring_alloc();
}

static noinline void redzone_overwritten(void)
{
	char *volatile p = kmalloc(100, GFP_KERNEL);

	p[101] = 1;
	kfree(p);
}

static noinline void bad_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	get_page(page);
	page->mapping = (void *)8;
	put_page(page);
	__free_page(page);
}

/* KFENCE samples: sooner or later it has one. */
static noinline void sampled_uaf(void)
{
	for (int i = 0; i < 20000; i++) {
		struct ring *ring = ring_alloc();

		ring_free(ring);
		if (is_kfence_address(ring)) {
			ring_read(ring, 3);
			return;
		}
		if (i % 64 == 0)
			msleep(10);
	}
}

static noinline void sampled_oob(void)
{
	for (int i = 0; i < 20000; i++) {
		char *volatile p = kmalloc(32, GFP_KERNEL);

		if (is_kfence_address(p)) {
			unsigned long page = (unsigned long)p & ~(PAGE_SIZE - 1);

			ring_sink = *(volatile char *)(page - 1 == 0 ? page : (unsigned long)p & (PAGE_SIZE / 2) ?
						       page + PAGE_SIZE : page - 1);
			kfree(p);
			return;
		}
		kfree(p);
		if (i % 64 == 0)
			msleep(10);
	}
}

/* --- faults ------------------------------------------------------------- */

static noinline void null_read(void)
{
	struct ring *volatile ring = NULL;

	ring_read(ring, 3);
}

static noinline void null_call(void)
{
	void (*volatile call)(void) = NULL;

	call();
}

static noinline void wild_write(void)
{
	ring_write((struct ring *)0xffff9f0000000000ul, 3, 42);
}

static noinline void non_canonical(void)
{
	ring_read((struct ring *)0x6b6b6b6b6b6b6b6bul, 3);
}

static noinline void share(void)
{
	ring_sink = 100 / (ring_index - RING_SLOTS);
}

static noinline void despair(void)
{
	BUG_ON(ring_index == RING_SLOTS);
}

static noinline void surprise(void)
{
	WARN_ON(ring_index == RING_SLOTS);
}

static noinline void loud_surprise(void)
{
	WARN(ring_index, "ring: %u slots are one too many\n", ring_index);
}

static void ring_tick(struct timer_list *timer)
{
	WARN_ON_ONCE(ring_index == RING_SLOTS);
}

static noinline void tick_surprise(void)
{
	static struct timer_list timer;

	timer_setup(&timer, ring_tick, 0);
	mod_timer(&timer, jiffies + 2);
	msleep(200);
}

static noinline void tick_despair(void);
static void ring_explode(struct timer_list *timer)
{
	BUG();
}

static noinline void tick_despair(void)
{
	static struct timer_list timer;

	timer_setup(&timer, ring_explode, 0);
	mod_timer(&timer, jiffies + 2);
	msleep(200);
}

static noinline void twin_link(void)
{
	struct ring *ring = ring_alloc();

	list_add(&ring->list, &ring_list);
	list_add(&ring->list, &ring_list);
}

static noinline void twin_unlink(void)
{
	struct ring *ring = ring_alloc();

	list_add(&ring->list, &ring_list);
	list_del(&ring->list);
	list_del(&ring->list);
}

static noinline void twin_put(void)
{
	struct ring *ring = ring_alloc();

	refcount_set(&ring->users, 1);
	ring_sink = refcount_dec_and_test(&ring->users);
	ring_sink = refcount_dec_and_test(&ring->users);
}

static noinline void late_get(void)
{
	struct ring *ring = ring_alloc();

	refcount_set(&ring->users, 0);
	refcount_inc(&ring->users);
}

static noinline void too_far(void)
{
	ring_sink = 1 << ring_index;
}

static noinline void past_end(void)
{
	ring_sink = ring_table[ring_index];
}

static noinline void neither(void)
{
	volatile u8 raw = 42;

	ring_sink = *(volatile bool *)&raw ? 1 : 2;
}

static noinline void free_ticking(void)
{
	struct ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);

	timer_setup(&ring->timer, ring_tick, 0);
	mod_timer(&ring->timer, jiffies + 1000);
	kfree(ring);
}

/* --- locks -------------------------------------------------------------- */

static noinline void ring_order(void)
{
	mutex_lock(&ring_mutex);
	mutex_lock(&ring_log_mutex);
	mutex_unlock(&ring_log_mutex);
	mutex_unlock(&ring_mutex);
}

static noinline void ring_reorder(void)
{
	mutex_lock(&ring_log_mutex);
	mutex_lock(&ring_mutex);
	mutex_unlock(&ring_mutex);
	mutex_unlock(&ring_log_mutex);
}

static noinline void abba(void)
{
	ring_order();
	ring_reorder();
}

static noinline void ring_pair(struct mutex *a, struct mutex *b)
{
	mutex_lock(a);
	mutex_lock(b);
	mutex_unlock(b);
	mutex_unlock(a);
}

static noinline void nested_pair(void)
{
	struct mutex *m = kcalloc(2, sizeof(*m), GFP_KERNEL);

	for (int i = 0; i < 2; i++)
		mutex_init(&m[i]);
	ring_pair(&m[0], &m[1]);
}

static void ring_tick_shared(struct timer_list *timer)
{
	spin_lock(&ring_lock);
	spin_unlock(&ring_lock);
}

static noinline void irq_mix(void)
{
	static struct timer_list timer;

	timer_setup(&timer, ring_tick_shared, 0);
	mod_timer(&timer, jiffies + 1);
	msleep(100);
	spin_lock(&ring_lock);
	spin_unlock(&ring_lock);
}

static noinline void stray_release(void)
{
	spin_unlock(&ring_lock);
}

static noinline void keeper(void)
{
	mutex_lock(&ring_mutex);
}

static noinline void free_held(void)
{
	struct { struct mutex m; char rest[64]; } *held = kzalloc(sizeof(*held), GFP_KERNEL);

	mutex_init(&held->m);
	mutex_lock(&held->m);
	kfree(held);
}

static noinline void raw_key(void)
{
	struct { spinlock_t lock; } *raw = kzalloc(sizeof(*raw), GFP_KERNEL);

	spin_lock(&raw->lock);
	spin_unlock(&raw->lock);
}

static noinline void peek_outside(void)
{
	struct ring *ring = rcu_dereference(ring_current);

	ring_sink = ring != NULL;
}

static noinline void nap(void)
{
	spin_lock(&ring_lock);
	schedule_timeout_uninterruptible(2);
	spin_unlock(&ring_lock);
}

static noinline void hungry(void)
{
	spin_lock(&ring_lock);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&ring_lock);
}

static void ring_careless(struct work_struct *work)
{
	preempt_disable();
}

static noinline void careless(void)
{
	static DECLARE_WORK(work, ring_careless);

	schedule_work(&work);
	msleep(200);
}

/* --- hangs -------------------------------------------------------------- */

static int ring_hold(void *unused)
{
	mutex_lock(&ring_mutex);
	msleep_interruptible(3600 * 1000);
	return 0;
}

static noinline void stuck(void)
{
	kthread_run(ring_hold, NULL, "ring-holder");
	msleep(100);
	mutex_lock(&ring_mutex);
}

static noinline void spin_forever(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

/* Without anybody who waits for readers there is no stall. */
static int ring_wait_for_readers(void *unused)
{
	synchronize_rcu();
	return 0;
}

static noinline void reader_forever(void)
{
	kthread_run(ring_wait_for_readers, NULL, "ring-waiter");
	rcu_read_lock();
	for (;;)
		cpu_relax();
}

static void ring_tick_forever(struct timer_list *timer)
{
	for (;;)
		cpu_relax();
}

static noinline void tick_forever(void)
{
	static struct timer_list timer;

	kthread_run(ring_wait_for_readers, NULL, "ring-waiter");
	timer_setup(&timer, ring_tick_forever, 0);
	mod_timer(&timer, jiffies + 1);
	msleep_interruptible(100000);
}

static noinline void give_up(void)
{
	panic("ring: out of slots");
}

/* ------------------------------------------------------------------------ */

static const struct { const char *name; void (*make)(void); } mistakes[] = {
#define MISTAKE(name) { #name, name }
	MISTAKE(uaf_read), MISTAKE(uaf_write), MISTAKE(uaf_after_work), MISTAKE(oob_read), MISTAKE(oob_write),
	MISTAKE(global_oob), MISTAKE(stack_oob), MISTAKE(far_page), MISTAKE(double_free), MISTAKE(invalid_free),
	MISTAKE(bad_string), MISTAKE(leak), MISTAKE(poison_overwritten), MISTAKE(redzone_overwritten), MISTAKE(bad_page),
	MISTAKE(sampled_uaf), MISTAKE(sampled_oob), MISTAKE(null_read), MISTAKE(null_call), MISTAKE(wild_write),
	MISTAKE(non_canonical), MISTAKE(share), MISTAKE(despair), MISTAKE(surprise), MISTAKE(loud_surprise), MISTAKE(tick_surprise),
	MISTAKE(tick_despair), MISTAKE(twin_link), MISTAKE(twin_unlink), MISTAKE(twin_put),
	MISTAKE(late_get), MISTAKE(too_far), MISTAKE(past_end), MISTAKE(neither), MISTAKE(free_ticking),
	MISTAKE(abba), MISTAKE(nested_pair), MISTAKE(irq_mix), MISTAKE(stray_release),
	MISTAKE(keeper), MISTAKE(free_held), MISTAKE(raw_key), MISTAKE(peek_outside),
	MISTAKE(nap), MISTAKE(hungry), MISTAKE(careless), MISTAKE(stuck), MISTAKE(spin_forever),
	MISTAKE(reader_forever), MISTAKE(tick_forever), MISTAKE(give_up),
};

static ssize_t ring_provoke(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char name[32] = "";

	if (size >= sizeof(name) || copy_from_user(name, from, size))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (sysfs_streq(name, mistakes[i].name)) {
			mistakes[i].make();
			return size;
		}
	}
	return -ENOENT;
}

static const struct file_operations ring_fops = { .owner = THIS_MODULE, .write = ring_provoke };

static int __init ring_init(void)
{
	ring_cache = kmem_cache_create("ring", sizeof(struct ring), 0, 0, NULL);
	ring_dir = debugfs_create_dir("ring", NULL);
	debugfs_create_file("provoke", 0200, ring_dir, NULL, &ring_fops);
	return ring_cache ? 0 : -ENOMEM;
}

static void __exit ring_exit(void)
{
	debugfs_remove_recursive(ring_dir);
	kmem_cache_destroy(ring_cache);
}

module_init(ring_init);
module_exit(ring_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes mistakes on request");
