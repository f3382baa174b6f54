/* SPDX-License-Identifier: Apache-2.0
 *
 * objects.h - what a server of a peer keeps: objects named by 20-octet handles, in a hash table
 *
 * One lock, as a user of a library without context handles would write it. Nothing here cleans up
 * after a client that dies: no peer offers it.
 */
#ifndef BENCH_RPC_OBJECTS_H
#define BENCH_RPC_OBJECTS_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct objects_object {
    struct objects_object *next;
    uint8_t handle[20];
    uint64_t used;
};

enum { OBJECTS_BUCKETS = 1 << 16 };

static struct objects_object *objects_table[OBJECTS_BUCKETS];
static pthread_mutex_t objects_lock = PTHREAD_MUTEX_INITIALIZER;

static inline struct objects_object **objects_find(const uint8_t *handle)
{
    struct objects_object **o = &objects_table[(handle[18] << 8 | handle[19]) % OBJECTS_BUCKETS];

    while (*o != NULL && memcmp((*o)->handle, handle, 20) != 0)
        o = &(*o)->next;
    return o;
}

static inline int objects_open(uint8_t handle[20])
{
    struct objects_object *made = (struct objects_object *)calloc(1, sizeof *made);
    struct objects_object **o;

    if (made == NULL || getrandom(made->handle + 4, 16, 0) != 16)
        return 1;
    memcpy(handle, made->handle, 20);
    pthread_mutex_lock(&objects_lock);
    o = objects_find(handle);
    *o = made;
    pthread_mutex_unlock(&objects_lock);
    return 0;
}

static inline int objects_use(const uint8_t *handle)
{
    struct objects_object *o;

    pthread_mutex_lock(&objects_lock);
    o = *objects_find(handle);
    if (o != NULL)
        o->used++;
    pthread_mutex_unlock(&objects_lock);
    return o == NULL;
}

static inline int objects_close(const uint8_t *handle)
{
    struct objects_object **o, *gone;

    pthread_mutex_lock(&objects_lock);
    o = objects_find(handle);
    gone = *o;
    if (gone != NULL)
        *o = gone->next;
    pthread_mutex_unlock(&objects_lock);
    free(gone);
    return gone == NULL;
}

#endif
