/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.h - how many calls may run at a time, and the queue of those that must wait
 *
 * MaxCalls of RpcServerListen and of auto-listen interfaces. A call that finds no room waits in the
 * queue as its record (rpc-api 9); the one that leaves lets the next in.
 */
#ifndef HF_RPC_SERVER_GATE_H
#define HF_RPC_SERVER_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "base/shards.h"

struct rpc_gate {
    struct shard_count unlimited[SHARD_COUNT]; /* those that came in while there was no limit */
    atomic_uint inside;                        /* the others */
    atomic_uint max;
    atomic_uint waiting;
    pthread_mutex_t lock; /* protects queue */
    struct list queue;    /* struct gate_ticket */
};

struct gate_ticket {
    struct list link;
    void (*admitted)(struct gate_ticket *t); /* its turn has come; runs on the leaving thread */
    unsigned place;                          /* shard + 1 that counts it; 0: `inside` */
};

enum gate_answer { GATE_INSIDE, GATE_QUEUED, GATE_FULL };

#define GATE_NO_LIMIT 0x7fffffffu

void gate_init(struct rpc_gate *g, unsigned max);
void gate_fini(struct rpc_gate *g);
enum gate_answer gate_enter(struct rpc_gate *g, struct gate_ticket *t);
void gate_leave(struct rpc_gate *g, const struct gate_ticket *t);
/* How many are inside; exact while nobody comes or goes. */
unsigned gate_count(const struct rpc_gate *g);
/* Takes a waiting ticket out; false if it was admitted meanwhile. */
bool gate_abandon(struct rpc_gate *g, struct gate_ticket *t);
/* The next one for whom there is room, already counted in; NULL if there is none. */
struct gate_ticket *gate_next(struct rpc_gate *g);

#endif
