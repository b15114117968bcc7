"""Which files of the kernel are taken over, and which of them get clean-ups."""
import re

# Only what an x86-64 kernel without network and block devices is built from, plus every Kconfig and Makefile.
KEEP = re.compile(r"""^(
    [^/]+$ | LICENSES/ | arch/x86/ | block/ | certs/ | crypto/ | fs/[^/]+$ | init/ | io_uring/ | ipc/ | kernel/ | lib/ | mm/ |
    fs/(proc|sysfs|kernfs|ramfs|devpts|nls|debugfs|tracefs|configfs|efivarfs|ext2|minix|romfs|cramfs|isofs|fat|autofs|notify|
        iomap|crypto|verity|quota|exportfs|pstore|hugetlbfs)/ |
    drivers/(acpi|base|char|clocksource|cpuidle|dma-buf|firmware/[^/]+$|firmware/efi|irqchip|misc/[^/]+$|pnp|power/supply|rtc|
        thermal|tty|video/console|video/fbdev/core|platform/x86|idle|cpufreq|virt|xen|edac|eisa|pci|ras|cxl)/? |
    include/(acpi|asm-generic|clocksource|crypto|keys|kunit|kvm|linux|math-emu|memory|misc|net|pcmcia|ras|trace|uapi|vdso|video|
        xen|scsi|soc|rdma|media|drm|sound|target|ufs)/ | include/[^/]+$ |
    scripts/ | security/[^/]+$ | security/(keys|integrity)/ | tools/(objtool|lib|include|arch/x86|build|scripts)/ | usr/ | virt/ |
    rust/[^/]+$ | sound/[^/]+$ | net/[^/]+$ | samples/[^/]+$
)""", re.VERBOSE)
BUILD_FILE = re.compile(r"(^|/)(Kconfig[^/]*|Makefile[^/]*|Kbuild[^/]*)$")
# In 6.1 as Debian ships it: ignores everything that is new at the top.
LEAVE_OUT = {".gitignore"}

# Built by the demo's configuration, quick to compile, and not included by anybody.
COMPILED = """
drivers/base/bus.c drivers/base/class.c drivers/base/core.c drivers/base/devres.c drivers/base/devtmpfs.c
drivers/base/map.c drivers/pnp/driver.c drivers/pnp/pnpacpi/core.c drivers/pnp/resource.c
drivers/tty/serial/8250/8250_core.c drivers/tty/tty_io.c drivers/tty/tty_ioctl.c fs/char_dev.c fs/dcache.c
fs/fcntl.c fs/file.c fs/fs_context.c fs/kernfs/file.c fs/libfs.c fs/locks.c fs/namespace.c fs/nls/nls_base.c
fs/pipe.c fs/proc/generic.c fs/proc/proc_sysctl.c fs/proc/root.c fs/select.c fs/super.c init/do_mounts.c
init/initramfs.c kernel/cred.c kernel/futex/core.c kernel/irq/spurious.c kernel/params.c kernel/time/time.c
lib/bitmap.c lib/iov_iter.c security/commoncap.c
""".split()
# Not built by it: most commits of a real history do not concern a given configuration either.
NOT_COMPILED = re.compile(r"^(drivers/(char|misc|rtc|tty|platform/x86|edac|video/console)|fs/(ext2|fat|isofs|minix|romfs|autofs))"
                          r"/[\w/-]+\.c$")


def kept(path):
    """Whether the file is part of the demo tree's root commit."""
    return path not in LEAVE_OUT and bool(KEEP.match(path) or BUILD_FILE.search(path))


def cleaned(path):
    """"built", "unbuilt" or "" for a file that gets no clean-ups."""
    if path in COMPILED:
        return "built"
    return "unbuilt" if NOT_COMPILED.match(path) and path not in ("drivers/char/mem.c", "drivers/char/misc.c") else ""
