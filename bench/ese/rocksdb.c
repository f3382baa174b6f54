/* SPDX-License-Identifier: Apache-2.0
 *
 * rocksdb.c - the work by bare RocksDB: what lies below Holdfast's engine, without the layer
 *
 * A TransactionDB with the options that src/ese/store/rocks.c gives it. A transaction that writes has
 * a snapshot and checks its writes against it, one that reads reads past the write batch, a durable
 * commit is RocksDB's own (it groups them). Rows as they lie in memory; index entries by hand.
 * Keys begin with a letter for the tree: 'r' rows, 'n' names, 'c' cities.
 */
#include "bench.h"

#include <rocksdb/c.h>
#include <string.h>

#define ID_SIZE 4
#define BUFFER  ((size_t)64 << 20)

static rocksdb_transactiondb_t *db;
static rocksdb_writeoptions_t *lazy, *durable;
static rocksdb_transaction_options_t *txn_options;
static _Thread_local rocksdb_readoptions_t *in_snapshot;
static _Thread_local rocksdb_transaction_t *txn;
static _Thread_local const rocksdb_snapshot_t *snapshot;
static _Thread_local enum mode mode;

static void check(char *err, const char *what)
{
    if (err != NULL)
        die("rocksdb", what, err);
}

static void rocks_join(void)
{
    in_snapshot = rocksdb_readoptions_create();
}

static void rocks_leave(void)
{
    rocksdb_readoptions_destroy(in_snapshot);
    if (txn != NULL)
        rocksdb_transaction_destroy(txn);
    txn = NULL;
}

static rocksdb_options_t *make_options(void)
{
    rocksdb_options_t *o = rocksdb_options_create();
    rocksdb_block_based_table_options_t *b = rocksdb_block_based_options_create();

    rocksdb_block_based_options_set_block_cache(b, rocksdb_cache_create_lru(BUFFER));
    rocksdb_block_based_options_set_format_version(b, 5);
    rocksdb_block_based_options_set_filter_policy(b, rocksdb_filterpolicy_create_bloom_full(10));
    rocksdb_block_based_options_set_data_block_index_type(
        b, rocksdb_block_based_table_data_block_index_type_binary_search_and_hash);
    rocksdb_block_based_options_set_data_block_hash_ratio(b, 0.75);
    rocksdb_options_set_block_based_table_factory(o, b);
    rocksdb_block_based_options_destroy(b);
    rocksdb_options_set_create_if_missing(o, 1);
    rocksdb_options_set_compression(o, rocksdb_no_compression);
    rocksdb_options_set_write_buffer_size(o, BUFFER);
    rocksdb_options_set_max_write_buffer_number(o, 3);
    rocksdb_options_set_memtable_whole_key_filtering(o, 1);
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(o, 0.1);
    rocksdb_options_set_max_write_buffer_size_to_maintain(o, (int64_t)BUFFER / 2);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
    rocksdb_options_set_max_background_jobs(o, 2);
    rocksdb_options_set_max_open_files(o, -1);
    rocksdb_options_set_bytes_per_sync(o, 1 << 20);
    rocksdb_options_set_wal_bytes_per_sync(o, 1 << 20);
    return o;
}

static void rocks_open(const char *folder)
{
    rocksdb_options_t *o = make_options();
    rocksdb_transactiondb_options_t *t = rocksdb_transactiondb_options_create();
    char *err = NULL;

    rocksdb_transactiondb_options_set_num_stripes(t, 1024);
    db = rocksdb_transactiondb_open(o, t, folder, &err);
    check(err, "open");
    lazy = rocksdb_writeoptions_create();
    durable = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(durable, 1);
    txn_options = rocksdb_transaction_options_create();
    rocksdb_transaction_options_set_set_snapshot(txn_options, 1);
    rocksdb_transactiondb_options_destroy(t);
    rocksdb_options_destroy(o);
    rocks_join();
}

static void rocks_close(void)
{
    rocks_leave();
    rocksdb_transactiondb_close(db);
}

static void rocks_begin(enum mode wanted)
{
    mode = wanted;
    if (mode == READ) {
        snapshot = rocksdb_transactiondb_create_snapshot(db);
    } else {
        txn = rocksdb_transaction_begin(db, mode == LAZY ? lazy : durable, txn_options, txn);
        snapshot = rocksdb_transaction_get_snapshot(txn);
    }
    rocksdb_readoptions_set_snapshot(in_snapshot, snapshot);
}

static bool rocks_commit(void)
{
    char *err = NULL;

    if (mode == READ) {
        rocksdb_transactiondb_release_snapshot(db, snapshot);
        return true;
    }
    rocksdb_transaction_commit(txn, &err);
    check(err, "commit");
    rocksdb_free((void *)(uintptr_t)snapshot);
    return true;
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
    char key[64], *err = NULL;
    size_t n = row_key(r->id, key);
    rocksdb_pinnableslice_t *old =
        rocksdb_transaction_get_pinned_for_update(txn, in_snapshot, key, n, 1, &err);

    check(err != NULL ? err : old != NULL ? "it is there" : NULL, "insert");
    put(key, n, r, row_size(r));
    put(key, entry_key('n', r->name, NAME_SIZE, r->id, key), "", 0);
    put(key, entry_key('c', r->city, CITY_SIZE, r->id, key), "", 0);
}

static void take(rocksdb_pinnableslice_t *take_slice, struct row *ret_row, char *err)
{
    size_t size = 0;
    const char *value = NULL;

    check(err != NULL ? err : take_slice == NULL ? "no such row" : NULL, "get");
    value = rocksdb_pinnableslice_value(take_slice, &size);
    memcpy(ret_row, value, size);
    rocksdb_pinnableslice_destroy(take_slice);
}

static void rocks_read(int32_t id, struct row *ret_row)
{
    char key[64], *err = NULL;
    size_t n = row_key(id, key);

    take(rocksdb_transactiondb_get_pinned(db, in_snapshot, key, n, &err), ret_row, err);
}

static bool rocks_update(int32_t id, double score, const char name[NAME_SIZE])
{
    struct row r;
    char key[64], *err = NULL;
    size_t n = row_key(id, key);
    rocksdb_pinnableslice_t *old =
        rocksdb_transaction_get_pinned_for_update(txn, in_snapshot, key, n, 1, &err);

    if (err != NULL) { /* a conflict, or one of RocksDB's false ones */
        rocksdb_free(err);
        err = NULL;
        rocksdb_transaction_rollback(txn, &err);
        check(err, "roll back");
        rocksdb_free((void *)(uintptr_t)snapshot);
        return false;
    }
    take(old, &r, NULL);
    rocksdb_transaction_delete(txn, key, entry_key('n', r.name, NAME_SIZE, id, key), &err);
    check(err, "delete");
    r.score = score;
    memcpy(r.name, name, NAME_SIZE);
    put(key, row_key(id, key), &r, row_size(&r));
    put(key, entry_key('n', r.name, NAME_SIZE, id, key), "", 0);
    return true;
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

const struct engine engine_rocksdb = {"rocksdb",    rocks_open,   rocks_close, rocks_begin,
                                      rocks_commit, rocks_insert, rocks_read,  rocks_update,
                                      rocks_scan,   rocks_join,   rocks_leave, NULL};
