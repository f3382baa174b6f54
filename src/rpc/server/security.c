/* SPDX-License-Identifier: Apache-2.0
 *
 * security.c - security contexts of a connection: coming to be, leg by leg
 *
 * Which answer a bad leg gets is the business of this file: M24-M30, M35-M38, M45.
 */
#include "rpc/server/security.h"

#include <inttypes.h>
#include <string.h>

#include <rpc.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "rpc/core/status.h"

/* ---- The contexts ----------------------------------------------------------------------------- */

static void context_end(struct security_context *x)
{
    if (x->auth != NULL)
        x->auth->provider->end(x->auth);
    auth_identity_unref(x->identity);
    mem_free(x);
}

void security_free(struct security *take_s)
{
    if (take_s == NULL)
        return;
    for (unsigned i = 0; i < take_s->count; i++)
        context_end(take_s->contexts[i]);
    mem_free(take_s->contexts);
    pthread_mutex_destroy(&take_s->lock);
    mem_free(take_s);
}

struct security_context *security_find(const struct security *s, uint32_t id)
{
    unsigned from = 0, to = s != NULL ? s->count : 0;

    while (from < to) {
        unsigned middle = (from + to) / 2;

        if (s->contexts[middle]->id == id)
            return s->contexts[middle];
        if (s->contexts[middle]->id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

bool security_is_pending(const struct security *s)
{
    for (unsigned i = 0; s != NULL && i < s->count; i++)
        if (s->contexts[i]->state == SECURITY_PENDING)
            return true;
    return false;
}

/* The connection's, made at its first context; NULL without memory. */
static struct security *security_of(struct rpc_conn *c)
{
    if (c->security != NULL)
        return c->security;
    c->security = mem_alloc(sizeof *c->security);
    if (c->security == NULL)
        return NULL;
    pthread_mutex_init(&c->security->lock, NULL);
    c->security->signs_headers = c->signs_headers;
    return c->security;
}

static bool insert(struct security *s, struct security_context *x)
{
    unsigned at = s->count;

    if (s->count == s->room) {
        unsigned room = s->room == 0 ? 1 : s->room * 2;
        struct security_context **wider = mem_grow(s->contexts, room * sizeof *wider);

        if (wider == NULL)
            return false;
        s->contexts = wider;
        s->room = room;
    }
    for (; at > 0 && s->contexts[at - 1]->id > x->id; at--)
        s->contexts[at] = s->contexts[at - 1];
    s->contexts[at] = x;
    s->count++;
    return true;
}

void security_sign_headers(struct rpc_conn *c)
{
    struct security *s = c->security;

    c->signs_headers = true;
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock); /* replies may be under way */
    s->signs_headers = true;
    for (unsigned i = 0; i < s->count; i++)
        s->contexts[i]->auth->header_signing = true;
    pthread_mutex_unlock(&s->lock);
}

/* ---- Legs ------------------------------------------------------------------------------------- */

/* What a leg came to. */
enum leg {
    LEG_GOOD,
    LEG_REFUSED,
    LEG_WEAK,
    LEG_BROKEN,
    LEG_UNKNOWN_TYPE,
    LEG_BAD_LEVEL,
    LEG_NO_MEMORY
};

static enum leg leg_of(enum auth_progress progress)
{
    switch (progress) {
    case AUTH_DONE:
    case AUTH_MORE: return LEG_GOOD;
    case AUTH_REFUSED: return LEG_REFUSED;
    case AUTH_WEAK: return LEG_WEAK;
    case AUTH_BROKEN: return LEG_BROKEN;
    case AUTH_NO_MEMORY: break;
    }
    return LEG_NO_MEMORY;
}

static void log_leg(const struct rpc_conn *c, const struct security_context *x, const char *what)
{
    static struct log_ration ration = LOG_RATION_INIT;
    char peer[NET_PEER_TEXT];
    uint64_t unlogged;

    if (!log_may(&ration, &unlogged))
        return;
    net_peer_text(&c->peer, peer);
    log_line(LOG_LEVEL_WARNING, "%s peer=\"%s\" mechanism=%s unlogged=%" PRIu64, what, peer,
             x->auth->provider->name, unlogged);
}

void security_answer_free(struct security_answer *a)
{
    mem_free(a->owned);
    a->owned = NULL;
}

/* The identity that the finished context has shown. */
static bool take_identity(struct security_context *x)
{
    uint8_t level = x->level == AUTH_LEVEL_CALL ? AUTH_LEVEL_PACKET : x->level;

    x->identity = auth_identity_new(x->type, level, x->auth->provider->principal(x->auth));
    return x->identity != NULL;
}

/* Gives a token to a pending context; `ret` is filled if there is one to answer. */
static enum leg step(struct rpc_conn *c, struct security_context *x, const struct wire_auth *a,
                     struct security_answer *ret)
{
    struct auth_token out = {.octets = mem_alloc(RPC_LIMIT_AUTH_TOKEN),
                             .room = RPC_LIMIT_AUTH_TOKEN};
    enum auth_progress progress;

    if (out.octets == NULL)
        return LEG_NO_MEMORY;
    progress = x->auth->provider->step(x->auth, a->token, a->token_length, &out);
    *ret = (struct security_answer){.owned = out.octets,
                                    .auth = {.present = true, /* a token may be empty */
                                             .type = x->type,
                                             .level = x->level,
                                             .context_id = x->id,
                                             .token = out.octets,
                                             .token_length = out.size}};
    if (progress == AUTH_DONE && !take_identity(x))
        progress = AUTH_NO_MEMORY;
    if (progress == AUTH_DONE) {
        x->auth->header_signing = c->security->signs_headers;
        x->state = SECURITY_GOOD;
    }
    if (leg_of(progress) == LEG_GOOD)
        return LEG_GOOD;
    security_answer_free(ret);
    ret->auth = (struct wire_auth){0};
    x->state = SECURITY_FAILED;
    STATS_ADD(authentications_failed);
    log_leg(c, x,
            progress == AUTH_REFUSED || progress == AUTH_WEAK ? "an authentication was refused"
                                                              : "an authentication was broken off");
    return leg_of(progress);
}

/* A new context with its first token. */
static enum leg begin(struct rpc_conn *c, const struct wire_auth *a, struct security_answer *ret)
{
    uint8_t level = a->level == AUTH_LEVEL_CALL ? AUTH_LEVEL_PACKET : a->level;
    const struct auth_provider *p;
    struct security_context *x;
    struct auth_server *with;
    RPC_STATUS status = RPC_S_OUT_OF_MEMORY;

    if (a->level < AUTH_LEVEL_CONNECT || a->level > AUTH_LEVEL_PRIVACY) /* M25 */
        return LEG_BAD_LEVEL;
    p = auth_provider_find(a->type);
    with = p != NULL ? auth_server_find(a->type) : NULL;
    if (with == NULL) /* M24 */
        return LEG_UNKNOWN_TYPE;
    if (a->type == AUTH_TYPE_SPNEGO && a->level == AUTH_LEVEL_CALL) { /* M26 */
        auth_server_unref(with);
        return LEG_BROKEN;
    }
    x = security_of(c) != NULL ? mem_alloc(sizeof *x) : NULL;
    if (x != NULL) {
        *x = (struct security_context){.id = a->context_id, .type = a->type, .level = a->level};
        x->auth = p->server(with, level, &status);
    }
    auth_server_unref(with);
    if (x == NULL || x->auth == NULL || !insert(c->security, x)) {
        if (x != NULL)
            context_end(x);
        return status == RPC_S_OUT_OF_MEMORY ? LEG_NO_MEMORY : LEG_REFUSED;
    }
    x->auth->header_signing = c->security->signs_headers;
    if (x->level == AUTH_LEVEL_CONNECT && !c->security->explicit_connect)
        c->security->implicit = x;
    return step(c, x, a, ret);
}

/* ---- bind ------------------------------------------------------------------------------------- */

bool security_bind(struct rpc_conn *c, const struct wire_auth *a, struct security_answer *ret,
                   enum wire_nak_reason *ret_reason)
{
    switch (begin(c, a, ret)) {
    case LEG_GOOD: return true;
    case LEG_UNKNOWN_TYPE: *ret_reason = WIRE_NAK_AUTH_TYPE; break;  /* M24 */
    case LEG_BAD_LEVEL: *ret_reason = WIRE_NAK_NOT_SPECIFIED; break; /* M25 */
    case LEG_REFUSED:                                                /* M26, M27, M30 */
    case LEG_WEAK:
    case LEG_BROKEN: *ret_reason = WIRE_NAK_CHECKSUM; break;
    case LEG_NO_MEMORY: *ret_reason = WIRE_NAK_LOCAL_LIMIT; break;
    }
    return false;
}

/* ---- alter_context ---------------------------------------------------------------------------- */

/* One more context is too many: of all, or of those that have shown nothing, which cost more. */
static bool is_full(const struct security *s)
{
    unsigned pending = 0;

    if (s == NULL)
        return false;
    for (unsigned i = 0; i < s->count; i++)
        pending += s->contexts[i]->state != SECURITY_GOOD;
    return s->count >= RPC_LIMIT_SECURITY_CONTEXTS || pending >= RPC_LIMIT_PENDING_CONTEXTS;
}

uint32_t security_alter_early(struct rpc_conn *c, const struct wire_auth *a)
{
    const struct security_context *x = security_find(c->security, a->context_id);

    if (!a->present)
        return 0;
    if (x == NULL)
        return is_full(c->security) ? NCA_S_PROTO_ERROR : 0;    /* M45 */
    if (x->state == SECURITY_GOOD || a->type == AUTH_TYPE_NONE) /* M38, M37 */
        return RPC_S_ACCESS_DENIED;
    return 0;
}

static uint32_t alter_fault(enum leg leg)
{
    if (leg == LEG_GOOD)
        return 0;
    return leg == LEG_WEAK ? RPC_S_SEC_PKG_ERROR : RPC_S_ACCESS_DENIED;
}

uint32_t security_alter(struct rpc_conn *c, const struct wire_auth *a, struct security_answer *ret)
{
    struct security_context *x = security_find(c->security, a->context_id);

    if (!a->present)
        return 0;
    if (x == NULL)
        return alter_fault(begin(c, a, ret));
    if (a->type != x->type) /* M37 */
        return RPC_S_SEC_PKG_ERROR;
    if (x->state != SECURITY_PENDING || a->level != x->level) /* M37 */
        return RPC_S_ACCESS_DENIED;
    return alter_fault(step(c, x, a, ret)); /* M30 */
}

/* ---- auth3 ------------------------------------------------------------------------------------ */

uint32_t security_auth3(struct rpc_conn *c, const struct wire_auth *a)
{
    struct security_context *x = security_find(c->security, a->context_id);
    struct security_answer answer = {0};

    if (x == NULL || x->state != SECURITY_PENDING) /* M35 */
        return NCA_S_PROTO_ERROR;
    if (a->type != x->type || a->level != x->level) /* M29 */
        return NCA_S_FAULT_REMOTE_NO_MEMORY;
    /* Its failure is told to the next request: M30, M36. */
    if (step(c, x, a, &answer) == LEG_GOOD &&
        (x->state != SECURITY_GOOD || answer.auth.token_length > 0)) {
        x->state = SECURITY_FAILED;
        STATS_ADD(authentications_failed);
        log_leg(c, x, "an authentication ended too early");
    }
    security_answer_free(&answer);
    return 0;
}
