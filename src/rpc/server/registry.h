/* SPDX-License-Identifier: Apache-2.0
 *
 * registry.h - registered interfaces, their managers, and who uses them
 */
#ifndef HF_RPC_SERVER_REGISTRY_H
#define HF_RPC_SERVER_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <rpc.h>

#include "base/list.h"
#include "rpc/server/gate.h"

struct rpc_manager {
    UUID type; /* nil: objects without a type */
    const void *epv;
};

/* One registration of an interface. Immutable but for its counts: giving an interface another manager
 * replaces its registration. */
struct rpc_registration {
    atomic_uint refs;                      /* the registry's, presentation contexts', handles' */
    struct shard_count users[SHARD_COUNT]; /* calls admitted */
    atomic_long due;                       /* run-downs due or running */
    atomic_bool removed;
    const struct rpc_interface *interface; /* not to be followed once it may be drained: the module
                                            * it lies in may have been unloaded */
    uint32_t method_count;                 /* the interface's */
    bool ndr64;                            /* the interface offers it, and prefers it */
    unsigned flags;                        /* RPC_IF_... */
    bool internal;                         /* the runtime's own: not listed, not removed by NULL */
    size_t max_size;                       /* of a request */
    RPC_IF_CALLBACK_FN *callback;
    struct rpc_gate gate; /* MaxCalls of an auto-listen interface */
    struct list link;     /* the registry's */
    unsigned manager_count;
    struct rpc_manager managers[];
};

struct rpc_registration *registry_ref(struct rpc_registration *r);
void registry_unref(struct rpc_registration *r); /* accepts NULL */

/* The registration that serves `id` (UUID and major equal, minor not less), with a reference; NULL
 * when there is none. */
struct rpc_registration *registry_find(const RPC_SYNTAX_IDENTIFIER *id);

/* Admits a call; false when the interface is not registered any more. registry_leave ends it, with
 * what was put in *ret_user. The call's connection refers to the registration all the while. */
bool registry_enter(struct rpc_registration *r, unsigned *ret_user);
void registry_leave(struct rpc_registration *r, unsigned user);
/* The code of an interface, perhaps a removed one, is needed for a run-down, until it is done. The
 * caller has a reference. */
void registry_hold(struct rpc_registration *r);
void registry_release(struct rpc_registration *r);

/* The entry point vector for an object (NULL: none); NULL when no manager is of its type. */
const void *registry_epv(struct rpc_registration *r, const UUID *object);

/* Registers an interface of the runtime itself: auto-listening, hidden. */
RPC_STATUS registry_add_internal(const struct rpc_interface *interface);

/* Calls `each` for the id of every interface that is not internal. */
void registry_list(void (*each)(void *argument, const RPC_SYNTAX_IDENTIFIER *id), void *argument);
unsigned registry_count(void);

/* For tests: forgets all registrations, without waiting. */
void registry_clear(void);

#endif
