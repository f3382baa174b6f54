/* SPDX-License-Identifier: Apache-2.0
 *
 * lmdb.c - the work by LMDB: three trees of one file, rows as they lie in memory
 *
 * A lazy commit is one without a sync at all: LMDB has nothing between that and a durable one, and
 * may be damaged as a whole when the power fails then.
 */
#include "bench.h"

#include <lmdb.h>
#include <pthread.h>
#include <string.h>

static MDB_env *env;
static MDB_dbi rows, by_name, by_city;
static pthread_mutex_t flags_lock = PTHREAD_MUTEX_INITIALIZER;
static enum mode last; /* what the environment's flags are for; flags_lock */
static _Thread_local MDB_txn *txn, *reader;

static void check(int err, const char *what)
{
    if (err != 0)
        die("lmdb", what, mdb_strerror(err));
}

static void lmdb_open(const char *folder)
{
    check(mdb_env_create(&env), "env");
    check(mdb_env_set_mapsize(env, (size_t)8 << 30), "size");
    check(mdb_env_set_maxdbs(env, 3), "trees");
    check(mdb_env_open(env, folder, MDB_NORDAHEAD, 0600), folder);
    check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "rows", MDB_CREATE, &rows), "rows");
    check(mdb_dbi_open(txn, "name", MDB_CREATE | MDB_DUPSORT, &by_name), "name");
    check(mdb_dbi_open(txn, "city", MDB_CREATE | MDB_DUPSORT, &by_city), "city");
    check(mdb_txn_commit(txn), "commit");
    last = DURABLE;
}

static void lmdb_leave(void)
{
    mdb_txn_abort(reader);
    reader = NULL;
}

static void lmdb_close(void)
{
    lmdb_leave();
    mdb_env_close(env);
}

static void lmdb_join(void)
{
}

static void set_flags(enum mode mode)
{
    (void)pthread_mutex_lock(&flags_lock);
    if (mode != last)
        check(mdb_env_set_flags(env, MDB_NOSYNC, mode == LAZY), "flags");
    last = mode;
    (void)pthread_mutex_unlock(&flags_lock);
}

static void lmdb_begin(enum mode mode)
{
    if (mode != READ) {
        set_flags(mode);
        check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
        return;
    }
    if (reader != NULL)
        check(mdb_txn_renew(reader), "renew");
    else
        check(mdb_txn_begin(env, NULL, MDB_RDONLY, &reader), "begin");
    txn = reader;
}

static bool lmdb_commit(void)
{
    if (txn == reader)
        mdb_txn_reset(reader);
    else
        check(mdb_txn_commit(txn), "commit");
    return true;
}

static MDB_val lent(const void *data, size_t size)
{
    return (MDB_val){size, (void *)(uintptr_t)data};
}

static void put_entry(MDB_dbi tree, const char *text, size_t size, uint32_t id)
{
    MDB_val k = lent(text, size), v = lent(&id, sizeof id);

    check(mdb_put(txn, tree, &k, &v, 0), "entry");
}

static void put_row(const struct row *r, unsigned flags)
{
    uint32_t id = __builtin_bswap32((uint32_t)r->id);
    MDB_val k = lent(&id, sizeof id), v = lent(r, row_size(r));

    check(mdb_put(txn, rows, &k, &v, flags), "row");
}

static void lmdb_insert(const struct row *r)
{
    uint32_t id = __builtin_bswap32((uint32_t)r->id);

    put_row(r, MDB_NOOVERWRITE);
    put_entry(by_name, r->name, NAME_SIZE, id);
    put_entry(by_city, r->city, CITY_SIZE, id);
}

static void get_row(uint32_t key, struct row *ret_row)
{
    MDB_val k = lent(&key, sizeof key), v;

    check(mdb_get(txn, rows, &k, &v), "get");
    memcpy(ret_row, v.mv_data, v.mv_size);
}

static void lmdb_read(int32_t id, struct row *ret_row)
{
    get_row(__builtin_bswap32((uint32_t)id), ret_row);
}

static bool lmdb_update(int32_t id, double score, const char name[NAME_SIZE])
{
    uint32_t key = __builtin_bswap32((uint32_t)id);
    struct row r;
    MDB_val k, v = lent(&key, sizeof key);

    get_row(key, &r);
    k = lent(r.name, NAME_SIZE);
    check(mdb_del(txn, by_name, &k, &v), "delete");
    r.score = score;
    memcpy(r.name, name, NAME_SIZE);
    put_row(&r, 0);
    put_entry(by_name, r.name, NAME_SIZE, key);
    return true;
}

static void lmdb_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    MDB_val k = lent(city, CITY_SIZE), v;
    MDB_cursor *cursor = NULL;
    struct row r;
    int err = 0;

    check(mdb_cursor_open(txn, by_city, &cursor), "cursor");
    for (err = mdb_cursor_get(cursor, &k, &v, MDB_SET); err == 0;
         err = mdb_cursor_get(cursor, &k, &v, MDB_NEXT_DUP)) {
        uint32_t key = 0;

        memcpy(&key, v.mv_data, sizeof key);
        get_row(key, &r);
        each(&r);
    }
    if (err != MDB_NOTFOUND)
        check(err, "scan");
    mdb_cursor_close(cursor);
}

const struct engine engine_lmdb = {"lmdb",      lmdb_open,   lmdb_close, lmdb_begin,
                                   lmdb_commit, lmdb_insert, lmdb_read,  lmdb_update,
                                   lmdb_scan,   lmdb_join,   lmdb_leave, NULL};
