#!/usr/bin/python3
"""Boots a real kernel in QEMU with rigbisect-init and reads its markers off the serial line.

usage: boot_test.py INIT CC VICTIM.c       (RIGBISECT_TEST_KERNEL names the bzImage)
The markers are checked here by a second implementation of base/marker.h, on purpose.
"""
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

NONCE = "00112233445566ff"
MARKER = re.compile(rb"@rb1 ([0-9a-f]{16}) (\d+) ([a-z-]+)((?: [ -~]*)?) ~([0-9a-f]{8})\s*$")


def cpio(files):
    """newc archive of {name: (mode, bytes)}."""
    out = b""
    for inode, (name, (mode, data)) in enumerate(list(files.items()) + [("TRAILER!!!", (0, b""))], 1):
        fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return out


def markers(console):
    found = []
    for line in console.split(b"\n"):
        match = MARKER.search(line)
        if match and b"%08x" % zlib.crc32(line[match.start():match.start(5) - 2]) == match.group(5):
            nonce, seq, kind, payload, _ = match.groups()
            found.append((nonce.decode(), int(seq), kind.decode(), payload.decode()[1:]))
    return found


class Boot(unittest.TestCase):
    def boot(self, conf, until, append="", limit=60):
        """The markers up to the first whose kind is `until`, without those sent twice."""
        files = {"rigbisect": (0o40755, b""), "init": (0o100755, self.init), "dev": (0o40755, b""),
                 "rigbisect/reproducer": (0o100755, self.victim)}
        if conf is not None:
            files["rigbisect/run.conf"] = (0o100644, conf.encode())
        initrd = os.path.join(self.scratch, "initrd")
        with open(initrd, "wb") as file:
            file.write(gzip.compress(cpio(files), 1))
        self.console = b""
        qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-m", "256", "-nodefaults", "-display", "none",
             "-no-reboot", "-serial", "stdio", "-kernel", self.kernel, "-initrd", initrd,
             "-append", "console=ttyS0,115200 " + append],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            end = time.monotonic() + limit
            os.set_blocking(qemu.stdout.fileno(), False)
            while time.monotonic() < end and qemu.poll() is None:
                self.console += qemu.stdout.read() or b""
                if any(kind == until for _, _, kind, _ in markers(self.console)):
                    break
                time.sleep(0.05)
            else:
                self.fail("no '%s' marker within %d s:\n%s" % (until, limit, self.console.decode("latin-1")))
        finally:
            qemu.kill()
            qemu.wait()
            qemu.stdout.close()
        return list(dict.fromkeys(markers(self.console)))

    def run_victim(self, what, more="", until="done", **options):
        conf = "nonce=%s\nduration_ms=3000\narg=/rigbisect/reproducer\narg=%s\nenv=WORD=two words\n%s" % (
            NONCE, what, more)
        found = self.boot(conf, until, **options)
        self.assertEqual({nonce for nonce, _, _, _ in found}, {NONCE})
        seqs = [seq for _, seq, _, _ in found]
        self.assertEqual(seqs, sorted(set(seqs)), "markers are numbered in the order they were sent")
        return [(kind, payload) for _, _, kind, payload in found]

    def test_hello_names_the_kernel_and_the_output_and_exit_code_are_kept(self):
        found = self.run_victim("exit3", "once=1\n")
        self.assertEqual(found[0][0], "hello")
        self.assertRegex(found[0][1], r"^\d+\.\d+\S* [0-9a-f]{40}$")
        self.assertEqual([m for m in found[1:] if m[0] != "beat"], [
            ("start", "1"), ("out", "1 victim exit3 two words"),
            ("out", r"1 odd bytes: \x1b[2J \xff"), ("exit", "1 3"), ("done", "1")])

    def test_a_signal_is_reported(self):
        self.assertIn(("exit", "1 signal 11"), self.run_victim("segv", "once=1\n"))

    def test_short_executions_are_repeated_for_the_whole_time(self):
        found = self.run_victim("quick")
        done = [payload for kind, payload in found if kind == "done"]  # a last beat may come behind it
        self.assertGreater(int(done[0]), 5)
        starts = sum(kind == "start" for kind, _ in found)
        self.assertLessEqual(starts, 40, "reports are thinned out: 10 at once and 4 a second, for 3 s and some")
        self.assertTrue([m for m in found if m[0] == "beat"])

    def test_a_hanging_execution_and_the_child_it_left_are_killed_at_the_limit(self):
        found = self.run_victim("hang", "per_run_ms=700\n")
        self.assertIn(("exit", "1 signal 9"), found)
        self.assertIn(("exit", "2 signal 9"), found)
        self.assertTrue([m for m in found if m[0] == "beat"])

    def test_a_flood_of_output_is_survived(self):
        found = self.run_victim("flood", "once=1\n")
        self.assertLess(len(found), 200)
        self.assertTrue([m for m in found if "lines left out" in m[1]])
        self.assertIn(("exit", "1 0"), found)

    def test_init_outlives_a_reproducer_that_shoots_at_it(self):
        found = self.run_victim("attack", "once=1\n")
        self.assertEqual(found[-1], ("done", "1"))
        self.assertNotIn(b"panic", self.console)

    def test_markers_get_past_quiet_and_a_switched_off_kmsg(self):
        for append in ("quiet", "loglevel=0 printk.devkmsg=off"):
            self.assertEqual(self.run_victim("quick", "once=1\n", append=append)[-1], ("done", "1"))

    def test_a_reproducer_that_cannot_be_executed_is_a_fault(self):
        conf = "nonce=%s\nduration_ms=3000\narg=/rigbisect/missing\n" % NONCE
        self.assertIn("/rigbisect/missing", self.boot(conf, "fault")[-1][3])

    def test_a_missing_or_wrong_configuration_is_a_fault(self):
        for conf in (None, "nonce=1\n"):
            found = self.boot(conf, "fault")
            self.assertEqual(found[-1][2], "fault")
            self.assertEqual(found[-1][0], "0" * 16)


def main():
    init, compiler, source = sys.argv[1:4]
    kernel = os.environ.get("RIGBISECT_TEST_KERNEL", "")
    if not shutil.which("qemu-system-x86_64"):
        print("skipped: qemu-system-x86_64 is not installed (package qemu-system-x86)")
        sys.exit(77)
    if not os.path.exists(kernel):
        print("skipped: set RIGBISECT_TEST_KERNEL to a bzImage (tools/demo builds one)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        victim = os.path.join(scratch, "victim")
        subprocess.run([compiler, "-O1", "-static", "-s", "-o", victim, source], check=True)
        Boot.scratch, Boot.kernel = scratch, kernel
        with open(init, "rb") as file:
            Boot.init = file.read()
        with open(victim, "rb") as file:
            Boot.victim = file.read()
        unittest.main(argv=[sys.argv[0]] + sys.argv[4:])


if __name__ == "__main__":
    main()
