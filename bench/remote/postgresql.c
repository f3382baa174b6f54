/* SPDX-License-Identifier: Apache-2.0
 *
 * postgresql.c - the work by PostgreSQL through libpq
 *
 * Prepared statements, parameters and results in binary, COPY for rows by the thousand; a transaction
 * that reads has one snapshot, as JET's has.
 */
#include "bench.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS      "id, serial, score, changed, active, name, city, note, text"
#define COLUMN_COUNT 9

static PGconn *conn;

_Noreturn static void fail(const char *what)
{
    die("postgresql", what, PQerrorMessage(conn));
}

static void run(const char *command)
{
    PGresult *r = PQexec(conn, command);

    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        fail(command);
    PQclear(r);
}

static void prepare(const char *name, const char *command)
{
    PGresult *r = PQprepare(conn, name, command, 0, NULL);

    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        fail(command);
    PQclear(r);
}

static void pg_open(const char *place)
{
    conn = PQconnectdb(place);
    if (PQstatus(conn) != CONNECTION_OK)
        fail("connect");
    run("SET client_min_messages = error");
    run("DROP TABLE IF EXISTS t");
    run("CREATE TABLE t (id integer PRIMARY KEY, serial bigint, score double precision, changed "
        "double "
        "precision, active boolean, name text, city text, note bytea, text bytea)");
    run("CREATE INDEX by_name ON t (name)");
    run("CREATE INDEX by_city ON t (city)");
    prepare("begin", "BEGIN");
    prepare("read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    prepare("lazy", "SET LOCAL synchronous_commit = off");
    prepare("commit", "COMMIT");
    prepare("insert", "INSERT INTO t (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
                      "$9)");
    prepare("get", "SELECT " COLUMNS " FROM t WHERE id = $1");
    prepare("scan", "SELECT " COLUMNS " FROM t WHERE city = $1");
    prepare("walk", "SELECT " COLUMNS " FROM t ORDER BY id");
    prepare("update", "UPDATE t SET score = $2, name = $3 WHERE id = $1");
}

static void pg_close(void)
{
    PQfinish(conn);
}

static void plain(const char *statement)
{
    PGresult *r = PQexecPrepared(conn, statement, 0, NULL, NULL, NULL, 1);

    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        fail(statement);
    PQclear(r);
}

static void pg_begin(enum mode mode)
{
    plain(mode == READ ? "read" : "begin");
    if (mode == LAZY)
        plain("lazy");
}

static bool pg_commit(void)
{
    plain("commit");
    return true;
}

/* ---- values in network order ---- */

struct wire_row {
    uint32_t id;
    uint64_t serial, score, changed;
    uint8_t active;
};

static uint64_t of_double(double d)
{
    uint64_t u = 0;

    memcpy(&u, &d, sizeof u);
    return htobe64(u);
}

static double to_double(const char *octets)
{
    uint64_t u = 0;
    double d = 0;

    memcpy(&u, octets, sizeof u);
    u = be64toh(u);
    memcpy(&d, &u, sizeof d);
    return d;
}

static void put(const struct row *r, struct wire_row *w, const char *values[COLUMN_COUNT],
                int sizes[COLUMN_COUNT])
{
    *w = (struct wire_row){htobe32((uint32_t)r->id), htobe64((uint64_t)r->serial),
                           of_double(r->score), of_double(r->changed), r->active};
    const void *at[COLUMN_COUNT] = {&w->id,  &w->serial, &w->score, &w->changed, &w->active,
                                    r->name, r->city,    r->note,   r->text};
    const int size[COLUMN_COUNT] = {
        4, 8, 8, 8, 1, NAME_SIZE, CITY_SIZE, NOTE_SIZE, (int)r->text_size};

    for (int i = 0; i < COLUMN_COUNT; i++) {
        values[i] = at[i];
        sizes[i] = size[i];
    }
}

static void take(const PGresult *result, int n, struct row *r)
{
    uint32_t id = 0;
    uint64_t serial = 0;

    memcpy(&id, PQgetvalue(result, n, 0), sizeof id);
    memcpy(&serial, PQgetvalue(result, n, 1), sizeof serial);
    r->id = (int32_t)be32toh(id);
    r->serial = (int64_t)be64toh(serial);
    r->score = to_double(PQgetvalue(result, n, 2));
    r->changed = to_double(PQgetvalue(result, n, 3));
    r->active = *PQgetvalue(result, n, 4) != 0;
    memcpy(r->name, PQgetvalue(result, n, 5), NAME_SIZE);
    memcpy(r->city, PQgetvalue(result, n, 6), CITY_SIZE);
    memcpy(r->note, PQgetvalue(result, n, 7), NOTE_SIZE);
    r->text_size = (uint32_t)PQgetlength(result, n, 8);
    memcpy(r->text, PQgetvalue(result, n, 8), r->text_size);
}

static PGresult *ask(const char *statement, int count, const char *const *values, const int *sizes,
                     ExecStatusType wanted)
{
    static const int binary[COLUMN_COUNT] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    PGresult *r = PQexecPrepared(conn, statement, count, values, sizes, binary, 1);

    if (PQresultStatus(r) != wanted)
        fail(statement);
    return r;
}

/* ---- the works ---- */

static void pg_insert(const struct row *r)
{
    struct wire_row w;
    const char *values[COLUMN_COUNT];
    int sizes[COLUMN_COUNT];

    put(r, &w, values, sizes);
    PQclear(ask("insert", COLUMN_COUNT, values, sizes, PGRES_COMMAND_OK));
}

static void pg_read(int32_t id, struct row *ret_row)
{
    const uint32_t key = htobe32((uint32_t)id);
    const char *const values[] = {(const char *)&key};
    const int sizes[] = {sizeof key};
    PGresult *r = ask("get", 1, values, sizes, PGRES_TUPLES_OK);

    if (PQntuples(r) != 1)
        fail("a row is missing");
    take(r, 0, ret_row);
    PQclear(r);
}

static bool pg_update(int32_t id, double score, const char name[NAME_SIZE])
{
    const uint32_t key = htobe32((uint32_t)id);
    const uint64_t value = of_double(score);
    const char *const values[] = {(const char *)&key, (const char *)&value, name};
    const int sizes[] = {sizeof key, sizeof value, NAME_SIZE};

    PQclear(ask("update", 3, values, sizes, PGRES_COMMAND_OK));
    return true;
}

static void give(PGresult *take_result, void (*each)(const struct row *r))
{
    struct row r;

    memset(&r, 0, offsetof(struct row, text));
    for (int i = 0; i < PQntuples(take_result); i++) {
        take(take_result, i, &r);
        each(&r);
    }
    PQclear(take_result);
}

static void pg_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    const char *const values[] = {city};
    const int sizes[] = {CITY_SIZE};

    give(ask("scan", 1, values, sizes, PGRES_TUPLES_OK), each);
}

static void walk(void (*each)(const struct row *r))
{
    give(ask("walk", 0, NULL, NULL, PGRES_TUPLES_OK), each);
}

static char *put_value(char *to, const void *value, int size)
{
    uint32_t n = htobe32((uint32_t)size);

    memcpy(to, &n, sizeof n);
    memcpy(to + sizeof n, value, (size_t)size);
    return to + sizeof n + size;
}

static void bulk(const struct row *r, int count, enum mode mode)
{
    static const char head[19] = "PGCOPY\n\377\r\n"; /* with its zero, flags and no extension */
    static char buffer[4096 * (256 + TEXT_MOST)];
    char *at = buffer;
    PGresult *result = NULL;

    memcpy(at, head, sizeof head);
    at += sizeof head;
    for (int i = 0; i < count; i++) {
        struct wire_row w;
        const char *values[COLUMN_COUNT];
        int sizes[COLUMN_COUNT];
        uint16_t columns = htobe16(COLUMN_COUNT);

        put(&r[i], &w, values, sizes);
        memcpy(at, &columns, sizeof columns);
        at += sizeof columns;
        for (int c = 0; c < COLUMN_COUNT; c++)
            at = put_value(at, values[c], sizes[c]);
    }
    memset(at, 0xff, 2);
    at += 2;
    pg_begin(mode);
    result = PQexec(conn, "COPY t (" COLUMNS ") FROM STDIN BINARY");
    if (PQresultStatus(result) != PGRES_COPY_IN)
        fail("COPY");
    PQclear(result);
    if (PQputCopyData(conn, buffer, (int)(at - buffer)) != 1 || PQputCopyEnd(conn, NULL) != 1)
        fail("COPY");
    result = PQgetResult(conn);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail("COPY");
    PQclear(result);
    while ((result = PQgetResult(conn)) != NULL)
        PQclear(result);
    pg_commit();
}

static void settle(void)
{
    run("ANALYZE t");
}

static const struct engine engine = {.name = "postgresql",
                                     .open = pg_open,
                                     .close = pg_close,
                                     .begin = pg_begin,
                                     .commit = pg_commit,
                                     .insert = pg_insert,
                                     .read = pg_read,
                                     .update = pg_update,
                                     .scan = pg_scan};
const struct contender contender_postgresql = {&engine, bulk, walk, settle};
