/* SPDX-License-Identifier: Apache-2.0
 *
 * server_access.c - who calls, and whether he may
 *
 * Three questions, each asked in one place:
 *   - has the caller shown who he is as well as the address demands that he used? serve_admit, which
 *     the runtime asks before a connection's first call (and each security context's);
 *   - what may the principal do with a database? serve_right_on, by the list of the configuration;
 *   - which right does a routine need? the table in server_ops.def.
 * A context handle is good for the principal alone that opened it, at no lower level
 * (holdfast_bind_handles_to_principals), so what JetRpcOpen has found out holds for all its instance's
 * calls.
 *
 * Every refusal is counted, and logged unless there are too many of them.
 */
#include "remote/levels.h"
#include "remote/server.h"

#include <holdfast/security.h>
#include <rpcasync.h>

#include "base/log.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVERYBODY  "*"
#define STRANGERS  "anonymous"
#define LOCAL_NAME "uid:"

/* ---- the tables ---- */

static const struct op {
    const char *name;
    enum serve_right needs;
} ops[] = {
#define OP(routine, name, right) [SERVE_##routine] = {name, SERVE_RIGHT_##right},
#include "remote/server_ops.def"
};

static const struct more {
    enum serve_op op;
    uint32_t flags;
    enum serve_right needs;
} mores[] = {
#define OP(routine, name, right)
#define MORE(routine, flags, right) {SERVE_##routine, (uint32_t)(flags), SERVE_RIGHT_##right},
#include "remote/server_ops.def"
};

const char *serve_op_name(enum serve_op op)
{
    return ops[op].name;
}

bool serve_op_needs(enum serve_op op)
{
    return ops[op].needs != SERVE_RIGHT_NOTHING;
}

bool serve_op_changes(enum serve_op op)
{
    return ops[op].needs > SERVE_RIGHT_READ;
}

static enum serve_right needed(enum serve_op op, uint32_t flags)
{
    enum serve_right needs = ops[op].needs;

    for (size_t i = 0; i < sizeof mores / sizeof mores[0]; i++)
        if (mores[i].op == op && mores[i].flags & flags && mores[i].needs > needs)
            needs = mores[i].needs;
    return needs;
}

/* ---- who ---- */

/* What a log line may have of a text. */
static void clean(char *to, size_t size, const char *name)
{
    size_t n = 0;

    for (; name[n] && n + 1 < size; n++)
        to[n] = ((unsigned char)name[n] < ' ' || name[n] == 0x7f || name[n] == '"') ? '_' : name[n];
    to[n] = '\0';
}

void serve_show(const struct serve_caller *who, char to[SERVE_PRINCIPAL])
{
    char room[4096], name[SERVE_PRINCIPAL];
    struct passwd entry, *found = NULL;

    if (who->local && getpwuid_r(who->uid, &entry, room, sizeof room, &found) == 0 && found) {
        (void)snprintf(name, sizeof name, "unix:%s", entry.pw_name);
        clean(to, SERVE_PRINCIPAL, name);
        return;
    }
    clean(to, SERVE_PRINCIPAL, who->known ? who->name : STRANGERS);
}

static void find_address(handle_t binding, struct serve_caller *who)
{
    RPC_CSTR text = NULL;

    if (RpcBindingToStringBindingA(binding, &text) == RPC_S_OK)
        clean(who->address, sizeof who->address, (const char *)text);
    (void)RpcStringFreeA(&text);
}

void serve_identify(handle_t binding, struct serve_caller *ret_who)
{
    struct serve_caller *who = ret_who;
    RPC_CALL_ATTRIBUTES_V2_A a = {.Version = 2,
                                  .Flags = RPC_QUERY_CLIENT_PRINCIPAL_NAME,
                                  .ClientPrincipalName = (unsigned char *)who->name,
                                  .ClientPrincipalNameBufferLength = sizeof who->name};

    memset(who, 0, sizeof *who);
    who->level = RPC_C_AUTHN_LEVEL_NONE;
    who->known = RpcServerInqCallAttributesA(binding, &a) == RPC_S_OK && !a.NullSession &&
                 who->name[0] != '\0';
    find_address(binding, who);
    if (!who->known) {
        who->name[0] = '\0';
        return;
    }
    who->level = a.AuthenticationLevel;
    /* no account and no principal is called so: the first has no colon, the second an @ */
    if (a.ProtocolSequence == RPC_PROTSEQ_LRPC && !strncmp(who->name, LOCAL_NAME, 4)) {
        who->local = true;
        who->uid = (uid_t)strtoul(who->name + 4, NULL, 10);
        who->own = who->uid == geteuid() || who->uid == 0;
    }
}

/* ---- refusing ---- */

static void refuse(const struct serve_caller *who, const char *database, const char *what,
                   const char *need)
{
    static struct log_ration ration = LOG_RATION_INIT;
    char principal[SERVE_PRINCIPAL];
    uint64_t unlogged;

    atomic_fetch_add(&serve.refused, 1);
    if (!log_may(&ration, &unlogged))
        return;
    serve_show(who, principal);
    log_line(LOG_LEVEL_WARNING,
             "access was refused principal=\"%s\" address=%s database=%s call=%s needs=%s "
             "unlogged=%" PRIu64,
             principal, who->address, database, what, need, unlogged);
}

/* ---- admission: addresses and levels ---- */

static pthread_mutex_t addresses = PTHREAD_MUTEX_INITIALIZER; /* clients come before all are open */

/* Endpoints that nobody has spoken of demand the most. */
static unsigned demanded(handle_t binding)
{
    unsigned level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
    RPC_CSTR endpoint = NULL;

    if (holdfast_inq_call_endpoint(binding, &endpoint) != RPC_S_OK)
        return level;
    pthread_mutex_lock(&addresses);
    for (size_t i = 0; i < serve.address_count; i++)
        if (!strcmp(serve.addresses[i].endpoint, (const char *)endpoint))
            level = serve.addresses[i].level;
    pthread_mutex_unlock(&addresses);
    (void)RpcStringFreeA(&endpoint);
    return level;
}

RPC_STATUS RPC_ENTRY serve_admit(RPC_IF_HANDLE interface, void *binding)
{
    unsigned level = demanded(binding);
    struct serve_caller who;

    (void)interface;
    serve_identify(binding, &who);
    if (who.level >= level)
        return RPC_S_OK;
    refuse(&who, "-", "connect", remote_level_word(level));
    return RPC_S_ACCESS_DENIED;
}

bool serve_require(const char *endpoint, unsigned level)
{
    struct serve_address *grown = NULL;
    char *copy = mem_strdup(endpoint);

    if (!copy || level < RPC_C_AUTHN_LEVEL_NONE || level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY) {
        mem_free(copy);
        return false;
    }
    pthread_mutex_lock(&addresses);
    grown = mem_grow(serve.addresses, (serve.address_count + 1) * sizeof *grown);
    if (grown) {
        serve.addresses = grown;
        grown[serve.address_count++] = (struct serve_address){copy, level};
    }
    pthread_mutex_unlock(&addresses);
    if (!grown)
        mem_free(copy);
    return grown != NULL;
}

void serve_addresses_clear(void)
{
    for (size_t i = 0; i < serve.address_count; i++)
        mem_free(serve.addresses[i].endpoint);
    mem_free(serve.addresses);
    serve.addresses = NULL;
    serve.address_count = 0;
}

/* ---- rights ---- */

const char *serve_right_name(enum serve_right right)
{
    static const char *const names[] = {"nothing", "read", "write", "manage", "manage *"};

    return names[right];
}

static bool is_meant(const struct serve_allow *a, const struct serve_caller *who)
{
    if (!strcmp(a->principal, EVERYBODY))
        return who->known;
    if (!strcmp(a->principal, STRANGERS))
        return !who->known;
    return who->known && !strcmp(a->principal, who->name);
}

/* Held while the list is read, and while it is replaced: of serve.config.allow and allow_count. */
static pthread_rwlock_t list_lock = PTHREAD_RWLOCK_INITIALIZER;

void serve_replace_allow(const struct serve_allow *allow, size_t count)
{
    pthread_rwlock_wrlock(&list_lock);
    serve.config.allow = allow;
    serve.config.allow_count = count;
    pthread_rwlock_unlock(&list_lock);
}

/* EVERYBODY as a database is all of them. `unlisted`: what everybody has without a list. */
static enum serve_right listed_right(const struct serve_caller *who, const char *database,
                                     enum serve_right unlisted)
{
    const struct serve_config *c = &serve.config;
    enum serve_right has = SERVE_RIGHT_NOTHING;

    pthread_rwlock_rdlock(&list_lock);
    if (c->allow_count == 0)
        has = unlisted;
    for (size_t i = 0; i < c->allow_count; i++)
        if (c->allow[i].right > has && is_meant(&c->allow[i], who) &&
            (!strcmp(c->allow[i].database, EVERYBODY) || !strcmp(c->allow[i].database, database)))
            has = c->allow[i].right;
    pthread_rwlock_unlock(&list_lock);
    return has;
}

/* Without a list everybody may do everything, but for what concerns all clients. */
enum serve_right serve_right_on(const struct serve_caller *who, const char *database)
{
    return listed_right(who, database, SERVE_RIGHT_MANAGE);
}

JET_ERR serve_check(const struct serve_caller *who, enum serve_op op, uint32_t flags,
                    const char *database, enum serve_right has)
{
    enum serve_right needs = needed(op, flags);

    if (has >= needs)
        return JET_errSuccess;
    refuse(who, database, ops[op].name, serve_right_name(needs));
    return JET_errAccessDenied;
}

JET_ERR serve_check_server(handle_t binding, enum serve_op op)
{
    struct serve_caller who;
    enum serve_right has = SERVE_RIGHT_NOTHING;

    serve_identify(binding, &who);
    if (who.own || listed_right(&who, EVERYBODY, SERVE_RIGHT_NOTHING) == SERVE_RIGHT_MANAGE)
        has = SERVE_RIGHT_SERVER;
    return serve_check(&who, op, 0, EVERYBODY, has);
}
