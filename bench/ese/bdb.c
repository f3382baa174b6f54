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
static DB_TXN *txn;
static enum mode mode;

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
    check(db->open(db, NULL, file, NULL, DB_BTREE, DB_CREATE | DB_AUTO_COMMIT | DB_MULTIVERSION,
                   0600),
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

static void bdb_commit(void)
{
    check(txn->commit(txn, mode == DURABLE ? DB_TXN_SYNC : DB_TXN_WRITE_NOSYNC), "commit");
}

/* Keys are big-endian, so that they are in order. */
static void bdb_put(const struct row *r, u_int32_t flags)
{
    uint32_t key = __builtin_bswap32((uint32_t)r->id);
    DBT k = lent(&key, sizeof key), d = lent(r, sizeof *r);

    check(rows->put(rows, txn, &k, &d, flags), "put");
}

static void bdb_insert(const struct row *r)
{
    bdb_put(r, DB_NOOVERWRITE);
}

static void get(int32_t id, struct row *ret_row, u_int32_t flags)
{
    uint32_t key = __builtin_bswap32((uint32_t)id);
    DBT k = lent(&key, sizeof key), d = lent(ret_row, 0);

    d.ulen = sizeof *ret_row;
    d.flags = DB_DBT_USERMEM;
    check(rows->get(rows, txn, &k, &d, flags), "get");
}

static void bdb_read(int32_t id, struct row *ret_row)
{
    get(id, ret_row, 0);
}

static void bdb_update(int32_t id, double score, const char name[NAME_SIZE])
{
    struct row r;

    get(id, &r, DB_RMW);
    r.score = score;
    memcpy(r.name, name, NAME_SIZE);
    bdb_put(&r, 0);
}

static void bdb_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    DBC *cursor = NULL;
    DBT k = lent(city, CITY_SIZE), d = lent(NULL, 0);
    struct row r;
    int err = 0;

    check(by_city->cursor(by_city, txn, &cursor, 0), "cursor");
    for (err = cursor->get(cursor, &k, &d, DB_SET); err == 0;
         err = cursor->get(cursor, &k, &d, DB_NEXT_DUP)) {
        memcpy(&r, d.data, sizeof r);
        each(&r);
    }
    if (err != DB_NOTFOUND)
        check(err, "scan");
    check(cursor->close(cursor), "close");
}

const struct engine engine_bdb = {"bdb",      bdb_open, bdb_close,  bdb_begin, bdb_commit,
                                  bdb_insert, bdb_read, bdb_update, bdb_scan};
