/* SPDX-License-Identifier: Apache-2.0
 *
 * attempt.c - threads that make a call beside the one who judges it
 */
#include "conformance/attempt.h"

#include <pthread.h>
#include <stdlib.h>

struct thread {
    pthread_t id;
    RPC_STATUS (*run)(void *);
    void *argument;
    RPC_STATUS status;
};

static void *thread_main(void *argument)
{
    struct thread *t = argument;

    t->status = t->run(t->argument);
    return NULL;
}

struct thread *thread_start(RPC_STATUS (*run)(void *), void *argument)
{
    struct thread *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->run = run;
    t->argument = argument;
    if (pthread_create(&t->id, NULL, thread_main, t) != 0) {
        free(t);
        return NULL;
    }
    return t;
}

RPC_STATUS thread_join(struct thread *take_t)
{
    RPC_STATUS status;

    if (take_t == NULL)
        return RPC_S_OUT_OF_THREADS;
    (void)pthread_join(take_t->id, NULL);
    status = take_t->status;
    free(take_t);
    return status;
}
