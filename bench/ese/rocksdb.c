/* SPDX-License-Identifier: Apache-2.0
 *
 * rocksdb.c - the work by bare RocksDB: a TransactionDB, rows as they lie in memory, index entries
 * written by hand
 *
 * Keys begin with a letter for the tree: 'r' rows, 'n' names, 'c' cities.
 */
#include "bench.h"

#include <rocksdb/c.h>
#include <string.h>

#define ID_SIZE 4

static rocksdb_transactiondb_t *db;
static rocksdb_writeoptions_t *lazy, *durable;
static rocksdb_readoptions_t *plain, *in_snapshot;
static rocksdb_transaction_t *txn;
static rocksdb_transaction_options_t *txn_options;
static const rocksdb_snapshot_t *snapshot;
static enum mode mode;

static void check(char *err, const char *what)
{
    if (err != NULL)
        die("rocksdb", what, err);
}

static void rocks_open(const char *folder)
{
    rocksdb_options_t *o = rocksdb_options_create();
    rocksdb_block_based_table_options_t *b = rocksdb_block_based_options_create();
    rocksdb_transactiondb_options_t *t = rocksdb_transactiondb_options_create();
    char *err = NULL;

    rocksdb_options_set_create_if_missing(o, 1);
    rocksdb_options_set_compression(o, rocksdb_no_compression);
    rocksdb_block_based_options_set_block_cache(b, rocksdb_cache_create_lru((size_t)256 << 20));
    rocksdb_options_set_block_based_table_factory(o, b);
    db = rocksdb_transactiondb_open(o, t, folder, &err);
    check(err, "open");
    lazy = rocksdb_writeoptions_create();
    durable = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(durable, 1);
    plain = rocksdb_readoptions_create();
    txn_options = rocksdb_transaction_options_create();
    rocksdb_transactiondb_options_destroy(t);
    rocksdb_block_based_options_destroy(b);
    rocksdb_options_destroy(o);
}

static void rocks_close(void)
{
    rocksdb_transactiondb_close(db);
}

static void rocks_begin(enum mode wanted)
{
    mode = wanted;
    if (mode != READ) {
        txn = rocksdb_transaction_begin(db, mode == LAZY ? lazy : durable, txn_options, txn);
        return;
    }
    snapshot = rocksdb_transactiondb_create_snapshot(db);
    in_snapshot = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(in_snapshot, snapshot);
}

static void rocks_commit(void)
{
    char *err = NULL;

    if (mode != READ) {
        rocksdb_transaction_commit(txn, &err);
        check(err, "commit");
        return;
    }
    rocksdb_readoptions_destroy(in_snapshot);
    rocksdb_transactiondb_release_snapshot(db, snapshot);
}

static size_t row_key(int32_t id, char key[])
{
    uint32_t be = __builtin_bswap32((uint32_t)id);

    key[0] = 'r';
    memcpy(key + 1, &be, ID_SIZE);
    return 1 + ID_SIZE;
}

static size_t entry_key(char tree, const char *text, size_t size, int32_t id, char key[])
{
    uint32_t be = __builtin_bswap32((uint32_t)id);

    key[0] = tree;
    memcpy(key + 1, text, size);
    memcpy(key + 1 + size, &be, ID_SIZE);
    return 1 + size + ID_SIZE;
}

static void put(const char *key, size_t size, const void *data, size_t data_size)
{
    char *err = NULL;

    rocksdb_transaction_put(txn, key, size, data, data_size, &err);
    check(err, "put");
}

static void rocks_insert(const struct row *r)
{
    char key[64], *old = NULL, *err = NULL;
    size_t n = row_key(r->id, key), old_size = 0;

    old = rocksdb_transaction_get_for_update(txn, plain, key, n, &old_size, 1, &err);
    check(err != NULL ? err : old, "insert"); /* the key has to be new */
    put(key, n, r, sizeof *r);
    put(key, entry_key('n', r->name, NAME_SIZE, r->id, key), "", 0);
    put(key, entry_key('c', r->city, CITY_SIZE, r->id, key), "", 0);
}

static void take(char *value, size_t size, struct row *ret_row, char *err)
{
    check(err != NULL || value == NULL || size != sizeof *ret_row ? "no such row" : NULL, "get");
    memcpy(ret_row, value, sizeof *ret_row);
    rocksdb_free(value);
}

static void rocks_read(int32_t id, struct row *ret_row)
{
    char key[64], *err = NULL, *value = NULL;
    size_t n = row_key(id, key), size = 0;

    value = rocksdb_transactiondb_get(db, in_snapshot, key, n, &size, &err);
    take(value, size, ret_row, err);
}

static void rocks_update(int32_t id, double score, const char name[NAME_SIZE])
{
    struct row r;
    char key[64], *err = NULL, *value = NULL;
    size_t n = row_key(id, key), size = 0;

    value = rocksdb_transaction_get_for_update(txn, plain, key, n, &size, 1, &err);
    take(value, size, &r, err);
    rocksdb_transaction_delete(txn, key, entry_key('n', r.name, NAME_SIZE, id, key), &err);
    check(err, "delete");
    r.score = score;
    memcpy(r.name, name, NAME_SIZE);
    put(key, row_key(id, key), &r, sizeof r);
    put(key, entry_key('n', r.name, NAME_SIZE, id, key), "", 0);
}

static void rocks_scan(const char city[CITY_SIZE], void (*each)(const struct row *r))
{
    rocksdb_iterator_t *i = rocksdb_transactiondb_create_iterator(db, in_snapshot);
    char key[64];
    size_t prefix = entry_key('c', city, CITY_SIZE, 0, key) - ID_SIZE, size = 0;
    struct row r;

    for (rocksdb_iter_seek(i, key, prefix); rocksdb_iter_valid(i); rocksdb_iter_next(i)) {
        const char *found = rocksdb_iter_key(i, &size);
        uint32_t be = 0;

        if (size != prefix + ID_SIZE || memcmp(found, key, prefix) != 0)
            break;
        memcpy(&be, found + prefix, ID_SIZE);
        rocks_read((int32_t)__builtin_bswap32(be), &r);
        each(&r);
    }
    rocksdb_iter_destroy(i);
}

const struct engine engine_rocksdb = {"rocksdb",   rocks_open,   rocks_close,
                                      rocks_begin, rocks_commit, rocks_insert,
                                      rocks_read,  rocks_update, rocks_scan};
