/* SPDX-License-Identifier: Apache-2.0
 *
 * witness.c - what a server locks and copies; for bench/counts, by LD_PRELOAD
 *
 * Stands before the C library. A lock is noted with the socket that its thread received from last:
 * one that was taken for two sockets is shared by two connections. Threads that have received nothing
 * (who sleeps and wakes by the clock) are not asked. A copy is noted if WITNESS_OF, the name of a
 * module, made it. SIGTERM ends the program and writes the file WITNESS:
 *
 *     lock MUTEX OFFSET TIMES SOCKETS     OFFSET of the call in its module, SOCKETS a set of bits
 *     copied OCTETS                       in copies of 256 octets and more
 */
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <link.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER ((uintptr_t)__builtin_return_address(0))
#define PLACES 4096u
#define LARGE  256u

struct place {
    atomic_uintptr_t mutex, caller;
    atomic_uint_least64_t times, sockets;
};

static struct place places[PLACES];
static atomic_uint_least64_t copied;
static uintptr_t module_begin, module_end;
static __thread int from __attribute__((tls_model("initial-exec"))) = -1;

static bool is_module(uintptr_t address)
{
    return address >= module_begin && address < module_end;
}

/* The place of a mutex and a caller; NULL if there are too many. */
static struct place *place_of(uintptr_t mutex, uintptr_t caller)
{
    size_t at = (mutex / 16 * 31 + caller) % PLACES;

    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &places[(at + i) % PLACES];
        uintptr_t is = 0;

        if (atomic_compare_exchange_strong(&p->caller, &is, caller)) {
            atomic_store(&p->mutex, mutex);
            return p;
        }
        while (atomic_load(&p->mutex) == 0) /* being made */
            ;
        if (is == caller && atomic_load(&p->mutex) == mutex)
            return p;
    }
    return NULL;
}

static void note_lock(const void *mutex, uintptr_t caller)
{
    struct place *p;

    if (from < 0 || from >= 64 || !is_module(caller))
        return;
    p = place_of((uintptr_t)mutex, caller);
    if (p == NULL)
        abort();
    atomic_fetch_add(&p->times, 1);
    atomic_fetch_or(&p->sockets, UINT64_C(1) << from);
}

static void note_copy(size_t size, uintptr_t caller)
{
    if (size >= LARGE && is_module(caller))
        atomic_fetch_add(&copied, size);
}

/* ---- Beginning and end ------------------------------------------------------------------------ */

static int find_module(struct dl_phdr_info *info, size_t size, void *name)
{
    (void)size;
    if (strstr(info->dlpi_name, name) == NULL)
        return 0;
    module_begin = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;

        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > module_end)
            module_end = end;
    }
    return 1;
}

static void tell(int number)
{
    int fd = open(getenv("WITNESS"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    (void)number;
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].caller != 0)
            (void)dprintf(fd, "lock %lx %lx %lu %lx\n", (long)places[i].mutex,
                          (long)(places[i].caller - module_begin), (long)places[i].times,
                          (long)places[i].sockets);
    }
    (void)dprintf(fd, "copied %lu\n", (long)copied);
    _exit(0);
}

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("WITNESS_OF");

    if (name == NULL || getenv("WITNESS") == NULL)
        return;
    (void)dl_iterate_phdr(find_module, (void *)(uintptr_t)name);
    (void)signal(SIGTERM, tell);
}

/* ---- The C library's ---------------------------------------------------------------------------*/

EXPORT int pthread_mutex_lock(pthread_mutex_t *m)
{
    static int (*_Atomic real)(pthread_mutex_t *);

    if (real == NULL)
        real = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
    note_lock(m, CALLER);
    return real(m);
}

EXPORT long syscall(long number, ...)
{
    static long (*_Atomic real)(long, ...);
    long a[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (real == NULL)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
#ifdef SYS_recvfrom
    if (number == SYS_recvfrom)
        from = (int)a[0];
#endif
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

EXPORT ssize_t recv(int fd, void *to, size_t size, int flags)
{
    from = fd;
    return recvfrom(fd, to, size, flags, NULL, NULL);
}

static void *copy(void *to, const void *source, size_t size)
{
    volatile uint8_t *t = to;
    const uint8_t *s = source;

    if ((uintptr_t)to <= (uintptr_t)source) {
        for (size_t i = 0; i < size; i++)
            t[i] = s[i];
    } else {
        while (size-- > 0)
            t[size] = s[size];
    }
    return to;
}

EXPORT void *memcpy(void *restrict to, const void *restrict source, size_t size)
{
    note_copy(size, CALLER);
    return copy(to, source, size);
}

EXPORT void *memmove(void *to, const void *source, size_t size)
{
    note_copy(size, CALLER);
    return copy(to, source, size);
}

/* What _FORTIFY_SOURCE makes of them. */
EXPORT void *__memcpy_chk(void *restrict to, const void *restrict source, size_t size, size_t room);
EXPORT void *__memmove_chk(void *to, const void *source, size_t size, size_t room);

EXPORT void *__memcpy_chk(void *restrict to, const void *restrict source, size_t size, size_t room)
{
    (void)room;
    note_copy(size, CALLER);
    return copy(to, source, size);
}

EXPORT void *__memmove_chk(void *to, const void *source, size_t size, size_t room)
{
    (void)room;
    note_copy(size, CALLER);
    return copy(to, source, size);
}
