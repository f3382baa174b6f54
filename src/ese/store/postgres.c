/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres.c - a store engine on PostgreSQL: the proof that store.h is a wall
 *
 * The seed of an engine that several servers share, not a product: nothing installed links it.
 *
 * Owns:       per transaction a connection with a REPEATABLE READ snapshot, pooled when it ended;
 *             one connection, `latest`, that looks at what is committed now, under its lock.
 * Rows, row locks and who wins: postgres_schema.h. Levels are savepoints; marks number the commits,
 * and a durable commit takes all earlier ones with it.
 *
 * What store.h has more: keys end at POSTGRES_KEY_MAX; drops, bulk values, ephemeral stores, logs in
 * a folder and backups are STORE_UNSUPPORTED (store_test_postgres.c: the cases of the contract).
 */
#include "ese/store/postgres_schema.h"
#include "ese/store/store_engine.h"

#include "base/log.h"
#include "base/mem.h"

#include <endian.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tuple of a B-tree over pages of 8 KiB has 2,704 octets, of which 20 are not the key's. */
#define POSTGRES_KEY_MAX   ((size_t)2680)
#define POSTGRES_VALUE_MAX ((size_t)64 << 20)
#define POSTGRES_BEGIN     "BEGIN ISOLATION LEVEL REPEATABLE READ"

struct postgres_txn {
    struct store_txn base;
    PGconn *conn;
    struct postgres_txn *next_pooled;
    bool written;
};

struct postgres {
    struct store base;
    char *address;
    pthread_mutex_t lock; /* all below but `committed` */
    struct postgres_txn *pool;
    PGconn *latest;
    uint64_t hardened;
    atomic_uint_fast64_t committed;
};

struct postgres_cursor {
    struct store_cursor base;
    PGresult *row; /* key and value; NULL when the cursor stands on none */
    size_t key_size;
    char key[POSTGRES_KEY_MAX];
};

static struct postgres *postgres_of(struct store *store)
{
    return (struct postgres *)(void *)store;
}

static struct postgres_txn *txn_of(struct store_txn *txn)
{
    return (struct postgres_txn *)(void *)txn;
}

static struct store_slice field(const PGresult *row, int column)
{
    return (struct store_slice){PQgetvalue(row, 0, column), (size_t)PQgetlength(row, 0, column)};
}

/* ---- talking to the server ---- */

/* What a result is to us: its SQLSTATE when it failed, the letter of our own statements. */
static enum store_status status_of(const PGconn *conn, const PGresult *result)
{
    static const struct {
        const char *told; /* a letter, or a prefix of a state */
        enum store_status status;
    } table[] = {
        {"o", STORE_OK},           {"n", STORE_NOT_FOUND},   {"e", STORE_EXISTS},
        {"c", STORE_CONFLICT},     {"f", STORE_TXN_FULL},    {"u", STORE_IN_USE},
        {"m", STORE_MISSING},      {"x", STORE_FOREIGN},     {"40", STORE_CONFLICT},
        {"55P03", STORE_CONFLICT}, {"25P02", STORE_FAILED},  {"53100", STORE_NO_SPACE},
        {"53", STORE_NO_MEMORY},   {"XX001", STORE_CORRUPT}, {"XX002", STORE_CORRUPT},
    };
    ExecStatusType done = PQresultStatus(result);
    const char *told = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (done == PGRES_COMMAND_OK || (done == PGRES_TUPLES_OK && PQnfields(result) != 1))
        return STORE_OK;
    if (done == PGRES_TUPLES_OK)
        told = PQgetvalue(result, 0, 0);
    for (size_t i = 0; told != NULL && i < sizeof table / sizeof *table; i++)
        if (strncmp(told, table[i].told, strlen(table[i].told)) == 0)
            return table[i].status;
    log_line(LOG_LEVEL_ERROR, "postgresql failed error=\"%s\"", PQerrorMessage(conn));
    return STORE_IO;
}

static enum store_status command(PGconn *conn, const char *text)
{
    PGresult *result = PQexec(conn, text);
    enum store_status status = status_of(conn, result);

    PQclear(result);
    return status;
}

/* Runs one of `statements`: parameters are `tree` and `count` slices more, one without data is NULL.
 * `ret_row` (may be NULL) gets the row that was found; without one STORE_NOT_FOUND. */
static enum store_status ask(PGconn *conn, const char *statement, uint64_t tree,
                             const struct store_slice *more, int count, PGresult **ret_row)
{
    static const int binary[4] = {1, 1, 1, 1};
    uint64_t tree_sent = htobe64(tree);
    const char *at[4] = {(const char *)&tree_sent};
    int size[4] = {sizeof tree_sent};
    enum store_status status;
    PGresult *result;

    for (int i = 0; i < count; i++) {
        at[i + 1] = more[i].data;
        size[i + 1] = (int)more[i].size;
    }
    result = PQexecPrepared(conn, statement, count + 1, at, size, binary, 1);
    status = status_of(conn, result);
    if (status == STORE_OK && ret_row != NULL && PQntuples(result) == 0)
        status = STORE_NOT_FOUND;
    if (status == STORE_OK && ret_row != NULL)
        *ret_row = result;
    else
        PQclear(result);
    return status;
}

static enum store_status prepare(PGconn *conn)
{
#define ROW "SELECT key, value FROM rows WHERE value IS NOT NULL AND tree = $1"
    static const char *const statements[][2] = {
        {"get", ROW " AND key = $2"},
        {"put", "SELECT put_row($1, $2, $3, $4)"},
        {"lock", "SELECT lock_row($1, $2, $3)"},
        {"refused", "SELECT refused($1, $2)"},
        {"first", ROW " ORDER BY key LIMIT 1"},
        {"last", ROW " ORDER BY key DESC LIMIT 1"},
        {"ge", ROW " AND key >= $2 ORDER BY key LIMIT 1"},
        {"gt", ROW " AND key > $2 ORDER BY key LIMIT 1"},
        {"le", ROW " AND key <= $2 ORDER BY key DESC LIMIT 1"},
        {"lt", ROW " AND key < $2 ORDER BY key DESC LIMIT 1"},
    };
    enum store_status status = STORE_OK;

    for (size_t i = 0; status == STORE_OK && i < sizeof statements / sizeof *statements; i++) {
        PGresult *result = PQprepare(conn, statements[i][0], statements[i][1], 0, NULL);

        status = status_of(conn, result);
        PQclear(result);
    }
    return status;
}

/* ---- open and close ---- */

/* Gives the lock of the open store up before the server would notice, and the connection. */
static void disconnect(PGconn *take_conn)
{
    (void)command(take_conn, "SELECT pg_advisory_unlock_all(), 0");
    PQfinish(take_conn);
}

static enum store_status connect_to(const char *address, PGconn **ret_conn)
{
    *ret_conn = PQconnectdb(address); /* a failed one fails every command */
    return command(*ret_conn, "SET client_min_messages = error; SET search_path = holdfast");
}

/* Connects and takes the lock of the open store; STORE_MISSING, too, leaves a connection. */
static enum store_status claim(const char *path, const struct store_options *options,
                               PGconn **ret_conn)
{
    enum store_status status;

    if (options->log_path != NULL || options->ephemeral)
        return STORE_UNSUPPORTED;
    status = connect_to(path, ret_conn);
    if (status == STORE_OK)
        status = command(*ret_conn, POSTGRES_CLAIM);
    if (status != STORE_OK && status != STORE_MISSING)
        disconnect(*ret_conn);
    return status;
}

static enum store_status postgres_open(const char *path, const struct store_options *options,
                                       struct store **ret_store)
{
    struct postgres *p = mem_alloc(sizeof *p);
    char *address = mem_strdup(path);
    enum store_status status = p && address ? claim(path, options, &p->latest) : STORE_NO_MEMORY;

    if (status == STORE_MISSING && options->create)
        status = command(p->latest, POSTGRES_SCHEMA);
    else if (status != STORE_OK && status != STORE_MISSING)
        goto out;
    if (status == STORE_OK) /* nobody has a snapshot that could miss the tombstones */
        status = command(p->latest, "DELETE FROM rows WHERE value IS NULL");
    if (status == STORE_OK)
        status = prepare(p->latest);
    if (status) {
        disconnect(p->latest);
        goto out;
    }
    p->address = address;
    p->base.ops = &store_postgres;
    p->base.limits.key_max = POSTGRES_KEY_MAX;
    p->base.limits.value_max = POSTGRES_VALUE_MAX;
    p->base.limits.txn_max = options->txn_max ? options->txn_max : STORE_TXN_MAX;
    (void)pthread_mutex_init(&p->lock, NULL);
    *ret_store = &p->base;
    return STORE_OK;
out:
    mem_free(address);
    mem_free(p);
    return status;
}

static enum store_status postgres_harden(struct store *store, uint64_t mark)
{
    struct postgres *p = postgres_of(store);
    enum store_status status = STORE_OK;
    uint64_t all;

    (void)pthread_mutex_lock(&p->lock);
    all = atomic_load(&p->committed);
    if (p->hardened < (mark < all ? mark : all)) {
        status = command(p->latest, "UPDATE hardened SET times = times + 1");
        if (status == STORE_OK) {
            p->hardened = all;
            atomic_fetch_add(&store->count.log_syncs, 1);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return status;
}

static void txn_free(struct postgres_txn *take_t)
{
    PQfinish(take_t->conn);
    mem_free(take_t);
}

static enum store_status postgres_close(struct store *take_store)
{
    struct postgres *p = postgres_of(take_store);
    enum store_status status = postgres_harden(take_store, UINT64_MAX);

    for (struct postgres_txn *t = p->pool, *next; t != NULL; t = next) {
        next = t->next_pooled;
        txn_free(t);
    }
    disconnect(p->latest);
    (void)pthread_mutex_destroy(&p->lock);
    mem_free(p->address);
    mem_free(p);
    return status;
}

static enum store_status postgres_destroy(const char *path, const struct store_options *options)
{
    PGconn *conn;
    enum store_status status = claim(path, options, &conn);

    if (status == STORE_OK)
        status = command(conn, "DROP SCHEMA holdfast CASCADE");
    else if (status != STORE_MISSING)
        return status;
    disconnect(conn);
    return status;
}

static uint64_t postgres_row_locks(struct store *store)
{
    struct postgres *p = postgres_of(store);
    PGresult *result;
    uint64_t locks = 0;

    (void)pthread_mutex_lock(&p->lock);
    result = PQexec(p->latest, "SELECT count(DISTINCT (pid, classid, objid)) FROM locks"
                               " WHERE objsubid = 1");
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        locks = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    (void)pthread_mutex_unlock(&p->lock);
    return locks;
}

/* ---- transactions and levels ---- */

static enum store_status postgres_begin(struct store *store, unsigned flags,
                                        struct store_txn **ret_txn)
{
    struct postgres *p = postgres_of(store);
    enum store_status status = STORE_OK;
    struct postgres_txn *t;

    (void)pthread_mutex_lock(&p->lock);
    t = p->pool;
    if (t != NULL)
        p->pool = t->next_pooled;
    (void)pthread_mutex_unlock(&p->lock);
    if (t == NULL) {
        t = mem_alloc(sizeof *t);
        if (t == NULL)
            return STORE_NO_MEMORY;
        status = connect_to(p->address, &t->conn);
        if (status == STORE_OK)
            status = prepare(t->conn);
    }
    t->written = false;
    if (status == STORE_OK) /* the snapshot is taken by the first query, and not before */
        status =
            command(t->conn, flags & STORE_TXN_READ_ONLY ? POSTGRES_BEGIN " READ ONLY; SELECT 0, 0"
                                                         : POSTGRES_BEGIN "; SELECT 0, 0");
    if (status)
        txn_free(t);
    else
        *ret_txn = &t->base;
    return status;
}

static void postgres_abort(struct store_txn *take_txn)
{
    struct postgres *p = postgres_of(take_txn->store);
    struct postgres_txn *t = txn_of(take_txn);

    if (PQtransactionStatus(t->conn) != PQTRANS_IDLE && command(t->conn, "ROLLBACK")) {
        txn_free(t);
        return;
    }
    (void)pthread_mutex_lock(&p->lock);
    t->next_pooled = p->pool;
    p->pool = t;
    (void)pthread_mutex_unlock(&p->lock);
}

static enum store_status postgres_commit(struct store_txn *take_txn, enum store_durability how,
                                         uint64_t *ret_mark)
{
    struct postgres *p = postgres_of(take_txn->store);
    struct postgres_txn *t = txn_of(take_txn);
    PGresult *result =
        PQexec(t->conn, how == STORE_DURABLE ? "SET LOCAL synchronous_commit = on; COMMIT"
                                             : "SET LOCAL synchronous_commit = off; COMMIT");
    enum store_status status = status_of(t->conn, result);

    if (status == STORE_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = STORE_FAILED; /* something in it had failed: it has been rolled back */
    if (status == STORE_OK && t->written) {
        *ret_mark = atomic_fetch_add(&p->committed, 1) + 1;
        atomic_fetch_add(&p->base.count.commits, 1);
        atomic_fetch_add(&p->base.count.log_syncs, how == STORE_DURABLE);
    }
    PQclear(result);
    postgres_abort(take_txn); /* there is nothing left to undo */
    return status;
}

static enum store_status level_command(struct store_txn *txn, const char *format)
{
    char text[60];

    (void)snprintf(text, sizeof text, format, txn->depth, txn->depth);
    return command(txn_of(txn)->conn, text);
}

/* A transaction that refuses a savepoint can only be aborted, and refuses all that follows. */
static void postgres_level(struct store_txn *txn)
{
    (void)level_command(txn, "SAVEPOINT l%u");
}

static void postgres_level_release(struct store_txn *txn)
{
    (void)level_command(txn, "RELEASE l%u");
}

static enum store_status postgres_level_roll_back(struct store_txn *txn)
{
    return level_command(txn, "ROLLBACK TO l%u; RELEASE l%u");
}

/* ---- rows ---- */

static void release_result(void *pin)
{
    PQclear(pin);
}

static enum store_status postgres_get(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                      struct store_value *ret_value)
{
    PGresult *row;
    enum store_status status = ask(txn_of(txn)->conn, "get", tree, &key, 1, &row);

    if (status == STORE_OK) {
        struct store_slice value = field(row, 1);

        *ret_value = (struct store_value){value.data, value.size, row, release_result};
    }
    return status;
}

static enum store_status postgres_lock(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                       enum store_lock mode, struct store_value *ret_value)
{
    const char exclusive = mode == STORE_EXCLUSIVE;
    const struct store_slice more[] = {key, {&exclusive, 1}};
    enum store_status status = ask(txn_of(txn)->conn, "lock", tree, more, 2, NULL);

    return status || ret_value == NULL ? status : postgres_get(txn, tree, key, ret_value);
}

/* Writes a row as put_row's `mode` says; a value without data erases. */
static enum store_status write_row(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                   struct store_slice value, const char *mode)
{
    struct postgres *p = postgres_of(txn->store);
    const struct store_slice more[] = {key, value, {mode, 1}};
    enum store_status status = ask(txn_of(txn)->conn, "put", tree, more, 3, NULL);

    txn_of(txn)->written |= status == STORE_OK;
    if (status == STORE_CONFLICT && *mode == 'i') {
        (void)pthread_mutex_lock(&p->lock);
        status = ask(p->latest, "refused", tree, &key, 1, NULL);
        (void)pthread_mutex_unlock(&p->lock);
    }
    return status;
}

static enum store_status postgres_put(struct store_txn *txn, uint64_t tree, struct store_slice key,
                                      struct store_slice value, enum store_put_mode mode)
{
    static const char *const modes[] = {
        [STORE_INSERT] = "i", [STORE_REPLACE] = "r", [STORE_UPSERT] = "u", [STORE_GUARDED] = "u"};

    if (value.data == NULL)
        value.data = "";
    return write_row(txn, tree, key, value, modes[mode]);
}

static enum store_status postgres_erase(struct store_txn *txn, uint64_t tree,
                                        struct store_slice key, enum store_erase_mode mode)
{
    return write_row(txn, tree, key, (struct store_slice){NULL, 0},
                     mode == STORE_ERASE_PRESENT ? "e" : "a");
}

/* ---- cursors ---- */

static enum store_status postgres_cursor_open(struct store *store, uint64_t tree,
                                              struct store_cursor **ret_cursor)
{
    struct postgres_cursor *c = mem_alloc(sizeof *c);

    (void)store;
    (void)tree;
    *ret_cursor = c ? &c->base : NULL;
    return c ? STORE_OK : STORE_NO_MEMORY;
}

static void postgres_cursor_close(struct store_cursor *take_cursor)
{
    PQclear(((struct postgres_cursor *)(void *)take_cursor)->row);
    mem_free(take_cursor);
}

static enum store_status postgres_cursor_seek(struct store_cursor *cursor, struct store_txn *txn,
                                              enum store_seek how, struct store_slice key)
{
    static const struct {
        const char *statement;
        int count;
        enum store_place otherwise;
    } seeks[] = {
        [STORE_EQ] = {"get", 1, STORE_AT_KEY},       [STORE_GE] = {"ge", 1, STORE_AFTER_ALL},
        [STORE_GT] = {"gt", 1, STORE_AFTER_ALL},     [STORE_LE] = {"le", 1, STORE_BEFORE_ALL},
        [STORE_LT] = {"lt", 1, STORE_BEFORE_ALL},    [STORE_FIRST] = {"first", 0, STORE_BEFORE_ALL},
        [STORE_LAST] = {"last", 0, STORE_AFTER_ALL},
    };
    struct postgres_cursor *c = (struct postgres_cursor *)(void *)cursor;
    PGresult *before = c->row; /* `key` may lie there */
    enum store_status status;

    c->row = NULL;
    status =
        ask(txn_of(txn)->conn, seeks[how].statement, cursor->tree, &key, seeks[how].count, &c->row);
    cursor->place = status == STORE_OK          ? STORE_AT_KEY
                    : status == STORE_NOT_FOUND ? seeks[how].otherwise
                                                : STORE_UNSET;
    if (status == STORE_OK)
        key = field(c->row, 0);
    if (cursor->place == STORE_AT_KEY) {
        STORE_ASSERT(key.size <= sizeof c->key);
        memmove(c->key, key.data, key.size);
        c->key_size = key.size;
    }
    PQclear(before);
    return status;
}

static struct store_slice postgres_cursor_key(const struct store_cursor *cursor)
{
    const struct postgres_cursor *c = (const struct postgres_cursor *)(const void *)cursor;

    return (struct store_slice){c->key, c->key_size};
}

static struct store_slice postgres_cursor_value(const struct store_cursor *cursor)
{
    return field(((const struct postgres_cursor *)(const void *)cursor)->row, 1);
}

static enum store_status postgres_cursor_step(struct store_cursor *cursor, struct store_txn *txn,
                                              enum store_step where)
{
    bool next = where == STORE_NEXT;
    enum store_place ahead = next ? STORE_AFTER_ALL : STORE_BEFORE_ALL;
    struct store_slice key = postgres_cursor_key(cursor);
    enum store_status status;

    if (cursor->place == ahead)
        return STORE_NOT_FOUND;
    if (cursor->place == STORE_AT_KEY)
        return postgres_cursor_seek(cursor, txn, next ? STORE_GT : STORE_LT, key);
    status = postgres_cursor_seek(cursor, txn, next ? STORE_FIRST : STORE_LAST, key);
    if (status == STORE_NOT_FOUND) /* an empty tree: the step led over its other end */
        cursor->place = ahead;
    return status;
}

/* ---- what is left out ---- */

static enum store_status postgres_drop(struct store_txn *txn, uint64_t tree,
                                       struct store_slice prefix)
{
    (void)txn, (void)tree, (void)prefix;
    return STORE_UNSUPPORTED;
}

static enum store_status postgres_drain(struct store *store)
{
    (void)store;
    return STORE_OK; /* no drop was accepted */
}

static enum store_status postgres_bulk_open(struct store_txn *txn, uint64_t tree,
                                            struct store_slice prefix, struct store_bulk **ret_bulk)
{
    (void)txn, (void)tree, (void)prefix, (void)ret_bulk;
    return STORE_UNSUPPORTED;
}

static enum store_status postgres_backup_open(struct store *store, struct store_backup **ret_backup)
{
    (void)store, (void)ret_backup;
    return STORE_UNSUPPORTED;
}

/* The operations on bulk values and backups are missing: nobody gets one. */
const struct store_ops store_postgres = {
    .name = "postgresql",
    .open = postgres_open,
    .close = postgres_close,
    .destroy = postgres_destroy,
    .begin = postgres_begin,
    .level = postgres_level,
    .level_release = postgres_level_release,
    .level_roll_back = postgres_level_roll_back,
    .commit = postgres_commit,
    .harden = postgres_harden,
    .abort = postgres_abort,
    .get = postgres_get,
    .lock = postgres_lock,
    .put = postgres_put,
    .erase = postgres_erase,
    .drop = postgres_drop,
    .drain = postgres_drain,
    .row_locks = postgres_row_locks,
    .cursor_open = postgres_cursor_open,
    .cursor_close = postgres_cursor_close,
    .cursor_seek = postgres_cursor_seek,
    .cursor_step = postgres_cursor_step,
    .cursor_key = postgres_cursor_key,
    .cursor_value = postgres_cursor_value,
    .bulk_open = postgres_bulk_open,
    .backup_open = postgres_backup_open,
};
