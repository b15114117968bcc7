// Texts of healthy lines that resemble others: neither noise of drivers nor a header with words of its own is
// a damaged header.
#include <string>

#include <doctest/doctest.h>

#include "console_case.h"
#include "crash/crash_parser.h"
#include "crash/frame_table.h"

using namespace rigbisect;
using namespace rigbisect::test;

namespace {

std::string trace(const std::string& function) {
  return "CPU: 1 PID: 42 Comm: sh Not tainted 6.1.0 #1\nRIP: 0010:" + function +
         "+0x30/0x40\nCall Trace:\n <TASK>\n dump_stack_lvl+0x10/0x20\n " + function +
         "+0x30/0x40\n vfs_write+0x50/0x60\n do_syscall_64+0x70/0x80\n </TASK>\n";
}

}  // namespace

TEST_CASE("what drivers and programs say of their own is no oops") {
  for (const std::string line : {
           "XFS (loop0): Internal error xfs_trans_cancel at line 983 of file fs/xfs/xfs_trans.c",
           "bcachefs (loop0): fatal error - emergency read only",
           "mmc0: Fatal error: card removed",
           "foo: internal error: buffer",
           "unhandled fault: retrying",
           "INFO: sys_foo is not present in /proc/kallsyms",
       }) {
    CAPTURE(line);
    CHECK_FALSE(parse_crash(line + "\n" + trace("ring_write")));
  }
}

TEST_CASE("a header with words of its own keeps them") {
  struct Case {
    std::string line;
    std::string title;
  };
  for (const Case& each : {
           Case{"UBSAN: unsigned-integer-overflow in drivers/misc/ring.c:7:9",
                "UBSAN: unsigned-integer-overflow in ring_write"},
           Case{"BUG: KASAN: null-ptr-deref on address 0000000000000018\nRead of size 8 by task sh/42",
                "KASAN: null-ptr-deref Read"},
           Case{"BUG: KASAN: alloca-out-of-bounds in ring_write+0x30/0x40\nWrite of size 8 at addr "
                "ffff888003a4f028",
                "KASAN: alloca-out-of-bounds Write in ring_write"},
           Case{"BUG: using __this_cpu_and() in preemptible [00000000] code: sh/42",
                "BUG: using __this_cpu_and() in preemptible code in ring_write"},
           Case{"general protection fault: 0a00 [#1] SMP", "general protection fault in ring_write"},
           Case{"BUG: unable to handle kernel paging request for data at address 0x00000010",
                "BUG: unable to handle kernel paging request in ring_write"},
           Case{"Unable to handle kernel paging request for instruction fetch",
                "BUG: unable to handle kernel paging request in ring_write"},
           Case{
               "Unable to handle kernel access to user memory without uaccess routines at virtual address 10",
               "BUG: unable to handle kernel access to user memory in ring_write"},
           Case{"Kernel panic - not syncing: Kernel stack overflow", "kernel panic: Kernel stack overflow"},
           Case{"Kernel BUG at ring_write+0x30/0x40 [verbose debug info unavailable]",
                "kernel BUG in ring_write"},
       }) {
    CAPTURE(each.line);
    const auto report = first(each.line + "\n" + trace("ring_write"));
    CHECK(report.title == each.title);
    CHECK_FALSE(report.corrupted);
    CHECK(report.repairs.empty());
  }
}

TEST_CASE("a header that says nothing more is corrupted") {
  for (const std::string word : {"BUG:", "WARNING:", "INFO:"}) {
    const auto report = first(word + "\n" + trace("ring_write"));
    CHECK(report.title == word + " corrupted");
    CHECK(report.corrupted);
  }
}

TEST_CASE("an instruction pointer that points nowhere has no code bytes to be damaged") {
  const auto report =
      first("general protection fault: 0000 [#1]\n" + trace("ring_write") + "Code: bad PC value\n");
  CHECK(report.title == "general protection fault in ring_write");
  CHECK_FALSE(report.corrupted);
}

TEST_CASE("a log that ends within a later trace has a sound report") {
  const auto log = "general protection fault: 0000 [#1]\n" + trace("ring_write");
  CHECK_FALSE(first(log + "Call Trace:\n").corrupted);
  CHECK(first(log.substr(0, log.find(" dump_stack"))).corrupted);
}

TEST_CASE("frames may follow a register dump without a heading") {
  const std::string dump =
      "Unable to handle kernel paging request at virtual address 0000000000000018\n"
      "epc : ring_write+0x30/0x40\nstatus: 0000000000000120 badaddr: 0000000000000018 cause: "
      "000000000000000d\n";
  CHECK_FALSE(
      first(dump + "[<ffffffff80003a4e>] ring_write+0x30/0x40\n[<ffffffff80003a4e>] vfs_write+0x50/0x60\n")
          .corrupted);
}

TEST_CASE("kills of the fuzzer by any memory limit say nothing of the kernel") {
  const auto log = "general protection fault: 0000 [#1]\n" + trace("ring_write");
  CHECK(
      first(log + "Memory cgroup out of memory: Killed process 42 (syz-executor) total-vm:1kB\n").suppressed);
  CHECK(first(log + "fatal error: runtime: cannot allocate memory\n").suppressed);
  CHECK_FALSE(first(log + "Out of memory: Killed process 42 (ring-test) total-vm:1kB\n").suppressed);
}

TEST_CASE("helpers are skipped, functions whose names are only alike are not") {
  for (const std::string helper :
       {"_raw_spin_lock", "__raw_readb", "test_and_set_bit", "_copy_from_user", "copy_page_to_iter",
        "__list_add_valid", "ida_free", "kobject_uevent_env"}) {
    CHECK_MESSAGE(is_skipped_function(helper), helper);
  }
  for (const std::string function : {"usbhid_raw_request",
                                     "submit_bh_wbc",
                                     "search_by_entry_key",
                                     "clear_state_bit",
                                     "iov_iter_revert",
                                     "list_sort",
                                     "list_lru_add",
                                     "page_copy_sane",
                                     "unix_release_sock",
                                     "pcpu_alloc",
                                     "radix_tree_next_chunk",
                                     "security_task_free",
                                     "dev_uevent",
                                     "__mem_cgroup_uncharge",
                                     "neigh_add_timer",
                                     "do_sys_llistxattr",
                                     "lock_sock_nested",
                                     "try_to_wake_up",
                                     "unwind_next_frame",
                                     "console_unlock",
                                     "device_release_driver_internal",
                                     "register_netdevice_notifier",
                                     "bpf_trace_printk"}) {
    CHECK_MESSAGE(!is_skipped_function(function), function);
  }
}
