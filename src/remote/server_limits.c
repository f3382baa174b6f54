/* SPDX-License-Identifier: Apache-2.0
 *
 * server_limits.c - what a session and its transaction may take, of those who forget them (N4)
 *
 * A client that lives and has forgotten is not one that has died: it keeps what it can still use. A
 * transaction beyond its limit is rolled back, and the session's calls get JET_errRollbackRequired until
 * the client has rolled it back, too; then the session goes on. A session beyond its limit is ended, and
 * its calls get JET_errInvalidSesid; the instance and its other sessions go on.
 *
 * Asked by the watcher once a second, and by each call of a session, so that one that is never idle is
 * judged as well.
 */
#include "remote/server.h"

#include "base/clock.h"
#include "base/log.h"

static const char *const names[SERVE_LIMIT_COUNT] = {
    [SERVE_SESSION_IDLE] = "session_idle",       [SERVE_SESSION_AGE] = "session_age",
    [SERVE_SESSION_OCTETS] = "session_octets",   [SERVE_TRANSACTION_IDLE] = "transaction_idle",
    [SERVE_TRANSACTION_AGE] = "transaction_age", [SERVE_TRANSACTION_OCTETS] = "transaction_octets",
};

static bool older(uint64_t since_ns, uint32_t limit_s, uint64_t now_ns)
{
    return limit_s > 0 && now_ns > since_ns && now_ns - since_ns > limit_s * CLOCK_SECOND;
}

static bool more(uint64_t octets, uint64_t limit)
{
    return limit > 0 && octets > limit;
}

/* The limit that is exceeded; SERVE_LIMIT_COUNT for none. Those of the session come first. */
static enum serve_limit exceeded(const struct serve_session *s, uint64_t now_ns)
{
    const struct serve_config *c = &serve.config;

    if (older(s->used_ns, c->session_idle_s, now_ns))
        return SERVE_SESSION_IDLE;
    if (older(s->since_ns, c->session_age_s, now_ns))
        return SERVE_SESSION_AGE;
    if (more(s->all_octets, c->session_octets))
        return SERVE_SESSION_OCTETS;
    if (s->level == 0)
        return SERVE_LIMIT_COUNT;
    if (older(s->used_ns, c->transaction_idle_s, now_ns))
        return SERVE_TRANSACTION_IDLE;
    if (older(s->transaction_ns, c->transaction_age_s, now_ns))
        return SERVE_TRANSACTION_AGE;
    return more(s->octets, c->transaction_octets) ? SERVE_TRANSACTION_OCTETS : SERVE_LIMIT_COUNT;
}

/* All levels, as JetRpcRollback would; false when the engine does not. */
static bool roll_back(struct serve_session *s)
{
    JET_ERR err = JetSetSessionContext(s->sesid, (JET_API_PTR)s);

    if (err < 0)
        return false;
    for (unsigned i = s->level; i > 0 && err >= 0; i--)
        err = JetRollback(s->sesid, 0);
    return JetResetSessionContext(s->sesid) >= 0 && err >= 0;
}

static void void_transaction(struct serve_session *s, const char *limit)
{
    if (!roll_back(s)) {
        serve_session_end(s, limit);
        return;
    }
    s->voided = s->level;
    s->level = 0;
    atomic_fetch_sub(&serve.transactions, 1);
    log_line(LOG_LEVEL_WARNING, "transaction rolled back client=%s reason=\"%s\" last=%s",
             s->instance->client, limit, s->last_call);
}

void serve_limit(struct serve_session *session)
{
    enum serve_limit limit = SERVE_LIMIT_COUNT;

    if (session->ended || !serve.limited)
        return;
    limit = exceeded(session, clock_now_ns());
    if (limit == SERVE_LIMIT_COUNT)
        return;
    atomic_fetch_add(&serve.limits[limit], 1);
    if (limit < SERVE_TRANSACTION_IDLE)
        serve_session_end(session, names[limit]);
    else
        void_transaction(session, names[limit]);
}

bool serve_limited(const struct serve_config *c)
{
    return c->session_idle_s || c->session_age_s || c->session_octets || c->transaction_idle_s ||
           c->transaction_age_s || c->transaction_octets;
}
