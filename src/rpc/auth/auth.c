/* SPDX-License-Identifier: Apache-2.0
 *
 * auth.c - providers, what a server is ready for, and the objects that the two ends share
 *
 * Owns:   the table of providers, and one struct auth_server for each type that is enabled.
 * Lock:   `lock` for both.
 */
#include "rpc/auth/auth.h"

#include <pthread.h>
#include <string.h>

#include <rpcnterr.h>

#include "base/mem.h"
#include "rpc/auth/providers.h"

/* ---- Providers -------------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct auth_provider *added;

const struct auth_provider *auth_provider_find(uint32_t type)
{
    const struct auth_provider *extra;

    (void)pthread_mutex_lock(&lock);
    extra = added;
    (void)pthread_mutex_unlock(&lock);
    if (extra != NULL && extra->type == type)
        return extra;
    for (size_t i = 0; i < AUTH_PROVIDERS; i++)
        if (auth_providers[i].type == type)
            return auth_providers[i].get();
    return NULL;
}

void auth_provider_add(const struct auth_provider *p)
{
    (void)pthread_mutex_lock(&lock);
    added = p;
    (void)pthread_mutex_unlock(&lock);
}

/* ---- Readiness -------------------------------------------------------------------------------- */

static struct auth_server *servers[256]; /* by type */

void auth_server_unref(struct auth_server *take_s)
{
    if (take_s == NULL || atomic_fetch_sub(&take_s->refs, 1) != 1)
        return;
    mem_free(take_s->principal);
    mem_free(take_s->argument);
    mem_free(take_s);
}

RPC_STATUS auth_server_enable(uint32_t type, const char *principal, const char *argument)
{
    struct auth_server *s, *old;

    if (type > 255 || type == AUTH_TYPE_NONE || auth_provider_find(type) == NULL)
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    s = mem_alloc(sizeof *s);
    if (s == NULL)
        return RPC_S_OUT_OF_MEMORY;
    atomic_init(&s->refs, 1);
    s->type = (uint8_t)type;
    s->principal = mem_strdup(principal);
    s->argument = mem_strdup(argument);
    if ((principal != NULL && s->principal == NULL) || (argument != NULL && s->argument == NULL)) {
        auth_server_unref(s);
        return RPC_S_OUT_OF_MEMORY;
    }
    (void)pthread_mutex_lock(&lock);
    old = servers[type];
    servers[type] = s;
    (void)pthread_mutex_unlock(&lock);
    auth_server_unref(old);
    return RPC_S_OK;
}

struct auth_server *auth_server_find(uint8_t type)
{
    struct auth_server *s;

    (void)pthread_mutex_lock(&lock);
    s = servers[type];
    if (s != NULL)
        atomic_fetch_add(&s->refs, 1);
    (void)pthread_mutex_unlock(&lock);
    return s;
}

void auth_server_clear(void)
{
    for (unsigned type = 0; type < 256; type++) {
        struct auth_server *s;

        (void)pthread_mutex_lock(&lock);
        s = servers[type];
        servers[type] = NULL;
        (void)pthread_mutex_unlock(&lock);
        auth_server_unref(s);
    }
}

/* ---- Identities ------------------------------------------------------------------------------- */

struct auth_identity *auth_identity_new(uint8_t type, uint8_t level, const char *principal)
{
    size_t size = strlen(principal) + 1;
    struct auth_identity *i = mem_alloc(sizeof *i + size);

    if (i == NULL)
        return NULL;
    atomic_init(&i->refs, 1);
    i->type = type;
    i->level = level;
    i->anonymous = size == 1;
    memcpy(i->principal, principal, size);
    return i;
}

struct auth_identity *auth_identity_ref(struct auth_identity *i)
{
    if (i != NULL)
        atomic_fetch_add_explicit(&i->refs, 1, memory_order_relaxed);
    return i;
}

void auth_identity_unref(struct auth_identity *take_i)
{
    if (take_i != NULL && atomic_fetch_sub_explicit(&take_i->refs, 1, memory_order_acq_rel) == 1)
        mem_free(take_i);
}

bool auth_identity_may(const struct auth_identity *who, const struct auth_identity *owner)
{
    if (who == owner)
        return true;
    return who != NULL && owner != NULL && who->level >= owner->level &&
           strcmp(who->principal, owner->principal) == 0;
}

/* ---- A client's wish -------------------------------------------------------------------------- */

/* Overwrites a secret before its memory is given back. */
static void wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
}

void auth_client_unref(struct auth_client *take_c)
{
    if (take_c == NULL || atomic_fetch_sub_explicit(&take_c->refs, 1, memory_order_acq_rel) != 1)
        return;
    wipe(take_c->password);
    mem_free(take_c->target);
    mem_free(take_c->user);
    mem_free(take_c->domain);
    mem_free(take_c->password);
    mem_free(take_c);
}

struct auth_client *auth_client_ref(struct auth_client *c)
{
    if (c != NULL)
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

struct auth_client *auth_client_new(const struct auth_client *like)
{
    struct auth_client *c = mem_alloc(sizeof *c);

    if (c == NULL)
        return NULL;
    *c = *like;
    atomic_init(&c->refs, 1);
    c->target = mem_strdup(like->target);
    c->user = mem_strdup(like->user);
    c->domain = mem_strdup(like->domain);
    c->password = mem_strdup(like->password);
    if ((like->target != NULL && c->target == NULL) || (like->user != NULL && c->user == NULL) ||
        (like->domain != NULL && c->domain == NULL) ||
        (like->password != NULL && c->password == NULL)) {
        auth_client_unref(c);
        return NULL;
    }
    return c;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool auth_client_equal(const struct auth_client *a, const struct auth_client *b)
{
    if (a == b)
        return true;
    return a != NULL && b != NULL && a->type == b->type && a->level == b->level &&
           a->mutual == b->mutual && a->has_identity == b->has_identity &&
           a->impersonation == b->impersonation && same_text(a->target, b->target) &&
           same_text(a->user, b->user) && same_text(a->domain, b->domain) &&
           same_text(a->password, b->password);
}
