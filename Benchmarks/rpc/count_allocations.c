// Counts what a process allocates, by the library that asks: LD_PRELOAD this and send SIGUSR1 for a
// line "library count" each on standard error. The difference of two reports is what happened between.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

enum { max_libraries = 64 };

static struct {
    _Atomic(const void *) base;
    char name[64];
    atomic_ulong count;
} libraries[max_libraries];

static void count(void *caller) {
    Dl_info info;
    if (!dladdr(caller, &info)) return;
    for (int i = 0; i < max_libraries; i++) {
        const void *base = atomic_load(&libraries[i].base);
        if (base == NULL && atomic_compare_exchange_strong(&libraries[i].base, &base, info.dli_fbase)) {
            const char *name = strrchr(info.dli_fname, '/');
            strncpy(libraries[i].name, name ? name + 1 : info.dli_fname, 63);
            base = info.dli_fbase;
        }
        if (base == info.dli_fbase) {
            atomic_fetch_add(&libraries[i].count, 1);
            return;
        }
    }
}

void *malloc(size_t size) {
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
    count(__builtin_return_address(0));
    return __libc_calloc(items, size);
}

void *realloc(void *memory, size_t size) {
    count(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

static void report(int signal) {
    (void)signal;
    char line[128];
    for (int i = 0; i < max_libraries && atomic_load(&libraries[i].base); i++) {
        int length = snprintf(line, sizeof line, "%s %lu\n", libraries[i].name,
                              atomic_load(&libraries[i].count));
        if (write(STDERR_FILENO, line, (size_t)length) < 0) return;
    }
    if (write(STDERR_FILENO, "end\n", 4) < 0) return;
}

__attribute__((constructor)) static void start(void) { signal(SIGUSR1, report); }
