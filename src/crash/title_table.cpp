#include "crash/title_table.h"

#include <algorithm>

namespace rigbisect {
namespace {

constexpr TitleReplacement replacements[] = {
    {"syz-executor[.|][num][:|/][num]\nsyz-executor[.|][num]", "syz-executor"},
    {"syzkaller[num][:|/][num]\nsyzkaller[num]", "syzkaller"},
    {"{other}[addr]", "%1ADDR"},
    {"[num].[num].[num].[num]", "IP"},
    {".{word}:[num]:[num]\n.{word}:[num]", ".%1:LINE"},
    {"{symbol}+0x[hex]/0x[hex]", "%1"},
    {"CPU#[num]", "CPU"},
    {"{other}[num]{other}\n{other}[num]{eol}", "%1NUM%2"},
    {"[long]", "NUM"},
};

constexpr FunctionGroup groups[] = {
    {"smp_call_function", "smp_call_function"}, {"synchronize_rcu", "synchronize_rcu"},
    {"synchronize_srcu", "synchronize_rcu"},    {"synchronize_net", "synchronize_rcu"},
    {"synchronize_sched", "synchronize_rcu"},   {"rtnl_lock", "rtnl_lock"},
};

constexpr TypeRule types[] = {
    {"KASAN: null-ptr-deref Read", "KASAN-NULL-POINTER-DEREFERENCE-READ"},
    {"KASAN: null-ptr-deref Write", "KASAN-NULL-POINTER-DEREFERENCE-WRITE"},
    {"KASAN: null-ptr-deref", "KASAN-NULL-POINTER-DEREFERENCE-READ"},
    {"KASAN: use-after-free Read", "KASAN-USE-AFTER-FREE-READ"},
    {"KASAN: slab-use-after-free Read", "KASAN-USE-AFTER-FREE-READ"},
    {"KASAN: use-after-free Write", "KASAN-USE-AFTER-FREE-WRITE"},
    {"KASAN: slab-use-after-free Write", "KASAN-USE-AFTER-FREE-WRITE"},
    {"KASAN: invalid-free", "KASAN-INVALID-FREE"},
    {"KASAN: double-free", "KASAN-INVALID-FREE"},
    {"KASAN: slab-out-of-bounds Write", "KASAN-WRITE"},
    {"KASAN: slab-out-of-bounds Read", "KASAN-READ"},
    {"KASAN: stack-out-of-bounds Write", "KASAN-WRITE"},
    {"KASAN: global-out-of-bounds Write", "KASAN-WRITE"},
    {"KASAN: vmalloc-out-of-bounds Write", "KASAN-WRITE"},
    {"KASAN: out-of-bounds Write", "KASAN-WRITE"},
    {"KASAN: user-memory-access Write", "KASAN-WRITE"},
    {"KASAN: alloca-out-of-bounds Write", "KASAN-WRITE"},
    {"KASAN: unknown-crash Write", "KASAN-WRITE"},
    {"KASAN: wild-memory-access Write", "KASAN-WRITE"},
    {"KASAN: invalid-access Write", "KASAN-WRITE"},
    {"KASAN: stack-out-of-bounds-write", "KASAN-WRITE"},
    {"KASAN: ", "KASAN-READ"},
    {"KFENCE: use-after-free read", "KFENCE-USE-AFTER-FREE-READ"},
    {"KFENCE: use-after-free write", "KFENCE-USE-AFTER-FREE-WRITE"},
    {"KFENCE: use-after-free", "KFENCE-USE-AFTER-FREE-READ"},
    {"KFENCE: invalid free", "KFENCE-INVALID-FREE"},
    {"KFENCE: memory corruption", "KFENCE-MEMORY-CORRUPTION"},
    {"KFENCE: invalid write", "KFENCE-WRITE"},
    {"KFENCE: out-of-bounds write", "KFENCE-WRITE"},
    {"KFENCE: ", "KFENCE-READ"},
    {"KMSAN: uninit-value", "KMSAN-UNINIT-VALUE"},
    {"KMSAN: kernel-infoleak", "KMSAN-INFO-LEAK"},
    {"KMSAN: kernel-usb-infoleak", "KMSAN-INFO-LEAK"},
    {"KMSAN: use-after-free", "KMSAN-USE-AFTER-FREE-READ"},
    {"KMSAN: ", "KMSAN-UNKNOWN"},
    {"KCSAN: data-race", "KCSAN-DATARACE"},
    {"KCSAN: assert: race", "KCSAN-ASSERT"},
    {"KCSAN: ", "KCSAN-UNKNOWN"},
    {"UBSAN: array-index-out-of-bounds", "MEMORY_SAFETY_UBSAN"},
    {"UBSAN: ", "UBSAN"},
    {"BUG: unable to handle kernel NULL pointer dereference", "NULL-POINTER-DEREFERENCE"},
    {"BUG: unable to handle kernel paging request", "MEMORY_SAFETY_BUG"},
    {"BUG: corrupted list", "MEMORY_SAFETY_BUG"},
    {"BUG: bad usercopy", "BUG"},
    {"kernel BUG", "BUG"},
    {"BUG: Object already free", "DoS"},
    {"BUG: Poison overwritten", "MEMORY_SAFETY_BUG"},
    {"BUG: Redzone overwritten", "MEMORY_SAFETY_BUG"},
    {"BUG: Left Redzone overwritten", "MEMORY_SAFETY_BUG"},
    {"BUG: Right Redzone overwritten", "MEMORY_SAFETY_BUG"},
    {"BUG: scheduling while atomic", "ATOMIC_SLEEP"},
    {"BUG: sleeping function called from invalid context", "ATOMIC_SLEEP"},
    {"BUG: spinlock", "LOCKDEP"},
    {"BUG: rwlock", "LOCKDEP"},
    {"BUG: held lock freed", "LOCKDEP"},
    {"BUG: bad unlock balance", "LOCKDEP"},
    {"BUG: still has locks held", "LOCKDEP"},
    {"BUG: using ", "LOCKDEP"},
    {"BUG: Invalid wait context", "LOCKDEP"},
    {"WARNING: bad unlock balance", "LOCKDEP"},
    {"WARNING: held lock freed", "LOCKDEP"},
    {"WARNING: locking bug", "LOCKDEP"},
    {"WARNING: nested lock was not taken", "LOCKDEP"},
    {"WARNING: still has locks held", "LOCKDEP"},
    {"WARNING: lock held when returning to user space", "LOCKDEP"},
    {"WARNING: suspicious RCU usage in", "LOCKDEP"},
    {"possible deadlock in", "LOCKDEP"},
    {"inconsistent lock state in", "LOCKDEP"},
    {"INFO: rcu detected stall", "HANG"},
    {"INFO: task hung", "HANG"},
    {"INFO: task can't die", "HANG"},
    {"BUG: soft lockup", "HANG"},
    {"memory leak in", "LEAK"},
    {"WARNING: refcount bug", "REFCOUNT_WARNING"},
    {"WARNING: kernel stack regs", ""},
    {"WARNING: kernel stack frame pointer", ""},
    {"WARNING: corrupted", ""},
    {"WARNING in", "WARNING"},
    {"WARNING: ", "WARNING"},
    {"BUG: ", ""},
    {"INFO: ", ""},
    {"unexpected kernel reboot", "REBOOT"},
    {"SYZFAIL", "SYZ_FAILURE"},
    {"SYZFATAL", "SYZ_FAILURE"},
    {"lost connection", "LOST_CONNECTION"},
    {"no output", "HANG"},
    {"general protection fault", "DoS"},
    {"stack segment fault", "DoS"},
    {"divide error", "DoS"},
    {"invalid opcode", "DoS"},
    {"int3", "DoS"},
    {"kernel panic", "DoS"},
    {"kernel stack overflow", "DoS"},
    {"PANIC: double fault", "DoS"},
    {"panic: ", "DoS"},
    {"Internal error", "DoS"},
    {"Unhandled fault", "DoS"},
    {"Alignment trap", "DoS"},
    {"unregister_netdevice", "DoS"},
    {"VFS: ", "DoS"},
    {"trusty: ", "DoS"},
    {"go runtime error", "DoS"},
};

}  // namespace

std::span<const TitleReplacement> title_replacements() {
  return replacements;
}
std::span<const FunctionGroup> stall_groups() {
  return groups;
}
std::span<const TypeRule> type_rules() {
  return types;
}

std::string_view crash_type(std::string_view title) {
  if (title.empty()) return {};
  const auto fits = [&](const TypeRule& rule) {  // most differ in the first letter
    return rule.prefix.front() == title.front() && title.starts_with(rule.prefix);
  };
  const auto* found = std::find_if(std::begin(types), std::end(types), fits);
  return found == std::end(types) ? std::string_view{} : found->type;
}

}  // namespace rigbisect
