#include "crash/guilty_table.h"

namespace rigbisect {
namespace {

using Texts = std::string_view;

constexpr Texts files[] = {
    // headers, libraries, the core of memory management
    ".h",
    "^lib/",
    "^virt/lib/",
    "^mm/kasan/",
    "^mm/kmsan/",
    "^mm/kfence/",
    "^mm/kmemleak.c",
    "^mm/memory.c",
    "^mm/percpu",
    "^mm/slab",
    "^mm/slub.c",
    "^mm/slob.c",
    "^mm/sl",
    "^mm/util.c",
    "^mm/vmalloc.c",
    "^mm/page",
    "^mm/mempolicy.c",
    "^mm/gup.c",
    "^mm/filemap.c",
    "^mm/usercopy.c",
    "^mm/debug.c",
    "^mm/maccess.c",
    "^mm/swap.c",
    "^mm/truncate.c",
    "^mm/folio",
    "^mm/oom_kill.c",
    // the machinery that reports, runs and waits
    "^kernel/rcu/",
    "^kernel/locking/",
    "^kernel/kcsan/",
    "^kernel/kcov.c",
    "^kernel/panic.c",
    "^kernel/printk/",
    "^kernel/softirq.c",
    "^kernel/kthread.c",
    "^kernel/sched/",
    "^kernel/time/",
    "^kernel/workqueue.c",
    "^kernel/stacktrace.c",
    "^kernel/watchdog.c",
    "^kernel/hung_task.c",
    "^kernel/smp.c",
    "^kernel/stop_machine.c",
    "^kernel/irq/",
    "^kernel/entry/",
    "^kernel/smpboot.c",
    "^kernel/dma/",
    "^kernel/exit.c",
    "^kernel/task_work.c",
    "^kernel/fork.c",
    "^arch/[^/]+/kernel/traps",
    "/kernel/traps.c",
    "/kernel/unwind",
    "/kernel/stacktrace",
    "/kernel/dumpstack",
    "/kernel/process",
    "/kernel/entry",
    "/kernel/apic/",
    "/kernel/irq",
    "/kernel/nmi.c",
    "/kernel/smp.c",
    "/mm/fault.c",
    "/mm/extable.c",
    "/mm/physaddr.c",
    "/entry/",
    "/lib/",
    "^arch/x86/kernel/",
    "^arch/arm64/kernel/",
    "^arch/arm/kernel/",
    "^arch/arm/mm/",
    "^arch/arm64/mm/",
    "^arch/riscv/kernel/",
    "^arch/s390/kernel/",
    "^arch/powerpc/kernel/",
    "^arch/x86/mm/",
    "^arch/arm64/lib",
    "arch/arm/crypto/crc",
    "arch/x86/crypto/crc",
    "arch/arm64/crypto/crc",
    // cores that everything passes through
    "^net/core/dev.c",
    "^net/core/sock.c",
    "^net/core/skbuff.c",
    "^net/core/datagram.c",
    "^fs/proc/generic.c",
    "^trusty/",
    "^drivers/usb/core/urb.c",
    "^include/",
    "^security/security.c",
    "^net/socket.c",
};

constexpr Pattern lines[] = {
    "[hardirqs|softirqs] last ", "(hardirqs|softirqs)",     "at: [<|]",
    "^[blank]#[num]:",           "Register * information:",
};

constexpr Texts tops[] = {"/arch/", "/block/",    "/crypto/",   "/drivers/", "/fs/",  "/include/",
                          "/init/", "/io_uring/", "/ipc/",      "/kernel/",  "/lib/", "/mm/",
                          "/net/",  "/rust/",     "/security/", "/sound/",   "/virt/"};

}  // namespace

std::span<const std::string_view> ignored_files() {
  return files;
}
std::span<const Pattern> ignored_position_lines() {
  return lines;
}
std::span<const std::string_view> top_directories() {
  return tops;
}

}  // namespace rigbisect
