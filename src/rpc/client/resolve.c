/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve.c - names of hosts to addresses, within a time limit
 *
 * getaddrinfo knows no deadline and may take half a minute for a name server that is silent. So it
 * runs in a thread of its own, detached, with all signals blocked.
 *
 * Owns:  struct question, of two: who asks and the thread. Whoever leaves last frees it, and the
 *        answer if nobody took it.
 */
#include "rpc/client/resolve.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "rpc/core/fork.h"

#define STACK_SIZE ((size_t)1 << 20) /* the resolver loads modules that need room */

struct question {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t answered;
    bool done, left; /* the thread has answered; who asked has gone */
    int error;
    struct addrinfo *found;
    char *address, *endpoint;
};

static void free_question(struct question *take_q)
{
    if (take_q->found != NULL)
        freeaddrinfo(take_q->found);
    (void)pthread_mutex_destroy(&take_q->lock);
    (void)pthread_cond_destroy(&take_q->answered);
    mem_free(take_q->address);
    mem_free(take_q->endpoint);
    mem_free(take_q);
}

static struct question *make_question(const char *address, const char *endpoint)
{
    struct question *q = mem_alloc(sizeof *q);

    if (q == NULL)
        return NULL;
    (void)pthread_mutex_init(&q->lock, NULL);
    clock_cond_init(&q->answered);
    q->address = mem_strdup(address);
    q->endpoint = mem_strdup(endpoint);
    if (q->address == NULL || q->endpoint == NULL) {
        free_question(q);
        return NULL;
    }
    return q;
}

static int ask(const char *address, const char *endpoint, int flags, struct addrinfo **ret)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};

    *ret = NULL;
    return getaddrinfo(address, endpoint, &hints, ret);
}

static void *answer(void *argument)
{
    struct question *q = argument;
    struct addrinfo *found;
    int error = ask(q->address, q->endpoint, AI_ADDRCONFIG, &found);
    bool alone;

    if (error != 0) /* loopback alone does not count as configured */
        error = ask(q->address, q->endpoint, 0, &found);
    (void)pthread_mutex_lock(&q->lock);
    q->error = error;
    q->found = found;
    q->done = true;
    alone = q->left;
    (void)pthread_cond_signal(&q->answered);
    (void)pthread_mutex_unlock(&q->lock);
    if (alone)
        free_question(q);
    return NULL;
}

/* Waits for the answer; what has come in time is the caller's. */
static int await(struct question *q, uint64_t deadline, struct addrinfo **ret)
{
    struct timespec t = {(time_t)(deadline / CLOCK_SECOND), (long)(deadline % CLOCK_SECOND)};
    int error = 0, waited = 0;
    bool done;

    (void)pthread_mutex_lock(&q->lock);
    while (!q->done && waited == 0)
        waited = deadline == 0 ? pthread_cond_wait(&q->answered, &q->lock)
                               : pthread_cond_timedwait(&q->answered, &q->lock, &t);
    done = q->done;
    error = done ? q->error : EAI_AGAIN;
    if (done) {
        *ret = q->found;
        q->found = NULL;
    }
    q->left = true;
    (void)pthread_mutex_unlock(&q->lock);
    if (done)
        free_question(q);
    return error;
}

RPC_STATUS rpc_resolve(const char *address, const char *endpoint, uint64_t deadline,
                       struct addrinfo **ret)
{
    struct question *q;
    int error = ask(address, endpoint, AI_NUMERICHOST, ret); /* asks nobody */

    if (error == EAI_NONAME && address != NULL) {
        q = make_question(address, endpoint);
        if (q == NULL)
            return RPC_S_OUT_OF_MEMORY;
        rpc_runtime_is_used();
        if (!thread_spawn(NULL, STACK_SIZE, answer, q)) {
            free_question(q);
            return RPC_S_OUT_OF_THREADS;
        }
        error = await(q, deadline, ret);
    }
    if (error == 0)
        return RPC_S_OK;
    /* a name that nobody knows is a server that nobody reaches, as on Windows */
    return error == EAI_MEMORY ? RPC_S_OUT_OF_MEMORY : RPC_S_SERVER_UNAVAILABLE;
}
