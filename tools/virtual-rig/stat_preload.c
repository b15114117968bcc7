/*
 * The stat family for programs in front of the virtual rig: loaded before umockdev's preload library, which answers
 * everything else. umockdev 0.17.16 looks at its one path buffer again after it has let go of the lock
 * (STAT_ADJUST_MODE in libumockdev-preload.c), so a program with several threads is aborted sooner or later. This does
 * the same translation without shared state: /dev and /sys below $UMOCKDEV_DIR where the testbed has the path, and the
 * testbed's links to a pty shown as the character devices that they stand for.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int begins(const char *path, const char *with)
{
	const size_t length = strlen(with);

	return strncmp(path, with, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The path in the testbed, or `path` itself where the testbed has none. */
static const char *translate(const char *path, char *buffer, size_t size)
{
	const char *root = getenv("UMOCKDEV_DIR");

	if (path == NULL || root == NULL || !(begins(path, "/dev") || begins(path, "/sys")))
		return path;
	if (snprintf(buffer, size, "%s%s", root, path) >= (int)size)
		return path;
	if (begins(path, "/dev") && syscall(SYS_faccessat, AT_FDCWD, buffer, F_OK) != 0) {
		/* a link whose end is outside the testbed is there all the same */
		char end[2];

		if (syscall(SYS_readlinkat, AT_FDCWD, buffer, end, sizeof(end)) < 0)
			return path;
	}
	return buffer;
}

/* Whether the testbed's entry stands for a device node. */
static int is_device(const char *translated, mode_t mode)
{
	char end[6] = "";

	if (!S_ISLNK(mode))
		return !S_ISDIR(mode);
	syscall(SYS_readlinkat, AT_FDCWD, translated, end, sizeof(end) - 1);
	return strcmp(end, "/dev/") == 0;
}

static void number_of(const char *path, unsigned *major_number, unsigned *minor_number)
{
	char node[PATH_MAX];
	char numbers[32] = "";
	const int offset = snprintf(node, sizeof(node), "%s/dev/.node/", getenv("UMOCKDEV_DIR"));

	snprintf(node + offset, sizeof(node) - (size_t)offset, "%s", path + strlen("/dev/"));
	for (char *c = node + offset; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	*major_number = *minor_number = 0;
	if (syscall(SYS_readlinkat, AT_FDCWD, node, numbers, sizeof(numbers) - 1) > 0)
		sscanf(numbers, "%u:%u", major_number, minor_number);
}

static int look(int directory, const char *path, struct stat *st, int flags)
{
	char buffer[PATH_MAX];
	const char *translated = translate(path, buffer, sizeof(buffer));
	const int result = (int)syscall(SYS_newfstatat, directory, translated, st, flags);
	unsigned major_number, minor_number;

	if (result != 0 || translated == path || !begins(path, "/dev") || !is_device(translated, st->st_mode))
		return result;
	st->st_mode = (st->st_mode & ~(mode_t)S_IFMT) | ((st->st_mode & S_ISVTX) ? S_IFBLK : S_IFCHR);
	number_of(path, &major_number, &minor_number);
	st->st_rdev = makedev(major_number, minor_number);
	return 0;
}

int stat(const char *path, struct stat *st) { return look(AT_FDCWD, path, st, 0); }
int lstat(const char *path, struct stat *st) { return look(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW); }
int fstatat(int directory, const char *path, struct stat *st, int flags) { return look(directory, path, st, flags); }

/* struct stat and struct stat64 are the same on x86-64; the versioned names are for programs linked before glibc 2.33. */
int stat64(const char *path, struct stat64 *st) { return stat(path, (struct stat *)st); }
int lstat64(const char *path, struct stat64 *st) { return lstat(path, (struct stat *)st); }
int fstatat64(int directory, const char *path, struct stat64 *st, int flags)
{
	return fstatat(directory, path, (struct stat *)st, flags);
}
int __xstat(int version, const char *path, struct stat *st) { return (void)version, stat(path, st); }
int __lxstat(int version, const char *path, struct stat *st) { return (void)version, lstat(path, st); }
int __xstat64(int version, const char *path, struct stat64 *st) { return (void)version, stat64(path, st); }
int __lxstat64(int version, const char *path, struct stat64 *st) { return (void)version, lstat64(path, st); }
int __fxstatat(int version, int directory, const char *path, struct stat *st, int flags)
{
	return (void)version, fstatat(directory, path, st, flags);
}
int __fxstatat64(int version, int directory, const char *path, struct stat64 *st, int flags)
{
	return (void)version, fstatat64(directory, path, st, flags);
}

int statx(int directory, const char *path, int flags, unsigned mask, struct statx *stx)
{
	char buffer[PATH_MAX];
	const char *translated = translate(path, buffer, sizeof(buffer));
	const int result = (int)syscall(SYS_statx, directory, translated, flags, mask, stx);

	if (result != 0 || translated == path || !begins(path, "/dev") || !is_device(translated, stx->stx_mode))
		return result;
	stx->stx_mode = (stx->stx_mode & (unsigned short)~S_IFMT) | ((stx->stx_mode & S_ISVTX) ? S_IFBLK : S_IFCHR);
	number_of(path, &stx->stx_rdev_major, &stx->stx_rdev_minor);
	return 0;
}
