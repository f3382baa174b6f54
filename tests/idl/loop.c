/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.c - a runtime for stubs in one process
 */
#include "loop.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "rpc/ndr/ndr_memory.h"

struct loop loop;

struct rpc_call {
    struct arena arena;
    struct ndr_memory memory;
    struct rpc_context_slot *first, **tail;
};

/* A context handle: the same object is the server's entry and the client's handle. */
struct rpc_context {
    uint32_t id;
    void *user;
    bool open;
};

#define CONTEXTS 16
static struct rpc_context contexts[CONTEXTS];

unsigned loop_contexts_open(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < CONTEXTS; i++)
        n += contexts[i].open;
    return n;
}

void loop_contexts_clear(void)
{
    memset(contexts, 0, sizeof contexts);
}

/* What midl_user_allocate gave lies behind one of these. */
struct node {
    struct list link;
    uint8_t octets[] __attribute__((aligned(16)));
};

static struct list nodes = {&nodes, &nodes};

void *__RPC_USER midl_user_allocate(size_t size)
{
    struct node *n = size > SIZE_MAX - sizeof *n ? NULL : mem_alloc(sizeof *n + size);

    if (n == NULL)
        return NULL;
    list_append(&nodes, &n->link);
    loop.live++;
    return memset(n->octets, 0xee, size);
}

void __RPC_USER midl_user_free(void *memory)
{
    struct node *n = memory == NULL ? NULL : LIST_ENTRY(memory, struct node, octets);

    if (n == NULL)
        return;
    list_remove(&n->link);
    loop.live--;
    mem_free(n);
}

void loop_nodes_clear(void)
{
    while (!list_is_empty(&nodes))
        midl_user_free(LIST_ENTRY(nodes.next, struct node, link)->octets);
}

/* ---- Octets ---------------------------------------------------------------------------------- */

size_t loop_parse(const char *hex, uint8_t *ret_octets)
{
    size_t n = 0;

    for (; *hex != '\0'; hex++) {
        unsigned v;

        if (!isxdigit((unsigned char)*hex))
            continue;
        if (sscanf(hex, "%2x", &v) != 1)
            abort();
        ret_octets[n++] = (uint8_t)v;
        hex++;
    }
    return n;
}

bool loop_is(const uint8_t *octets, size_t size, const char *hex)
{
    uint8_t *want = malloc(LOOP_OCTETS);
    size_t n = hex == NULL ? size : loop_parse(hex, want);
    bool same = hex == NULL || (n == size && memcmp(want, octets, n) == 0);

    if (!same) {
        printf("# expected %s\n# got      ", hex);
        for (size_t i = 0; i < size; i++)
            printf("%02x%s", octets[i], i % 4 == 3 ? " " : "");
        printf("\n");
    }
    free(want);
    return same;
}

/* What a test does not expect to be so large, a hostile peer may have asked for. */
static RPC_STATUS flatten(struct ndr_out *out, uint8_t *to, size_t *ret_size)
{
    size_t n = 0;

    if (ndr_out_size(out) > LOOP_OCTETS)
        return 14;
    for (struct ndr_segment *s = out->first; s != NULL; s = s->next) {
        memcpy(to + n, s->data, s->size);
        n += s->size;
    }
    *ret_size = n;
    return 0;
}

/* ---- Server ---------------------------------------------------------------------------------- */

RPC_BINDING_HANDLE rpc_call_binding(struct rpc_call *call)
{
    return call;
}

void rpc_call_free(struct rpc_call *call, void *node)
{
    (void)call;
    midl_user_free(node);
}

static void append_slot(struct rpc_call *call, struct rpc_context_slot *slot, void **value,
                        const struct rpc_context_type *type, uint32_t flags)
{
    slot->value = value;
    slot->type = type;
    slot->flags = flags;
    *call->tail = slot;
    call->tail = &slot->next;
    loop.context_flags = flags;
    loop.context_type = type;
}

static void get_token(struct ndr_in *in, uint8_t token[20])
{
    uint32_t attributes = ndr_get_long(in);

    memcpy(token, &attributes, 4);
    for (size_t i = 0; i < 4; i++) {
        uint32_t v = ndr_get_long(in);

        memcpy(token + 4 + 4 * i, &v, 4);
    }
}

static void put_token(struct ndr_out *out, uint32_t id)
{
    ndr_put_long(out, 0);
    ndr_put_long(out, id);
    for (size_t i = 0; i < 3; i++)
        ndr_put_long(out, 0);
}

static struct rpc_context *find_context(uint32_t id)
{
    return id >= 1 && id <= CONTEXTS && contexts[id - 1].open ? &contexts[id - 1] : NULL;
}

void rpc_context_get(struct rpc_call *call, struct ndr_in *in, struct rpc_context_slot *slot,
                     void **value, const struct rpc_context_type *type, uint32_t flags)
{
    uint32_t id;

    append_slot(call, slot, value, type, flags);
    get_token(in, slot->token);
    memcpy(&id, slot->token + 4, 4);
    slot->entry = find_context(id);
    ndr_in_check(in, id == 0 || slot->entry != NULL);
    *value = slot->entry == NULL ? NULL : slot->entry->user;
}

void rpc_context_new(struct rpc_call *call, struct rpc_context_slot *slot, void **value,
                     const struct rpc_context_type *type, uint32_t flags)
{
    append_slot(call, slot, value, type, flags);
    *value = NULL;
}

void rpc_context_put(struct rpc_call *call, struct ndr_out *out, struct rpc_context_slot *slot)
{
    struct rpc_context *c = slot->entry;

    (void)call;
    for (size_t i = 0; c == NULL && *slot->value != NULL && i < CONTEXTS; i++)
        if (!contexts[i].open)
            c = &contexts[i];
    if (*slot->value == NULL) {
        if (c != NULL)
            c->open = false;
        put_token(out, 0);
        return;
    }
    c->open = true;
    c->user = *slot->value;
    c->id = (uint32_t)(c - contexts) + 1;
    put_token(out, c->id);
}

static RPC_STATUS run(struct loop *l, const struct rpc_method *m, struct rpc_call *call,
                      struct ndr_in *in, void *record)
{
    struct ndr_out out;
    RPC_STATUS status;

    m->unmarshal(call, in, record);
    if (in->status != 0) {
        ndr_memory_discard_nodes(&call->memory);
        return in->status;
    }
    ndr_memory_forget_nodes(&call->memory);
    m->invoke(call, l->server->default_epv, record);
    l->server_ran = true;
    ndr_out_init(&out, NULL, 0, 0, l->ndr64, &call->memory);
    m->marshal(call, &out, record);
    status = ndr_out_finish(&out);
    if (status == 0)
        status = flatten(&out, l->reply, &l->reply_size);
    if (m->release != NULL)
        m->release(call, record);
    return status;
}

RPC_STATUS loop_serve(struct loop *l, uint32_t opnum, const uint8_t *request, size_t size)
{
    const struct rpc_method *m = &l->server->methods[opnum];
    struct rpc_call call = {.tail = &call.first};
    struct ndr_in in;
    uint8_t *copy = NULL;
    void *record;
    RPC_STATUS status = 14;

    /* Its own memory and no octet more, so that a sanitizer sees what is read beyond; not aligned
     * to more than malloc does. */
    copy = malloc(size == 0 ? 1 : size);
    if (size > 0)
        memcpy(copy, request, size);
    l->server_ran = false;
    l->reply_size = 0;
    arena_init(&call.arena, NULL, 0);
    ndr_memory_init(&call.memory, &call.arena, l->server->allocate, l->server->release);
    ndr_in_init(&in, copy, size, l->swap, l->ndr64, &call.memory);
    record = arena_alloc(&call.arena, m->record_size + 1);
    if (record != NULL)
        status = run(l, m, &call, &in, record);
    arena_fini(&call.arena);
    free(copy);
    return status;
}

/* ---- Client ---------------------------------------------------------------------------------- */

struct rpc_client_runtime {
    struct arena arena;
    struct rpc_client_context *first;
    uint8_t *reply;
    bool unmarshalling;
};

void rpc_client_begin(struct rpc_client_call *c, const struct rpc_interface *interface,
                      uint32_t opnum, uint32_t flags)
{
    memset(c, 0xdd, sizeof *c);
    c->status = 0;
    c->from_fault = 0;
    c->interface = interface;
    c->opnum = opnum;
    c->flags = flags;
    c->runtime = calloc(1, sizeof *c->runtime);
    arena_init(&c->runtime->arena, NULL, 0);
    ndr_memory_init(&c->memory, &c->runtime->arena, interface->allocate, interface->release);
    ndr_out_init(&c->out, c->room, sizeof c->room, 24, loop.ndr64, &c->memory);
    ndr_in_init(&c->in, NULL, 0, false, loop.ndr64, &c->memory);
    loop.bindings = 0;
}

void rpc_client_bind(struct rpc_client_call *c, RPC_BINDING_HANDLE binding)
{
    loop.bindings++;
    if (binding == NULL && c->status == 0)
        c->status = 1702; /* RPC_S_INVALID_BINDING */
}

void rpc_client_bind_context(struct rpc_client_call *c, void *handle, uint32_t flags)
{
    if (handle != NULL)
        loop.bindings++;
    else if ((flags & RPC_CONTEXT_OUT) == 0 && c->status == 0)
        c->status = 1775; /* RPC_X_SS_IN_NULL_CONTEXT */
}

bool rpc_client_start(struct rpc_client_call *c)
{
    if (c->status == 0 && loop.bindings == 0)
        c->status = 1775;
    return c->status == 0;
}

void rpc_client_put_context(struct rpc_client_call *c, void *handle, uint32_t flags)
{
    const struct rpc_context *context = handle;

    (void)flags;
    put_token(&c->out, context == NULL ? 0 : context->id);
}

void rpc_client_get_context(struct rpc_client_call *c, struct rpc_client_context *staged,
                            void **handle, uint32_t flags)
{
    uint8_t token[20];
    uint32_t id;

    (void)flags;
    get_token(&c->in, token);
    memcpy(&id, token + 4, 4);
    staged->next = c->runtime->first;
    staged->handle = handle;
    staged->made = find_context(id);
    c->runtime->first = staged;
}

bool rpc_client_exchange(struct rpc_client_call *c)
{
    c->status = ndr_out_finish(&c->out);
    if (c->status == 0)
        c->status = flatten(&c->out, loop.request, &loop.request_size);
    if (c->status != 0)
        return false;
    loop.opnum = c->opnum;
    if (loop.request_hook != NULL)
        loop.request_hook(&loop);
    c->status = loop_serve(&loop, c->opnum, loop.request, loop.request_size);
    c->from_fault = c->status != 0;
    if (c->status != 0)
        return false;
    if (loop.reply_hook != NULL)
        loop.reply_hook(&loop);
    c->runtime->reply = malloc(loop.reply_size + 1);
    memcpy(c->runtime->reply, loop.reply, loop.reply_size);
    ndr_in_init(&c->in, c->runtime->reply, loop.reply_size, false, loop.ndr64, &c->memory);
    c->runtime->unmarshalling = true;
    return true;
}

void rpc_client_end(struct rpc_client_call *c, error_status_t *comm_status,
                    error_status_t *fault_status)
{
    if (c->status == 0 && c->runtime->unmarshalling)
        c->status = c->in.status;
    for (struct rpc_client_context *s = c->runtime->first; s != NULL && c->status == 0; s = s->next)
        *s->handle = s->made;
    if (c->status != 0)
        ndr_memory_discard_nodes(&c->memory);
    loop.status = c->status;
    if (comm_status != NULL)
        *comm_status = c->from_fault ? 0 : (error_status_t)c->status;
    if (fault_status != NULL)
        *fault_status = c->from_fault ? (error_status_t)c->status : 0;
    arena_fini(&c->runtime->arena);
    free(c->runtime->reply);
    free(c->runtime);
}
