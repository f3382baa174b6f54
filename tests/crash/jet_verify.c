/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_verify.c - is a database that was written by jet_crash_writer as it must be?
 */
#include "jet_verify.h"

#include "ese/engine/check.h"

#include <stdio.h>
#include <string.h>

static struct crash *campaign;

static _Noreturn void die(const char *what, long long number)
{
    crash_fail(campaign, what, number);
}

static void must(JET_ERR err, const char *what)
{
    if (err < 0)
        die(what, err);
}

/* ---- a host, and reading through the provider ---- */

static uint64_t number_of(const struct ese_host *host, unsigned long id)
{
    (void)host;
    return id == JET_paramDatabasePageSize ? 4096 : 0;
}

static const char *text_of(const struct ese_host *host, unsigned long id)
{
    (void)id;
    return id == JET_paramLogFilePath ? host->address : NULL;
}

static bool stopping(const struct ese_host *host)
{
    (void)host;
    return false;
}

static void unavailable(struct ese_host *host, JET_ERR err)
{
    (void)host;
    die("unavailable", err);
}

struct reader {
    struct ese_instance *instance;
    struct ese_session *session;
    struct ese_cursor *cursor;
    JET_DBID db;
};

static void reader_open(struct reader *r, struct ese_host *host, const char *database)
{
    const struct ese_provider *p = &ese_embedded;

    must(p->init(host, 0, &r->instance), "init");
    must(p->begin_session(r->instance, &r->session), "session");
    must(p->attach_database(r->session, database, 0, 0), "attach");
    must(p->open_database(r->session, database, 0, &r->db), "open");
}

static bool read_row(struct reader *r, uint32_t session, uint32_t slot, int64_t *ret_n,
                     uint8_t *value, uint32_t *ret_size)
{
    int32_t key = model_key(session, slot);
    JET_RETRIEVECOLUMN columns[2] = {
        {.columnid = 2, .pvData = ret_n, .cbData = 8, .itagSequence = 1},
        {.columnid = 256, .pvData = value, .cbData = MODEL_SIZE_MAX, .itagSequence = 1},
    };
    JET_ERR err;

    must(ese_embedded.make_key(r->session, r->cursor, &key, 4, JET_bitNewKey), "key");
    err = ese_embedded.seek(r->session, r->cursor, JET_bitSeekEQ);
    if (err == JET_errRecordNotFound)
        return false;
    must(err, "seek");
    must(ese_embedded.retrieve_columns(r->session, r->cursor, columns, 2), "retrieve");
    *ret_size = (uint32_t)columns[1].cbActual;
    return true;
}

/* ---- the model ---- */

struct state {
    uint64_t n;
    uint32_t value[MODEL_SLOTS];
    uint64_t at[MODEL_SLOTS];
};

static struct state states[MODEL_WRITERS];

static void advance(uint64_t seed, uint32_t session, uint64_t n)
{
    struct model_change changes[MODEL_CHANGES];
    struct state *s = &states[session];

    while (s->n < n) {
        unsigned count = model_changes(seed, session, ++s->n, changes);

        for (unsigned i = 0; i < count; i++) {
            s->value[changes[i].slot] = changes[i].value;
            s->at[changes[i].slot] = s->n;
        }
    }
}

static void compare(struct reader *r, uint32_t session)
{
    static uint8_t have[MODEL_SIZE_MAX], want[MODEL_SIZE_MAX];
    const struct state *s = &states[session];

    for (uint32_t slot = 0; slot < MODEL_SLOTS; slot++) {
        uint32_t size = 0;
        int64_t n = 0;
        bool there = read_row(r, session, slot, &n, have, &size);

        if (there != (s->value[slot] != 0))
            die("a row that is not as it should be, slot", slot);
        if (!there)
            continue;
        model_bytes(s->value[slot], want);
        if (n != (int64_t)s->at[slot] || size != model_size(s->value[slot]) ||
            memcmp(have, want, size) != 0)
            die("a row of another transaction, slot", slot);
    }
}

/* Of the tables of the session that changes schemas, those of its last transactions are there. */
static void compare_tables(struct reader *r, uint64_t n)
{
    for (uint64_t i = n > 2 * MODEL_TABLES ? n - 2 * MODEL_TABLES : 1; i <= n + 2; i++) {
        bool expected = i <= n && i + MODEL_TABLES > n;
        struct ese_cursor *cursor = NULL;
        uint32_t rows = 0;
        char name[32];
        JET_ERR err;

        model_table(i, name);
        err = ese_embedded.open_table(r->session, r->db, name, 0, &cursor);
        if (err != (expected ? JET_errSuccess : JET_errObjectNotFound))
            die(expected ? "a table is missing, result" : "a table should not be there", err);
        if (!expected)
            continue;
        must(ese_embedded.set_index(r->session, cursor, "i", 0, 1), "index");
        for (err = ese_embedded.move(r->session, cursor, JET_MoveFirst, 0); err >= 0; rows++)
            err = ese_embedded.move(r->session, cursor, JET_MoveNext, 0);
        if (rows != model_rows(i))
            die("a table has other rows, transaction", (long long)i);
        ese_embedded.close_cursor(r->session, cursor);
    }
}

static void print_fault(void *ctx, const char *text)
{
    (void)ctx;
    printf("# %s\n", text);
}

static void compare_all(struct reader *r, const struct jet_known *known)
{
    for (uint32_t i = 0; i < MODEL_WRITERS; i++) {
        static uint8_t value[MODEL_SIZE_MAX];
        uint32_t size = 0;
        int64_t n = 0;

        (void)read_row(r, i, MODEL_COUNTER, &n, value, &size);
        if ((uint64_t)n < known->durable[i])
            die("a durable commit is lost, transactions", (long long)known->durable[i] - n);
        if ((uint64_t)n < states[i].n)
            die("a commit seen before is lost, session", i);
        if ((uint64_t)n < known->returned[i])
            campaign->lost += known->returned[i] - (uint64_t)n;
        if (i == MODEL_SCHEMA) {
            states[i].n = (uint64_t)n;
            compare_tables(r, (uint64_t)n);
        } else {
            advance(campaign->seed, i, (uint64_t)n);
            compare(r, i);
        }
    }
}

void jet_learn(struct jet_known *known, const struct model_ack *ack)
{
    known->returned[ack->session] = ack->n;
    if (ack->durable)
        known->durable[ack->session] = ack->n;
}

void jet_verify(struct crash *c, const char *folder, struct jet_known *known)
{
    struct ese_host host = {.name = "crash",
                            .address = folder,
                            .number = number_of,
                            .text = text_of,
                            .stopping = stopping,
                            .unavailable = unavailable};
    HOLDFAST_ESE_CHECK check = {.fault = print_fault};
    struct reader r = {0};
    char database[300];

    campaign = c;
    snprintf(database, sizeof database, "%s/" MODEL_DATABASE, folder);
    reader_open(&r, &host, database);
    must(ese_embedded.open_table(r.session, r.db, "rows", 0, &r.cursor), "table");
    must(ese_embedded.begin(r.session, JET_bitTransactionReadOnly, 0), "begin");
    compare_all(&r, known);
    must(ese_embedded.commit(r.session, 0, 0, NULL), "commit");
    ese_embedded.close_cursor(r.session, r.cursor);
    must(eng_check_database(r.session, r.db, &check), "check");
    if (check.faults > 0)
        die("the database does not agree with itself, faults", (long long)check.faults);
    ese_embedded.close_database(r.session, r.db);
    ese_embedded.end_session(r.session);
    must(ese_embedded.term(r.instance, false), "term");
    for (uint32_t i = 0; i < MODEL_WRITERS; i++)
        known->durable[i] = known->returned[i] = states[i].n;
}
