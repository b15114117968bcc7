#include "crash/oops_table.h"

#include "crash/frame_recipes.h"

namespace rigbisect {
namespace {

using namespace recipes;
using Texts = std::string_view;

// ---- recipes of single rows
// ------------------------------------------------------------------------------------

constexpr Pattern kasan_steps[] = {"BUG: KASAN: * in {func}", call_trace, trace};
constexpr FrameRecipe kasan = {.steps = kasan_steps};

constexpr Texts kmsan_skip[] = {"alloc_skb", "netlink_ack", "netlink_rcv_skb", "crypto", "sha1",  "sha256",
                                "aes",       "chacha",      "poly1305",        "kfree",  "string"};
constexpr Pattern bare_trace[] = {trace};
constexpr FrameRecipe kmsan = {.steps = bare_trace, .fallback = trace_only, .skip = kmsan_skip};
constexpr Pattern kmsan_origin_steps[] = {trace,
                                          "Local variable * created at:\nUninit was created at:", trace};
constexpr Texts kmsan_origin_skip[] = {"alloc_skb", "netlink_ack", "netlink_rcv_skb", "usb_alloc"};
constexpr FrameRecipe kmsan_with_origin = {.steps = kmsan_origin_steps, .skip = kmsan_origin_skip};

constexpr Pattern kfence_steps[] = {"BUG: KFENCE: ** in {func}", trace};
constexpr FrameRecipe kfence = {.steps = kfence_steps};
constexpr Texts kfence_corruption_skip[] = {"kfence", "^check_"};
constexpr FrameRecipe kfence_corruption = {.steps = kfence_steps, .skip = kfence_corruption_skip};

constexpr Texts spin_skip[] = {"spin_"};
constexpr FrameRecipe spinlock = {.steps = trace_only, .skip = spin_skip};
constexpr Texts rwlock_skip[] = {"_lock"};
constexpr FrameRecipe rwlock = {.steps = trace_only, .skip = rwlock_skip};

constexpr Texts schedule_skip[] = {"schedule"};
constexpr FrameRecipe atomic_schedule = {.steps = trace_only, .skip = schedule_skip};
constexpr Texts preemptible_skip[] = {"dump_stack", "preempt", "processor_id"};
constexpr FrameRecipe preemptible = {.steps = trace_only, .skip = preemptible_skip};

constexpr Pattern leak_steps[] = {"backtrace:\nbacktrace (crc", trace};
constexpr Texts leak_skip[] = {"kmemleak",      "sget_userns", "mm_alloc",   "kmalloc",
                               "kcalloc",       "kzalloc",     "kmem",       "slab",
                               "vmalloc",       "vzalloc",     "kvmalloc",   "krealloc",
                               "kmemdup",       "kstrdup",     "strdup",     "kobject_set_name",
                               "dev_set_name",  "alloc",       "mempool",    "create_cache",
                               "__kmalloc",     "copy_array",  "kasprintf",  "kvasprintf",
                               "list_lru_init", "pcpu_",       "radix_tree", "^idr_"};
constexpr FrameRecipe leak = {.steps = leak_steps, .skip = leak_skip};

constexpr Pattern bad_page_steps[] = {"page last allocated via\npage_owner tracks the page as allocated",
                                      trace};
constexpr Texts bad_page_skip[] = {"free_", "folio", "stack", "create_dummy", "get_page", "alloc_", "pages"};
constexpr FrameRecipe bad_page = {.steps = bad_page_steps, .skip = bad_page_skip};

constexpr FrameRecipe hung_task = {.steps = trace_only, .choice = FrameChoice::hung_task};

// Where the interrupt that noticed the stall came in.
constexpr Pattern interrupted = "apic_timer_interrupt+\n</IRQ>\n__irq_svc\nel1_irq\nel1_interrupt";
constexpr Pattern interrupted_steps[] = {interrupted, instruction_pointer, trace};
constexpr Pattern interrupted_trace[] = {interrupted, trace};
// Since 5.18 the interrupted registers stand alone (dump_cpu_task()).
constexpr Pattern registers_then_trace[] = {"[IP|NIP|pc |PC is at][:|] [blank][seg][pcs]{func}", call_trace,
                                            trace};
constexpr Texts rcu_stall_skip[] = {"apic_timer_interrupt", "rcu"};
constexpr FrameRecipe rcu_stall = {.steps = interrupted_steps,
                                   .fallback = interrupted_trace,
                                   .last_resort = registers_then_trace,
                                   .skip = rcu_stall_skip,
                                   .choice = FrameChoice::stall};
constexpr Pattern overflow_steps[] = {instruction_pointer, call_trace, trace};
constexpr FrameRecipe stack_overflow = {.steps = overflow_steps, .choice = FrameChoice::stall};
constexpr FrameRecipe overflow_panic = {.steps = trace_only, .choice = FrameChoice::stall};
constexpr FrameRecipe stack_end = {.steps = trace_only, .choice = FrameChoice::stall};

constexpr Texts usercopy_skip[] = {"usercopy", "__check"};
constexpr FrameRecipe usercopy_bug = {.steps = trace_only, .skip = usercopy_skip};

// Warnings: where the warning stood, as the registers or the trace tell.
constexpr FrameRecipe warning = {.steps = interrupt_then_trace, .fallback = trace_only};
constexpr Texts odebug_skip[] = {"debug_", "call_rcu"};
constexpr FrameRecipe odebug_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = odebug_skip};
constexpr FrameRecipe usercopy_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = usercopy_skip};
constexpr Texts kobject_skip[] = {"kobject_"};
constexpr FrameRecipe kobject_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = kobject_skip};
constexpr Texts proc_skip[] = {"proc_"};
constexpr FrameRecipe proc_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = proc_skip};
constexpr Texts refcount_skip[] = {"refcount", "kobject_"};
constexpr FrameRecipe refcount_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = refcount_skip};
constexpr Texts kmalloc_skip[] = {"kmalloc", "kcalloc", "krealloc", "kvmalloc",
                                  "slab",    "kzalloc", "kmem",     "memdup"};
constexpr FrameRecipe kmalloc_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = kmalloc_skip};
constexpr Texts vmalloc_skip[] = {"vmalloc", "vzalloc"};
constexpr FrameRecipe vmalloc_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = vmalloc_skip};
constexpr Texts usb_skip[] = {"usb_submit_urb", "usb_start_wait_urb", "usb_bulk_msg", "usb_interrupt_msg",
                              "usb_control_msg"};
constexpr FrameRecipe usb_warning = {.steps = interrupt_then_trace, .fallback = trace_only, .skip = usb_skip};
constexpr Texts locking_skip[] = {"lock", "IRQ", "stack", "release_sock"};
constexpr FrameRecipe locking_warning = {
    .steps = interrupt_then_trace, .fallback = trace_only, .skip = locking_skip};

constexpr Texts deadlock_skip[] = {"process_one_work", "rtnl_lock", "kill_fasync"};
constexpr FrameRecipe deadlock = {.steps = held_lock_then_trace, .skip = deadlock_skip};
constexpr Pattern lock_order_steps[] = {"which became * at:", trace};
constexpr FrameRecipe lock_order = {.steps = lock_order_steps, .skip = deadlock_skip};
constexpr Pattern one_lock_steps[] = {"at: [pcs]{func}", call_trace, trace};
constexpr FrameRecipe one_lock = {.steps = one_lock_steps};
constexpr Texts rcu_usage_skip[] = {"rcu", "kmem", "slab"};
constexpr FrameRecipe rcu_usage = {.steps = trace_only, .skip = rcu_usage_skip};
constexpr Texts static_key_skip[] = {"stack", "lock", "IRQ"};
constexpr FrameRecipe static_key = {.steps = trace_only, .skip = static_key_skip};

constexpr Texts list_skip[] = {"list"};
constexpr FrameRecipe corrupted_list = {.steps = trace_only, .skip = list_skip};
constexpr Texts ubsan_skip[] = {"ubsan", "overflow"};
constexpr FrameRecipe ubsan = {.steps = trace_only, .skip = ubsan_skip};
constexpr Pattern unlock_steps[] = {"^[blank]\\[<[hex]>\\] {func}", call_trace, trace};
constexpr FrameRecipe unlock = {.steps = unlock_steps};

// ---- BUG:
// ------------------------------------------------------------------------------------------------------

constexpr Pattern bug_ignore[] = {
    "ODEBUG:", "DEBUG:", "Boot_DEBUG:", "xlog_status:", "no syscalls can create resource"};

constexpr Pattern paging_request =
    "BUG: unable to handle kernel paging request\n"
    "BUG: unable to handle page fault for address\n"
    "BUG: Unable to handle kernel data access\n"
    "BUG: Unable to handle kernel instruction fetch";
constexpr Pattern null_dereference =
    "BUG: unable to handle kernel NULL pointer dereference\n"
    "BUG: kernel NULL pointer dereference, address:\n"
    "BUG: Kernel NULL pointer dereference";

constexpr TitleFormat bug_formats[] = {
    {.title = "BUG: KASAN:",
     .report = "BUG: KASAN: {kind} in {func}**{Read|Write} [of size|at addr] [hex]",
     .name = "KASAN: %1 %3 in %f",
     .alternative = "bad-access in %f",
     .frame = &kasan},
    {.title = "BUG: KASAN:",
     .report = "BUG: KASAN: [double-free or invalid-free|double-free|invalid-free] in {func}",
     .name = "KASAN: invalid-free in %f",
     .alternative = "invalid-free in %f",
     .frame = &kasan},
    {.title = "BUG: KASAN: {kind} on address",
     .report = "BUG: KASAN: {kind} on address**{Read|Write} of size [num]",
     .name = "KASAN: %1 %2"},
    {.title = "BUG: KASAN: {rest}", .name = "KASAN: %1", .corrupted = true},
    {.title = "BUG: KMSAN: kernel-usb-infoleak",
     .report = "BUG: KMSAN: kernel-usb-infoleak in {func}",
     .name = "KMSAN: kernel-usb-infoleak in %f",
     .alternative = "KMSAN origin in %g",
     .frame = &kmsan_with_origin,
     .needs_trace = false},
    {.title = "BUG: KMSAN:",
     .report = "BUG: KMSAN: {kind} in {func}",
     .name = "KMSAN: %1 in %f",
     .alternative = "bad-access in %f",
     .frame = &kmsan,
     .needs_trace = false},
    {.title = "BUG: KCSAN: {rest}", .name = "KCSAN: %1", .needs_trace = false},
    {.title = "BUG: KFENCE: {use-after-free|out-of-bounds} {read|write} in",
     .name = "KFENCE: %1 %2 in %f",
     .alternative = "bad-access in %f",
     .frame = &kfence},
    {.title = "BUG: KFENCE: invalid {read|write} in",
     .name = "KFENCE: invalid %1 in %f",
     .alternative = "bad-access in %f",
     .frame = &kfence},
    {.title = "BUG: KFENCE: invalid free in",
     .name = "KFENCE: invalid free in %f",
     .alternative = "invalid-free in %f",
     .frame = &kfence},
    {.title = "BUG: KFENCE: memory corruption in",
     .name = "KFENCE: memory corruption in %f",
     .frame = &kfence_corruption,
     .needs_trace = false},
    {.title = "BUG: [stack|TASK stack|IRQ stack] guard page was hit at",
     .name = "BUG: stack guard page was hit in %f",
     .alternative = "stack-overflow in %f",
     .frame = &stack_overflow},
    {.title = paging_request,
     .name = "BUG: unable to handle kernel paging request in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
    {.title = null_dereference,
     .name = "BUG: unable to handle kernel NULL pointer dereference in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
    {.title = "BUG: unable to handle kernel", .name = "BUG: unable to handle kernel", .corrupted = true},
    {.title = "BUG: spinlock {lockup suspected|already unlocked|recursion|bad magic|wrong owner|wrong CPU}",
     .name = "BUG: spinlock %1 in %f",
     .frame = &spinlock},
    {.title = "BUG: rwlock {lockup suspected|already unlocked|recursion|bad magic|wrong owner|wrong CPU}",
     .name = "BUG: rwlock %1 in %f",
     .frame = &rwlock},
    {.title = "BUG: soft lockup",
     .name = "BUG: soft lockup in %f",
     .alternative = "stall in %f",
     .frame = &stall},
    {.title = "BUG: * still has locks held!",
     .report = "BUG: * still has locks held!**[pcs]{func}",
     .name = "BUG: still has locks held in %f",
     .frame = &one_lock},
    {.title = "BUG: lock held when returning to user space!",
     .report = "leaving the kernel with locks still held!**at: [pcs]{func}",
     .name = "BUG: lock held when returning to user space in %1",
     .needs_trace = false},
    {.title = "BUG: bad unlock balance detected!", .name = "BUG: bad unlock balance in %f", .frame = &unlock},
    {.title = "BUG: held lock freed!",
     .report = "BUG: held lock freed!**at: [pcs]{func}",
     .name = "BUG: held lock freed in %1"},
    {.title = "BUG: Bad rss-counter state", .name = "BUG: Bad rss-counter state", .needs_trace = false},
    {.title = "BUG: non-zero nr_{ptes|pmds} on freeing mm",
     .name = "BUG: non-zero nr_%1 on freeing mm",
     .needs_trace = false},
    {.title = "BUG: Bad page {state|cache}", .name = "BUG: Bad page %1 in %f", .frame = &bad_page},
    {.title = "BUG: Bad page map", .name = "BUG: Bad page map"},
    {.title = "BUG: scheduling while atomic",
     .name = "BUG: scheduling while atomic in %f",
     .frame = &atomic_schedule},
    {.title = "BUG: workqueue leaked lock or atomic",
     .report = "BUG: workqueue leaked lock or atomic**last function: {word}",
     .name = "BUG: workqueue leaked lock or atomic in %1",
     .needs_trace = false},
    {.title = "BUG: workqueue lockup", .name = "BUG: workqueue lockup", .needs_trace = false},
    {.title = "BUG: sleeping function called from invalid context at",
     .name = "BUG: sleeping function called from invalid context in %f",
     .frame = &from_trace},
    {.title = "BUG: using {word}() in preemptible",
     .name = "BUG: using %1() in preemptible code in %f",
     .frame = &preemptible},
    {.title = "BUG: Dentry *still in use * \\[unmount of {text}\\]",
     .name = "BUG: Dentry still in use in unmount",
     .alternative = "BUG: Dentry still in use [unmount of %1]",
     .needs_trace = true},
    {.title = "BUG: Invalid wait context", .name = "WARNING: locking bug in %f", .frame = &locking_warning},
    {.title = "BUG: memory leak", .name = "memory leak in %f", .frame = &leak},
    {.title = "BUG:[blank][eol]", .name = "BUG: corrupted", .corrupted = true},
};

// ---- WARNING:
// --------------------------------------------------------------------------------------------------

constexpr Pattern warning_ignore[] = {
    "WARNING: * line * in the system's moduli\nWARNING: /etc/ssh/moduli does not exist, using",
    "workqueue cpumask: online intersect > possible intersect",
    "mand mount option",
    "in DT_FLAGS_1",
    "Unprivileged eBPF is enabled with eIBRS",
    "fbcon: * screen size",
    "See https* for mitigation options",
    "You are running * CPU_SRSO\nCPU_SRSO",
    "EXT4-fs",
    "[DEPRECATED|deprecated] [V|v][num] [CAPABILITIES|capabilities]",
    "[DEPRECATED|deprecated] [WIRELESS EXTENSIONS|wireless extensions]",
    "[WIRELESS EXTENSIONS|wireless extensions] [WHICH|which]",
    "XFS (*): WARNING",
};

constexpr TitleFormat warning_formats[] = {
    {.title = "WARNING: *lib/debugobjects.c* debug_\nWARNING: lib/debugobjects.c:",
     .name = "WARNING: ODEBUG bug in %f",
     .frame = &odebug_warning},
    {.title = "WARNING: *mm/usercopy.c* usercopy_warn",
     .name = "WARNING: bad usercopy in %f",
     .frame = &usercopy_warning},
    {.title = "WARNING: *lib/kobject.c* kobject_",
     .name = "WARNING: kobject bug in %f",
     .frame = &kobject_warning},
    {.title = "WARNING: *fs/proc/generic.c* proc_register",
     .name = "WARNING: proc registration bug in %f",
     .frame = &proc_warning},
    {.title = "WARNING: *lib/refcount.c:", .name = "WARNING: refcount bug in %f", .frame = &refcount_warning},
    {.title = "WARNING: *kernel/locking/lockdep.c:",
     .name = "WARNING: locking bug in %f",
     .frame = &locking_warning},
    {.title = "WARNING: Nested lock was not taken",
     .name = "WARNING: nested lock was not taken in %f",
     .frame = &warning},
    {.title =
         "WARNING: * mm/*.c* k[malloc|calloc|zalloc|realloc|vmalloc]\nWARNING: mm/*.c* at k[malloc|vmalloc]",
     .name = "WARNING: kmalloc bug in %f",
     .frame = &kmalloc_warning},
    {.title = "WARNING: *mm/vmalloc.c*__vmalloc_node",
     .report = "WARNING: *mm/vmalloc.c*__vmalloc_node",
     .name = "WARNING: zero-size vmalloc in %f",
     .frame = &vmalloc_warning},
    {.title = "WARNING: *usb_submit_urb", .name = "WARNING in %f/usb_submit_urb", .frame = &usb_warning},
    {.title = "WARNING: * at [src] {func}\nWARNING: [src] at {func}\nWARNING: \\[*\\] [src] at {func}\n"
              "WARNING: [src] at 0x0, CPU",
     .name = "WARNING in %f",
     .frame = &warning},
    {.title = "WARNING: possible circular locking dependency detected",
     .report = "is trying to acquire lock**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &deadlock},
    {.title = "WARNING: possible irq lock inversion dependency detected",
     .report = "just changed the state of lock**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &deadlock},
    {.title = "WARNING: *-safe -> *-unsafe lock order detected",
     .report = "is trying to acquire**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &lock_order},
    {.title = "WARNING: possible recursive locking detected",
     .report = "is trying to acquire lock**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &deadlock},
    {.title = "WARNING: inconsistent lock state",
     .report = "takes:**at: [pcs]{func}",
     .name = "inconsistent lock state in %f",
     .frame = &one_lock},
    {.title = "WARNING: suspicious RCU usage",
     .report = "WARNING: suspicious RCU usage**[src]",
     .name = "WARNING: suspicious RCU usage in %f",
     .frame = &rcu_usage},
    {.title = "WARNING: kernel stack regs at * has bad '*' value",
     .name = "WARNING: kernel stack regs has bad value",
     .needs_trace = false},
    {.title = "WARNING: kernel stack frame pointer at [hex] in * has bad value",
     .name = "WARNING: kernel stack frame pointer has bad value",
     .needs_trace = false},
    {.title = "WARNING: bad unlock balance detected!",
     .name = "WARNING: bad unlock balance in %f",
     .frame = &unlock},
    {.title = "WARNING: held lock freed!",
     .report = "WARNING: held lock freed!**at: [pcs]{func}",
     .name = "WARNING: held lock freed in %1"},
    {.title = "WARNING: * still has locks held!",
     .report = "still has locks held!**at: [pcs]{func}",
     .name = "WARNING: still has locks held in %1"},
    {.title = "WARNING: lock held when returning to user space!",
     .report = "leaving the kernel with locks still held!**at: [pcs]{func}",
     .name = "WARNING: lock held when returning to user space in %1",
     .needs_trace = false},
    {.title = "WARNING:[blank][eol]", .name = "WARNING: corrupted", .corrupted = true},
};

// ---- INFO:
// -----------------------------------------------------------------------------------------------------

constexpr Pattern info_ignore[] = {
    "INFO: lockdep is turned off",
    "INFO: Stall ended before state dump start",
    "INFO: NMI handler",
    "INFO: recovery required on readonly filesystem",
    "[handler|interrupt]* took too long",
    "INFO: sys_* is not present in /proc/kallsyms",
    "rmt_storage:INFO:",
    "_INFO:",
    "_INFO::",
};

constexpr Pattern rcu_stall_title =
    "INFO: rcu_[word] [detected|self-detected][ expedited|] stall\n"
    "INFO: rcu_[word] detected expedited stall";

constexpr TitleFormat info_formats[] = {
    {.title = "INFO: possible circular locking dependency detected",
     .report = "is trying to acquire lock**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &deadlock},
    {.title = "INFO: possible irq lock inversion dependency detected",
     .report = "just changed the state of lock**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &deadlock},
    {.title = "INFO: *-safe -> *-unsafe lock order detected",
     .report = "is trying to acquire**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &lock_order},
    {.title = "INFO: possible recursive locking detected",
     .report = "is trying to acquire lock**at: [pcs]{func}",
     .name = "possible deadlock in %f",
     .frame = &deadlock},
    {.title = "INFO: inconsistent lock state",
     .report = "takes:**at: [pcs]{func}",
     .name = "inconsistent lock state in %f",
     .frame = &one_lock},
    {.title = rcu_stall_title,
     .name = "INFO: rcu detected stall in %f",
     .alternative = "stall in %f",
     .frame = &rcu_stall},
    {.title = "INFO: trying to register non-static key",
     .name = "INFO: trying to register non-static key in %f",
     .frame = &static_key},
    {.title = "INFO: suspicious RCU usage",
     .report = "INFO: suspicious RCU usage**[src]",
     .name = "INFO: suspicious RCU usage in %f",
     .frame = &rcu_usage},
    {.title = "INFO: task * blocked for more than [num] seconds\n"
              "INFO: task * blocked in I/O wait for more than [num] seconds",
     .name = "INFO: task hung in %f",
     .alternative = "hang in %f",
     .frame = &hung_task},
    {.title = "INFO: task * can't die for more than [num] seconds",
     .name = "INFO: task can't die in %f",
     .alternative = "hang in %f",
     .frame = &hung_task},
    {.title = "INFO: {Freed|Allocated} in {rest}", .name = "INFO: %1 in %2", .corrupted = true},
    {.title = "INFO:[blank][eol]", .name = "INFO: corrupted", .corrupted = true},
};

// ---- the others
// ------------------------------------------------------------------------------------------------

constexpr TitleFormat unable_formats[] = {
    {.title = "Unable to handle kernel NULL pointer dereference",
     .name = "BUG: unable to handle kernel NULL pointer dereference in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
    {.title = "Unable to handle kernel access to user memory",
     .name = "BUG: unable to handle kernel access to user memory in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
    {.title = "Unable to handle kernel",
     .name = "BUG: unable to handle kernel paging request in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
};

constexpr Pattern protection_fault_ignore[] = {"general protection fault * error:[hex] in "};
constexpr TitleFormat protection_fault_formats[] = {
    {.title = "general protection fault",
     .name = "general protection fault in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
};

constexpr TitleFormat stack_segment_formats[] = {
    {.title = "stack segment: ", .name = "stack segment fault in %f", .frame = &from_pointer},
};

constexpr TitleFormat panic_formats[] = {
    {.title = "Kernel panic - not syncing: Fatal exception",
     .name = "kernel panic: Fatal exception",
     .corrupted = true},
    {.title = "Kernel panic - not syncing: panic_on_warn set",
     .name = "kernel panic: panic_on_warn set",
     .corrupted = true},
    {.title = "Kernel panic - not syncing: hung_task: blocked tasks",
     .name = "kernel panic: hung_task: blocked tasks",
     .corrupted = true},
    {.title = "Kernel panic - not syncing: Couldn't open N_TTY ldisc for",
     .name = "kernel panic: Couldn't open N_TTY ldisc"},
    {.title = "Kernel panic - not syncing: Attempted to kill init!",
     .name = "kernel panic: Attempted to kill init!"},
    {.title = "Kernel panic - not syncing: kernel stack overflow",
     .name = "kernel stack overflow in %f",
     .alternative = "stack-overflow in %f",
     .frame = &overflow_panic},
    {.title = "Kernel panic - not syncing: corrupted stack end detected inside scheduler",
     .name = "kernel panic: corrupted stack end in %f",
     .alternative = "stack-overflow in %f",
     .frame = &stack_end},
    {.title = "Kernel panic - not syncing: stack-protector:",
     .report = "Kernel panic - not syncing: stack-protector: * in: {func}",
     .name = "kernel panic: stack is corrupted in %1",
     .needs_trace = false},
    {.title = "Kernel panic - not syncing: stack-protector:",
     .name = "kernel panic: stack is corrupted in %f",
     .frame = &from_trace},
    {.title = "Kernel panic - not syncing: {rest}", .name = "kernel panic: %1"},
};

constexpr TitleFormat double_fault_formats[] = {
    {.title = "PANIC: double fault", .name = "PANIC: double fault in %f", .frame = &from_pointer},
};

constexpr Pattern rust_steps[] = {call_trace, trace};
constexpr Texts rust_skip[] = {"rust_begin_unwind", "rust_helper_", "panicking", "core::"};
constexpr FrameRecipe rust_panic = {.steps = rust_steps, .skip = rust_skip};
constexpr TitleFormat rust_formats[] = {
    {.title = "rust_kernel: panicked at",
     .report = "rust_kernel: panicked at [name][blank][nl]{rest}",
     .name = "%1 in %f",
     .frame = &rust_panic},
};

constexpr TitleFormat kernel_bug_formats[] = {
    {.title = "kernel BUG at *mm/usercopy.c", .name = "BUG: bad usercopy in %f", .frame = &usercopy_bug},
    {.title = "kernel BUG at *lib/list_debug.c",
     .name = "BUG: corrupted list in %f",
     .alternative = "bad-access in %f",
     .frame = &corrupted_list},
    {.title = "kernel BUG at {rest}", .name = "kernel BUG in %f", .frame = &from_pointer},
};

constexpr TitleFormat kernel_bug2_formats[] = {
    {.title = "Kernel BUG {rest}", .name = "kernel BUG in %f", .frame = &from_pointer},
};

constexpr TitleFormat slub_formats[] = {
    {.title = "BUG kmalloc-*: Object already free", .name = "BUG: Object already free"},
};

// The allocator's checks of any other cache: its name differs from kernel to kernel, as caches are merged.
constexpr TitleFormat slub_cache_formats[] = {
    {.title = "BUG [name] (*): {rest}", .name = "BUG: %1"},
};

constexpr TitleFormat divide_formats[] = {
    {.title = "divide error: \ndivide_error: ", .name = "divide error in %f", .frame = &from_pointer},
};

constexpr TitleFormat opcode_formats[] = {
    {.title = "invalid opcode: ", .name = "invalid opcode in %f", .frame = &from_pointer},
};

constexpr TitleFormat int3_formats[] = {
    {.title = "int3: ", .name = "int3 in %f", .frame = &from_pointer},
};

constexpr TitleFormat ubsan_formats[] = {
    {.title = "UBSAN: Undefined behaviour in", .name = "UBSAN: undefined-behaviour in %f", .frame = &ubsan},
    {.title = "UBSAN: array-index-out-of-bounds in",
     .name = "UBSAN: array-index-out-of-bounds in %f",
     .alternative = "bad-access in %f",
     .frame = &ubsan},
    {.title = "UBSAN: {kind} in", .name = "UBSAN: %1 in %f", .frame = &ubsan},
};

constexpr Pattern reboot_ignore[] = {"Parsing ELF", "Decompressing Linux", "Unknown parameter '"};
constexpr TitleFormat reboot_formats[] = {
    {.title = "Booting the kernel.", .name = "unexpected kernel reboot", .needs_trace = false},
};

constexpr TitleFormat netdevice_formats[] = {
    {.title = "unregister_netdevice: waiting for * to become free",
     .name = "unregister_netdevice: waiting for DEV to become free",
     .needs_trace = false},
};

constexpr TitleFormat vfs_count_formats[] = {
    {.title = "VFS: Close: file count is 0",
     .name = "VFS: Close: file count is zero (use-after-free)",
     .needs_trace = false},
};

constexpr TitleFormat vfs_busy_formats[] = {
    {.title = "VFS: Busy inodes after unmount",
     .name = "VFS: Busy inodes after unmount (use-after-free)",
     .needs_trace = false},
};

constexpr TitleFormat internal_error_formats[] = {
    {.title = "Internal error:",
     .name = "Internal error in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
};

constexpr TitleFormat unhandled_fault_formats[] = {
    {.title = "Unhandled fault:",
     .name = "Unhandled fault in %f",
     .alternative = "bad-access in %f",
     .frame = &from_pointer},
};

constexpr TitleFormat alignment_formats[] = {
    {.title = "Alignment trap:", .name = "Alignment trap in %f", .frame = &from_pointer},
};

constexpr TitleFormat trusty_formats[] = {
    {.title = "trusty: panic *ASSERT FAILED *: {rest}",
     .name = "trusty: ASSERT FAILED: %1",
     .needs_trace = false},
    {.title = "trusty: panic (caller *): {rest}", .name = "trusty: panic: %1", .needs_trace = false},
};

constexpr Pattern go_ignore[] = {"ALSA", "fatal error: cannot create timer"};
constexpr TitleFormat go_formats[] = {
    {.title = "fatal error:", .name = "go runtime error", .needs_trace = false},
};

constexpr TitleFormat fuzzer_fail_formats[] = {
    {.title = "SYZFAIL: {rest}", .name = "SYZFAIL: %1", .needs_trace = false},
};

constexpr TitleFormat fuzzer_fatal_formats[] = {
    {.title = "SYZFATAL: {rest}", .name = "SYZFATAL: %1", .alternative = "SYZFATAL", .needs_trace = false},
};

constexpr Pattern user_panic_ignore[] = {"_panic:", "xlog_status:", "evtlog_status:", "ddb.onpanic:"};
constexpr TitleFormat user_panic_formats[] = {
    {.title = "panic: {rest}", .name = "panic: %1", .needs_trace = false},
};

// The order matters: a line belongs to the first family it fits.
constexpr OopsFamily families[] = {
    {"BUG:", bug_ignore, bug_formats},
    {"WARNING:", warning_ignore, warning_formats},
    {"INFO:", info_ignore, info_formats},
    {"Unable to handle kernel", {}, unable_formats},
    {"general protection fault", protection_fault_ignore, protection_fault_formats},
    {"stack segment: ", {}, stack_segment_formats},
    {"Kernel panic", {}, panic_formats},
    {"PANIC: double fault", {}, double_fault_formats},
    {"rust_kernel: panicked", {}, rust_formats},
    {"kernel BUG", {}, kernel_bug_formats},
    {"Kernel BUG", {}, kernel_bug2_formats},
    {"BUG kmalloc-", {}, slub_formats},
    {"): Poison overwritten", {}, slub_cache_formats},
    {"): Redzone overwritten", {}, slub_cache_formats},
    {"): Left Redzone overwritten", {}, slub_cache_formats},
    {"): Right Redzone overwritten", {}, slub_cache_formats},
    {"): Padding overwritten", {}, slub_cache_formats},
    {"): Object padding overwritten", {}, slub_cache_formats},
    {"): Freepointer corrupt", {}, slub_cache_formats},
    {"): Freechain corrupt", {}, slub_cache_formats},
    {"): Object already free", {}, slub_cache_formats},
    {"): Invalid object pointer", {}, slub_cache_formats},
    {"): Slab has ", {}, slub_cache_formats},
    {"): Wrong object count", {}, slub_cache_formats},
    {"): Objects remaining", {}, slub_cache_formats},
    {"divide error:", {}, divide_formats},
    {"divide_error:", {}, divide_formats},
    {"invalid opcode:", {}, opcode_formats},
    {"int3:", {}, int3_formats},
    {"UBSAN:", {}, ubsan_formats},
    {"Booting the kernel.", reboot_ignore, reboot_formats},
    {"unregister_netdevice: waiting for", {}, netdevice_formats},
    {"VFS: Close: file count is 0", {}, vfs_count_formats},
    {"VFS: Busy inodes after unmount", {}, vfs_busy_formats},
    {"Internal error:", {}, internal_error_formats},
    {"Unhandled fault:", {}, unhandled_fault_formats},
    {"Alignment trap:", {}, alignment_formats},
    {"trusty: panic", {}, trusty_formats},
    {"fatal error:", go_ignore, go_formats},
    {"SYZFAIL:", {}, fuzzer_fail_formats},
    {"SYZFATAL:", {}, fuzzer_fatal_formats},
    {"panic:", user_panic_ignore, user_panic_formats},
};

constexpr Pattern info_with_stack[] = {"vmalloc: allocation failure", "FAULT_INJECTION: forcing a failure",
                                       "FAULT_FLAG_ALLOW_RETRY missing"};

constexpr Pattern continuations[] = {"invalid opcode: 0000",
                                     "Kernel panic - not syncing",
                                     "unregister_netdevice: waiting for",
                                     "PANIC: double fault",
                                     "Internal error:",
                                     "SYZFAIL:",
                                     "SYZFATAL:"};

}  // namespace

std::span<const OopsFamily> oops_families() {
  return families;
}
std::span<const Pattern> info_messages_with_stack() {
  return info_with_stack;
}
std::span<const Pattern> continuation_lines() {
  return continuations;
}

}  // namespace rigbisect
