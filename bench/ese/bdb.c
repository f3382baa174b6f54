/* SPDX-License-Identifier: Apache-2.0
 *
 * bdb.c - the work by BerkeleyDB: B-trees with associated secondaries, snapshot reads
 */
#include "bench.h"

#include <db.h>
#include <stdio.h>
#include <string.h>

static DB_ENV *env;
static DB *rows, *by_name, *by_city;
static _Thread_local DB_TXN *txn;
static _Thread_local enum mode mode;

static void check(int err, const char *what)
{
    if (err != 0)
        die("bdb", what, db_strerror(err));
}

static DBT lent(const void *data, size_t size)
{
    DBT d;

    memset(&d, 0, sizeof d);
    memcpy(&d.data, &data, sizeof data);
    d.size = (u_int32_t)size;
    return d;
}

static int name_of(DB *db, const DBT *key, const DBT *data, DBT *result)
{
    (void)db;
    (void)key;
    *result = lent((const char *)data->data + offsetof(struct row, name), NAME_SIZE);
    return 0;
}

static int city_of(DB *db, const DBT *key, const DBT *data, DBT *result)
{
    (void)db;
    (void)key;
    *result = lent((const char *)data->data + offsetof(struct row, city), CITY_SIZE);
    return 0;
}

static DB *open_tree(const char *file, u_int32_t flags)
{
    DB *db = NULL;

    check(db_create(&db, env, 0), "create");
    check(db->set_flags(db, flags), "flags");
    check(db->open(db, NULL, file, NULL, DB_BTREE,
                   DB_CREATE | DB_AUTO_COMMIT | DB_MULTIVERSION | DB_THREAD, 0600),
          file);
    return db;
}

static void bdb_open(const char *folder)
{
    check(db_env_create(&env, 0), "env");
    check(env->set_cachesize(env, 0, 256u << 20, 1), "cache");
    check(env->set_lk_max_locks(env, 200000), "locks");
    check(env->set_lk_max_objects(env, 200000), "objects");
    check(env->set_lg_bsize(env, 8u << 20), "log buffer");
    check(env->open(env, folder,
                    DB_CREATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_LOCK | DB_INIT_MPOOL |
                        DB_PRIVATE | DB_THREAD,
                    0600),
          folder);
    check(env->set_lk_detect(env, DB_LOCK_MINWRITE), "deadlocks");
    rows = open_tree("rows.bdb", 0);
    by_name = open_tree("name.bdb", DB_DUPSORT);
    by_city = open_tree("city.bdb", DB_DUPSORT);
    check(rows->associate(rows, NULL, by_name, name_of, DB_AUTO_COMMIT), "associate");
    check(rows->associate(rows, NULL, by_city, city_of, DB_AUTO_COMMIT), "associate");
}

static void bdb_close(void)
{
    check(by_name->close(by_name, 0), "close");
    check(by_city->close(by_city, 0), "close");
    check(rows->close(rows, 0), "close");
    check(env->close(env, 0), "close");
}

static void bdb_begin(enum mode wanted)
{
    mode = wanted;
    check(env->txn_begin(env, NULL, &txn, mode == READ ? DB_TXN_SNAPSHOT : 0), "begin");
}

static bool bdb_commit(void)
{
    check(txn->commit(txn, mode == DURABLE ? DB_TXN_SYNC : DB_TXN_WRITE_NOSYNC), "commit");
    return true;
}

/* Keys are big-endian, so that they are in order. */
static int put(const struct row *r, u_int32_t flags)
{
    uint32_t key = __builtin_bswap32((uint32_t)r->id);
    DBT k = lent(&key, sizeof key), d = lent(r, row_size(r));

    return rows->put(rows, txn, &k, &d, flags);
}

static void bdb_insert(const struct row *r)
{
    check(put(r, DB_NOOVERWRITE), "insert");
}

static int get(int32_t id, struct row *ret_row, u_int32_t flags)
{
    uint32_t key = __builtin_bswap32((uint32_t)id);
    DBT k = lent(&key, sizeof key), d = lent(ret_row, 0);

    d.ulen = sizeof *ret_row;
    d.flags = DB_DBT_USERMEM;
    return rows->get(rows, txn, &k, &d, flags);
}

static void bdb_read(int32_t id, struct row *ret_row)
{
    check(get(id, ret_row, 0), "get");
}

/* Pages are what is locked, so sessions get into each other's way. */
static bool bdb_update(int32_t id, double score, const char name[NAME_SIZE])
{
    struct row r;
    int err = get(id, &r, DB_RMW);

    if (err == 0) {
        r.score = score;
        memcpy(r.name, name, NAME_SIZE);
        err = put(&r, 0);
    }
    if (err == DB_LOCK_DEADLOCK) {
        check(txn->abort(txn), "abort");
        return false;
    }
    check(err, "update");
    return true;
}

static void bdb_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    DBC *cursor = NULL;
    struct row r;
    DBT k = lent(city, CITY_SIZE), d = lent(&r, 0);
    int err = 0;

    d.ulen = sizeof r;
    d.flags = DB_DBT_USERMEM; /* DB_THREAD demands memory of our own */
    check(by_city->cursor(by_city, txn, &cursor, 0), "cursor");
    for (err = cursor->get(cursor, &k, &d, DB_SET); err == 0;
         err = cursor->get(cursor, &k, &d, DB_NEXT_DUP))
        each(&r);
    if (err != DB_NOTFOUND)
        check(err, "scan");
    check(cursor->close(cursor), "close");
}

static void no_session(void)
{
}

const struct engine engine_bdb = {"bdb",      bdb_open,   bdb_close,  bdb_begin,
                                  bdb_commit, bdb_insert, bdb_read,   bdb_update,
                                  bdb_scan,   no_session, no_session, NULL};
