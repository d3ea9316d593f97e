// A disk that fails on demand, for LD_PRELOAD: the file that FAILING_DISK names holds "sync" to make
// fsync and fdatasync of the store's files fail with EIO, "full" to make their writes fail with ENOSPC
// after half their bytes, and nothing to let all pass.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_failing(const char *what) {
    const char *control = getenv("FAILING_DISK");
    if (!control) return 0;
    int file = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char found[8] = {0};
    long count = syscall(SYS_read, file, found, sizeof found - 1);
    syscall(SYS_close, file);
    return count > 0 && strncmp(found, what, strlen(what)) == 0;
}

static int is_of_the_store(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count <= 0) return 0;
    path[count] = 0;
    return strstr(path, ".sqlite") != NULL;
}

#define NEXT(name) (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

static int failed(int code) {
    errno = code;
    return -1;
}

int fsync(int file) {
    if (is_of_the_store(file) && is_failing("sync")) return failed(EIO);
    return (NEXT(fsync))(file);
}

int fdatasync(int file) {
    if (is_of_the_store(file) && is_failing("sync")) return failed(EIO);
    return (NEXT(fdatasync))(file);
}

ssize_t write(int file, const void *bytes, size_t count) {
    if (is_of_the_store(file) && is_failing("full")) return failed(ENOSPC);
    return syscall(SYS_write, file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    if (is_of_the_store(file) && is_failing("full")) {
        // As a full disk does: what fits is written.
        if (count > 512) syscall(SYS_pwrite64, file, bytes, count / 2, offset);
        return failed(ENOSPC);
    }
    return syscall(SYS_pwrite64, file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return pwrite(file, bytes, count, offset);
}
