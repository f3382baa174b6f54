/* SPDX-License-Identifier: Apache-2.0
 *
 * sqlite.c - the work by SQLite: WAL, prepared statements, a connection a session
 *
 * The file is mapped, and the cache holds all that is not in it yet; the log goes into the file
 * when it has as much as Holdfast keeps in memory. Writers queue at a mutex: waiting for each other
 * in SQLite is done by sleeping, and many times slower.
 */
#include "bench.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static char path[4096];
static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local sqlite3 *db;
static _Thread_local sqlite3_stmt *insert, *get, *update, *scan, *begin, *begin_write, *commit;
static _Thread_local enum mode mode, last;

static void check(int got, int wanted, const char *what)
{
    if (got != wanted)
        die("sqlite", what, db != NULL ? sqlite3_errmsg(db) : "no database");
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *s = NULL;

    check(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK, sql);
    return s;
}

static void run(const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, sql);
}

static void sql_connect(void)
{
    check(sqlite3_open_v2(path, &db,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL),
          SQLITE_OK, "open");
    check(sqlite3_busy_timeout(db, 60000), SQLITE_OK, "timeout");
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-262144;"
        "PRAGMA mmap_size=1073741824; PRAGMA wal_autocheckpoint=16384");
    last = DURABLE;
}

static void sql_prepare(void)
{
    insert = prepare("INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?)");
    get = prepare("SELECT * FROM t WHERE id = ?");
    update = prepare("UPDATE t SET score = ?, name = ? WHERE id = ?");
    scan = prepare("SELECT * FROM t INDEXED BY by_city WHERE city = ?");
    begin = prepare("BEGIN");
    begin_write = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
}

static void sql_open(const char *folder)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)snprintf(path, sizeof path, "%s/bench.sqlite", folder);
    sql_connect();
    run("CREATE TABLE t (id INTEGER PRIMARY KEY, serial INTEGER, score REAL, changed REAL,"
        " active INTEGER, name TEXT, city TEXT, note BLOB, text BLOB);"
        "CREATE INDEX by_name ON t (name); CREATE INDEX by_city ON t (city);");
    sql_prepare();
}

static void sql_join(void)
{
    sql_connect();
    sql_prepare();
}

static void sql_close(void)
{
    sqlite3_stmt *all[] = {insert, get, update, scan, begin, begin_write, commit};

    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        (void)sqlite3_finalize(all[i]);
    check(sqlite3_close(db), SQLITE_OK, "close");
}

static void step(sqlite3_stmt *s, const char *what)
{
    check(sqlite3_step(s), SQLITE_DONE, what);
    (void)sqlite3_reset(s);
}

/* FULL syncs the log at each commit, NORMAL does not; between transactions it can be changed. */
static void sql_begin(enum mode wanted)
{
    mode = wanted;
    if (mode != READ)
        (void)pthread_mutex_lock(&writer);
    if (mode != READ && mode != last) {
        run(mode == DURABLE ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        last = mode;
    }
    step(mode == READ ? begin : begin_write, "begin");
}

static bool sql_commit(void)
{
    step(commit, "commit");
    if (mode != READ)
        (void)pthread_mutex_unlock(&writer);
    return true;
}

static void sql_insert(const struct row *r)
{
    (void)sqlite3_bind_int(insert, 1, r->id);
    (void)sqlite3_bind_int64(insert, 2, r->serial);
    (void)sqlite3_bind_double(insert, 3, r->score);
    (void)sqlite3_bind_double(insert, 4, r->changed);
    (void)sqlite3_bind_int(insert, 5, r->active);
    (void)sqlite3_bind_text(insert, 6, r->name, NAME_SIZE, SQLITE_STATIC);
    (void)sqlite3_bind_text(insert, 7, r->city, CITY_SIZE, SQLITE_STATIC);
    (void)sqlite3_bind_blob(insert, 8, r->note, NOTE_SIZE, SQLITE_STATIC);
    (void)sqlite3_bind_blob(insert, 9, r->text, (int)r->text_size, SQLITE_STATIC);
    step(insert, "insert");
}

static void take_row(sqlite3_stmt *s, struct row *r)
{
    r->id = sqlite3_column_int(s, 0);
    r->serial = sqlite3_column_int64(s, 1);
    r->score = sqlite3_column_double(s, 2);
    r->changed = sqlite3_column_double(s, 3);
    r->active = (uint8_t)sqlite3_column_int(s, 4);
    memcpy(r->name, sqlite3_column_text(s, 5), NAME_SIZE);
    memcpy(r->city, sqlite3_column_text(s, 6), CITY_SIZE);
    memcpy(r->note, sqlite3_column_blob(s, 7), NOTE_SIZE);
    r->text_size = (uint32_t)sqlite3_column_bytes(s, 8);
    memcpy(r->text, sqlite3_column_blob(s, 8), r->text_size);
}

static void sql_read(int32_t id, struct row *ret_row)
{
    (void)sqlite3_bind_int(get, 1, id);
    check(sqlite3_step(get), SQLITE_ROW, "read");
    take_row(get, ret_row);
    (void)sqlite3_reset(get);
}

static bool sql_update(int32_t id, double score, const char name[NAME_SIZE])
{
    (void)sqlite3_bind_double(update, 1, score);
    (void)sqlite3_bind_text(update, 2, name, NAME_SIZE, SQLITE_STATIC);
    (void)sqlite3_bind_int(update, 3, id);
    step(update, "update");
    return true;
}

static void sql_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    struct row r;

    (void)sqlite3_bind_text(scan, 1, city, CITY_SIZE, SQLITE_STATIC);
    while (sqlite3_step(scan) == SQLITE_ROW) {
        take_row(scan, &r);
        each(&r);
    }
    check(sqlite3_reset(scan), SQLITE_OK, "scan");
}

const struct engine engine_sqlite = {"sqlite",   sql_open,   sql_close, sql_begin,
                                     sql_commit, sql_insert, sql_read,  sql_update,
                                     sql_scan,   sql_join,   sql_close, NULL};
