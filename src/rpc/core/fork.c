/* SPDX-License-Identifier: Apache-2.0
 *
 * fork.c - the set of the runtime's descriptors, and fork
 *
 * The set is a bitmap in pages of PAGE_BITS descriptors, each allocated when first needed and kept.
 */
#include "rpc/core/fork.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "base/mem.h"

#define PAGE_BITS    16384
#define PAGES        64 /* a million descriptors */
#define MAX_HANDLERS 8

typedef atomic_uint_fast64_t word;

static _Atomic(word *) pages[PAGES];
static atomic_bool closed, used;
static pthread_rwlock_t opening = PTHREAD_RWLOCK_INITIALIZER;
static _Atomic(void (*)(void)) handlers[MAX_HANDLERS];
static atomic_uint handler_count;

bool rpc_runtime_is_closed(void)
{
    return atomic_load_explicit(&closed, memory_order_relaxed);
}

void rpc_runtime_is_used(void)
{
    if (!atomic_load_explicit(&used, memory_order_relaxed))
        atomic_store(&used, true);
}

/* The word of the bitmap for `fd`, made when `make`; NULL when there is none. */
static word *word_of(int fd, bool make)
{
    unsigned n = (unsigned)fd / PAGE_BITS;
    word *page, *none = NULL;

    if (n >= PAGES)
        return NULL;
    page = atomic_load(&pages[n]);
    if (page == NULL && make) {
        page = mem_alloc(PAGE_BITS / 64 * sizeof *page);
        if (page == NULL)
            return NULL;
        if (!atomic_compare_exchange_strong(&pages[n], &none, page)) {
            mem_free(page);
            page = none;
        }
    }
    return page == NULL ? NULL : &page[(unsigned)fd % PAGE_BITS / 64];
}

/* Enters what was just opened; closes it when that is impossible. */
static int enter(int fd)
{
    word *w;

    if (fd < 0)
        return -1;
    w = word_of(fd, true);
    if (w == NULL) {
        (void)close(fd);
        errno = ENFILE;
        return -1;
    }
    atomic_fetch_or(w, (uint_fast64_t)1 << (fd % 64));
    return fd;
}

int rpc_fd_make(int (*make)(void *argument), void *argument)
{
    int fd, error;

    if (rpc_runtime_is_closed()) {
        errno = ENOTCONN;
        return -1;
    }
    rpc_runtime_is_used();
    (void)pthread_rwlock_rdlock(&opening);
    fd = enter(make(argument));
    error = errno;
    (void)pthread_rwlock_unlock(&opening);
    errno = error;
    return fd;
}

struct socket_arguments {
    int domain, type, protocol;
};

static int make_socket(void *argument)
{
    const struct socket_arguments *a = argument;

    return socket(a->domain, a->type | SOCK_CLOEXEC, a->protocol);
}

int rpc_fd_socket(int domain, int type, int protocol)
{
    struct socket_arguments a = {domain, type, protocol};

    return rpc_fd_make(make_socket, &a);
}

struct accept_arguments {
    int listener, flags;
    struct sockaddr *address;
    socklen_t *length;
};

static int make_accepted(void *argument)
{
    const struct accept_arguments *a = argument;

    return accept4(a->listener, a->address, a->length, a->flags | SOCK_CLOEXEC);
}

int rpc_fd_accept(int listener, struct sockaddr *address, socklen_t *length, int flags)
{
    struct accept_arguments a = {listener, flags, address, length};

    return rpc_fd_make(make_accepted, &a);
}

void rpc_fd_close(int fd)
{
    word *w;

    if (fd < 0 || rpc_runtime_is_closed())
        return;
    (void)pthread_rwlock_rdlock(&opening);
    w = word_of(fd, false);
    if (w != NULL)
        atomic_fetch_and(w, ~((uint_fast64_t)1 << (fd % 64)));
    (void)close(fd);
    (void)pthread_rwlock_unlock(&opening);
}

void rpc_fork_in_child(void (*handler)(void))
{
    unsigned n = atomic_fetch_add(&handler_count, 1);

    if (n < MAX_HANDLERS)
        atomic_store(&handlers[n], handler);
}

static void before_fork(void)
{
    (void)pthread_rwlock_wrlock(&opening);
}

static void after_fork_in_parent(void)
{
    (void)pthread_rwlock_unlock(&opening);
}

static void close_page(unsigned n, const word *page)
{
    for (unsigned i = 0; i < PAGE_BITS / 64; i++) {
        uint_fast64_t bits = atomic_load_explicit(&page[i], memory_order_relaxed);

        for (; bits != 0; bits &= bits - 1)
            (void)close((int)(n * PAGE_BITS + i * 64 + (unsigned)__builtin_ctzll(bits)));
    }
}

#ifdef __SANITIZE_THREAD__ /* it goes by the calls, and there is none that a child may make */
void AnnotateRWLockReleased(const char *file, int line, const volatile void *lock, long writer);
#endif

static void after_fork_in_child(void)
{
    if (atomic_load(&used))
        atomic_store(&closed, true);
    opening = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER; /* its owner was another thread id */
#ifdef __SANITIZE_THREAD__
    AnnotateRWLockReleased(__FILE__, __LINE__, &opening, 1);
#endif
    for (unsigned n = 0; n < PAGES; n++) {
        const word *page = atomic_load(&pages[n]);

        if (page != NULL)
            close_page(n, page);
    }
    for (unsigned i = 0; i < MAX_HANDLERS; i++) {
        void (*handler)(void) = atomic_load(&handlers[i]);

        if (handler != NULL)
            handler();
    }
}

__attribute__((constructor)) static void watch_fork(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
