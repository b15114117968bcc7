#include "crash/signal_scan.h"

namespace rigbisect {
namespace {

// Two or three pieces of each header, so that one survives; none is common in a healthy log.
constexpr std::string_view words_of_oopses[] = {
    // sanitizers
    ": KASAN: ", "UG: KASAN", "ASAN: use-a", "e-after-free", "ut-of-bounds", "-ptr-deref in",
    "memory-access in", "invalid-access", "invalid-free", "double-free in", ": KMSAN: ", "uninit-value",
    "infoleak in", ": KCSAN: ", "data-race in", ": KFENCE: ", "memory corruption in", "UBSAN: Und",
    "BSAN: Undef", "ndefined behaviour", "-overflow in", "-mismatch in", "invalid-load", "misaligned-access",
    // bad accesses
    "Unable to handle", "nable to handle", "handle kernel", "handle page fault", "paging request at",
    "NULL pointer", "pointer dereference", "page fault for", "general prot", "eral protection",
    "ection fault", "stack segment:", "k segment: 0000", "PANIC: double", "double fault", "divide error",
    "ivide error:", "divide_error", "error: 0000 [#", "nvalid opcode", "invalid opc", "opcode: 0000",
    "int3: 0000", "Internal error", "rnal error: ", "Unhandled fault", "handled fault:", "Alignment trap",
    "gnment trap: ",
    // locks
    "soft lockup", "t lockup - ", "BUG: soft", "spinlock b", "spinlock l", "spinlock a", "spinlock r",
    "spinlock w", "rwlock bad", "rwlock lo", "rwlock wr", "rwlock rec", "unlock balance", "held lock freed",
    "lock held when", "returning to user space", "Invalid wait", "wait context", "ircular locking",
    "possible circ", "lock inversion", "possible irq", "recursive locking", "possible recur", "-safe -> ",
    "unsafe lock order", "inconsistent lock", "t lock state", "suspicious RCU", "us RCU usage", "Nested lock",
    "ed lock was not", "still has locks", "has locks held", "non-static key", "to register non",
    "is turned off",
    // stalls and hangs
    "rcu_preempt ", "rcu_sched ", "detected stall", "etected expedited", "elf-detected", "stall on CPU",
    "INFO: task ", "blocked for", "for more than", "can't die for", "queue lockup", "workqueue l",
    "leaked lock",
    // others
    "RNING: CPU:", "[ cut here ]", "NG: CPU: ", "kernel BUG", "Kernel BUG", "rnel BUG at", "l BUG at ",
    "BUG kmalloc-", "stack guard page", "guard page was", "rss-counter", "on freeing mm", "Bad page state",
    "Bad page cache", "Bad page map", "le atomic: ", "scheduling while", "sleeping function",
    "invalid context at", "in preemptible", "n overwritten", "): Poison", "e overwritten", "g overwritten",
    "Freepointer c", "ter corrupt", "Freechain c", "ain corrupt", "Object already", "ready free",
    "Invalid object", "object pointer", "): Slab has", "allocated obj", "objects but", "Wrong object",
    "object count", "Objects rem", "ts remaining", "Dentry ffff", "still in use", "memory leak",
    "stack regs at", "stack frame pointer at", "rust_kernel: ", "panicked at", "Booting the kernel",
    "unregister_netdev", "device: waiting", "to become free", "VFS: Close", "file count is 0",
    "VFS: Busy inodes", "Busy inodes", "after unmount", "trusty: panic"};

constexpr std::string_view words_of_notes[] = {
    "Kernel panic",        "rnel panic",      "not syncing",     "fatal error",    "atal error:",
    "Out of memory: Kill", "Killed process",  "lowmemorykiller", "start executor", "pthread_create",
    "failed: SIGBUS",      "SYZFAIL: SIGBUS", "create temp dir", "SIGBUS: bus",    "runtime: out of",
    "runtime: failed",     "newosproc",       "allocate memory", "INIT: PANIC",    "]: segfault at",
    ": segfault",          "stack smashing",  "VM disconnected"};

}  // namespace

std::span<const std::string_view> oops_signal_words() {
  return words_of_oopses;
}
std::span<const std::string_view> note_signal_words() {
  return words_of_notes;
}

}  // namespace rigbisect
