/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks.c - the embedded store: RocksDB's TransactionDB through its C API
 *
 * What a store is on disk stands in rocks_folder.c.
 *
 * Owns:       struct rocks.
 * Commits:    RocksDB writes the log without waiting for the device; `committed` numbers the
 *             commits after that. rocks_harden writes the log out: one thread at a time does,
 *             for all that were numbered before it began, the others wait for it.
 * Invariants: S1 everything up to `hardened` is on the device. S2 once `failed`, always: after a
 *             failed write of the log nobody knows what is in it, so nothing is added. S3 a log file is
 *             on the device before anything is written to the next one, replayed, or left for a
 *             table, and read up to its first hole alone (rocks_logs.c): what a power cut leaves is a
 *             prefix, whatever was hardened (T5).
 */
#include "ese/store/rocks_internal.h"
#include "ese/store/rocks_shim.h"

#include "base/log.h"
#include "base/mem.h"

#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCK_STRIPES 1024 /* of RocksDB's lock table; few make false conflicts */
#define BLOCK_CACHED ((size_t)4096)
#define BLOCK_MAPPED \
    ((size_t)1024) /* nothing is copied or kept: smaller ones are searched faster */

/* ---- errors ---- */

/* Texts as RocksDB 7.8 makes them; the first that occurs decides. */
static const struct {
    const char *text;
    enum store_status status;
} error_texts[] = {
    {"Timeout waiting to lock key", STORE_CONFLICT},
    {"Resource busy", STORE_CONFLICT},
    {"Operation failed. Try again.", STORE_CONFLICT},
    {"No space left", STORE_NO_SPACE},
    {"Space limit reached", STORE_NO_SPACE},
    {"Memory limit", STORE_NO_MEMORY},
    {"lock hold by", STORE_IN_USE},
    {"Corruption", STORE_CORRUPT},
    {"create_if_missing is false", STORE_MISSING},
    {"", STORE_IO},
};
static const char busy_stripe[] = "Timeout Acquiring Mutex";

enum store_status rocks_error(char *take_error, const char *doing)
{
    enum store_status status;
    size_t i = 0;

    if (take_error == NULL)
        return STORE_OK;
    while (strstr(take_error, error_texts[i].text) == NULL)
        i++;
    status = error_texts[i].status;
    if (status != STORE_CONFLICT)
        log_line(LOG_LEVEL_ERROR, "store error status=\"%s\" doing=\"%s\" text=\"%s\"",
                 store_status_name(status), doing, take_error);
    rocksdb_free(take_error);
    return status;
}

bool rocks_should_retry(struct rocks *r, char **error, unsigned *tries)
{
    if (*error == NULL || strstr(*error, busy_stripe) == NULL)
        return false;
    rocksdb_free(*error);
    *error = NULL;
    atomic_fetch_add_explicit(&r->base.count.false_conflicts, 1, memory_order_relaxed);
    if (++*tries % 16 != 0)
        (void)sched_yield();
    else
        (void)nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    return true;
}

/* ---- reading and writing beside transactions ---- */

static void unpin(void *pin)
{
    rocksdb_pinnableslice_destroy(pin);
}

void rocks_value_of(rocksdb_pinnableslice_t *take_slice, struct store_value *ret_value)
{
    size_t size;

    ret_value->data = rocksdb_pinnableslice_value(take_slice, &size);
    ret_value->size = size;
    ret_value->pin = take_slice;
    ret_value->unpin = unpin;
}

enum store_status rocks_get_latest(struct rocks *r, const struct rocks_key *key,
                                   struct store_value *ret_value)
{
    char *error = NULL;
    rocksdb_pinnableslice_t *slice =
        rocksdb_transactiondb_get_pinned(r->db, r->latest, key->data, key->size, &error);

    if (error != NULL)
        return rocks_error(error, "get latest");
    if (slice == NULL)
        return STORE_NOT_FOUND;
    rocks_value_of(slice, ret_value);
    return STORE_OK;
}

enum store_status rocks_write(struct rocks *r, rocksdb_writebatch_t *batch)
{
    enum store_status status;
    char *error = NULL;
    unsigned tries = 0;

    if (rocks_failed(r))
        return rocks_failed(r);
    rocks_rows_batch_begin(r, batch);
    do
        rocksdb_transactiondb_write(r->db, r->write, batch, &error);
    while (rocks_should_retry(r, &error, &tries));
    rocks_rows_batch_end(r, batch);
    status = rocks_error(error, "write");
    return status == STORE_CONFLICT ? status : rocks_fail(r, status);
}

/* ---- hardening ---- */

enum store_status rocks_fail(struct rocks *r, enum store_status status)
{
    int none = STORE_OK;

    if (status) /* S2 */
        (void)atomic_compare_exchange_strong(
            &r->failed, &none, status == STORE_NO_SPACE ? STORE_NO_SPACE : STORE_FAILED);
    return status;
}

enum store_status rocks_harden(struct store *store, uint64_t mark)
{
    struct rocks *r = rocks_of(store);
    enum store_status status = STORE_OK;

    if (r->ephemeral)
        return STORE_OK;
    if (mark > atomic_load(&r->committed))
        mark = atomic_load(&r->committed);
    (void)pthread_mutex_lock(&r->sync_lock);
    while (r->hardened < mark && status == STORE_OK) {
        if (rocks_failed(r)) {
            status = rocks_failed(r);
        } else if (r->syncing) {
            (void)pthread_cond_wait(&r->sync_done, &r->sync_lock);
        } else {
            uint64_t covers = atomic_load(&r->committed);
            char *error = NULL;

            r->syncing = true;
            (void)pthread_mutex_unlock(&r->sync_lock);
            rocksdb_transactiondb_flush_wal(r->db, 1, &error);
            status = rocks_fail(r, rocks_error(error, "harden"));
            atomic_fetch_add_explicit(&r->base.count.log_syncs, 1, memory_order_relaxed);
            (void)pthread_mutex_lock(&r->sync_lock);
            r->syncing = false;
            if (status == STORE_OK)
                r->hardened = covers; /* S1 */
            (void)pthread_cond_broadcast(&r->sync_done);
        }
    }
    (void)pthread_mutex_unlock(&r->sync_lock);
    return status;
}

static void on_sealed(void *ctx) /* S3 */
{
    struct rocks *r = ctx;
    char *error = NULL;

    if (r->ephemeral || r->db == NULL || rocks_failed(r))
        return;
    rocksdb_transactiondb_flush_wal(r->db, 1, &error);
    (void)rocks_fail(r, rocks_error(error, "sync a full log"));
}

/* S3. RocksDB may run this before on_sealed for the same memtable, and beside a write that fails: after
 * that its own way of syncing must not be asked any more. */
static void on_flushing(void *ctx)
{
    struct rocks *r = ctx;

    if (!r->ephemeral && !rocks_failed(r))
        (void)rocks_fail(r, rocks_sync_logs(r->log_folder));
    atomic_fetch_add(&r->flushes, 1);
}

static void on_words(void *ctx, const char *text)
{
    (void)ctx;
    log_line(LOG_LEVEL_ERROR, "rocksdb says text=\"%.*s\"", (int)strcspn(text, "\n"), text);
}

/* ---- open and close ---- */

static rocksdb_options_t *make_options(const struct store_options *o, rocksdb_cache_t *cache)
{
    size_t buffer = o->write_buffer ? o->write_buffer : STORE_BUFFER;
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

    if (o->map_files) {
        rocksdb_options_set_allow_mmap_reads(options, 1);
        rocksdb_block_based_options_set_no_block_cache(table, 1);
    } else {
        rocksdb_block_based_options_set_block_cache(table, cache);
    }
    rocksdb_block_based_options_set_block_size(table, o->map_files ? BLOCK_MAPPED : BLOCK_CACHED);
    rocksdb_block_based_options_set_format_version(table, 5);
    rocksdb_block_based_options_set_filter_policy(table,
                                                  rocksdb_filterpolicy_create_bloom_full(10));
    rocksdb_block_based_options_set_data_block_index_type(
        table, rocksdb_block_based_table_data_block_index_type_binary_search_and_hash);
    rocksdb_block_based_options_set_data_block_hash_ratio(table, 0.75);
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);

    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_compression(options, rocksdb_no_compression);
    rocksdb_options_set_write_buffer_size(options, buffer);
    rocksdb_options_set_max_write_buffer_number(options, 3);
    /* Inserts ask twice for keys that are not there: is it visible, has it changed since? */
    rocksdb_options_set_memtable_whole_key_filtering(options, 1);
    rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.1);
    /* History for checking writes of older transactions; beyond it RocksDB looks into files. */
    rocksdb_options_set_max_write_buffer_size_to_maintain(options, (int64_t)buffer / 2);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
    rocksdb_options_set_max_background_jobs(options, 2);
    rocksdb_options_set_max_open_files(options, -1);
    rocksdb_options_set_bytes_per_sync(options, 1 << 20);
    rocksdb_options_set_wal_bytes_per_sync(options, 1 << 20); /* S3 finds little left to do */
    rocksdb_options_set_wal_recovery_mode(options, rocksdb_point_in_time_recovery); /* T5 */
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
    if (o->log_path != NULL)
        rocksdb_options_set_wal_dir(options, o->log_path);
    return options;
}

static enum store_status does_not_fit(void)
{
    log_line(LOG_LEVEL_ERROR, "store does not fit this librocksdb: build it anew");
    return STORE_UNSUPPORTED;
}

static enum store_status check_shim(struct rocks *r)
{
    rocksdb_transaction_t *txn = rocksdb_transaction_begin(r->db, r->write, r->txn_options, NULL);
    char *error = NULL;
    bool fits;

    rocksdb_transaction_set_name(txn, ROCKS_MARKER, strlen(ROCKS_MARKER), &error);
    fits = error == NULL && rocks_shim_fits(r->db, txn, ROCKS_MARKER);
    rocksdb_free(error);
    rocksdb_transaction_destroy(txn);
    return fits ? STORE_OK : does_not_fit();
}

/* After recovery RocksDB 7.8 keeps the old logs of a TransactionDB until its next flush, and reads
 * them all again at every open: flushes once, so that being killed often does not add up. */
static enum store_status retire_old_logs(struct rocks *r)
{
    rocksdb_flushoptions_t *flush;
    char key[ROCKS_NOTE_SIZE];
    char *error = NULL;

    if (rocks_count_logs(r->log_folder) <= 1)
        return STORE_OK;
    rocks_note_key(key, ROCKS_NOTE_OPENED, 0); /* a flush of nothing would do nothing */
    rocksdb_transactiondb_put(r->db, r->write, key, sizeof key, "", 0, &error);
    if (error == NULL) {
        flush = rocksdb_flushoptions_create();
        rocksdb_transactiondb_flush(r->db, flush, &error);
        rocksdb_flushoptions_destroy(flush);
    }
    return rocks_error(error, "retire old logs");
}

static enum store_status settle_logs(struct rocks *r)
{
    char *error = NULL;

    if (r->ephemeral)
        return STORE_OK;
    /* Debian's build aborts when a log that was never synced is synced after a write to it failed. */
    rocksdb_transactiondb_flush_wal(r->db, 1, &error);
    if (error != NULL)
        return rocks_error(error, "sync the new log");
    return retire_old_logs(r);
}

static enum store_status open_db(struct rocks *r, const struct store_options *o, const char *folder)
{
    struct rocks_shim_listener listener = {on_sealed, on_flushing, on_words, r};
    rocksdb_transactiondb_options_t *db_options;
    rocksdb_options_t *options;
    enum store_status status = STORE_OK;
    char *error = NULL;

    if (!r->ephemeral)
        status = rocks_cut_logs(r->log_folder);
    if (!r->ephemeral && status == STORE_OK)
        status = rocks_sync_logs(r->log_folder); /* S3 */
    if (status)
        return status;
    r->cache = rocksdb_cache_create_lru(o->cache_size ? o->cache_size : STORE_CACHE_SIZE);
    options = make_options(o, r->cache);
    db_options = rocksdb_transactiondb_options_create();
    rocksdb_transactiondb_options_set_num_stripes(db_options, LOCK_STRIPES);
    rocksdb_transactiondb_options_set_transaction_lock_timeout(db_options, 0); /* T2 */
    rocksdb_transactiondb_options_set_default_lock_timeout(db_options, 0);
    if (!rocks_shim_prepare(options, listener))
        status = does_not_fit();
    else
        r->db = rocksdb_transactiondb_open(options, db_options, folder, &error);
    rocksdb_options_destroy(options);
    rocksdb_transactiondb_options_destroy(db_options);
    return status ? status : rocks_error(error, "open");
}

static enum store_status start_db(struct rocks *r)
{
    enum store_status status;

    r->write = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(r->write, r->ephemeral);
    r->latest = rocksdb_readoptions_create();
    r->txn_options = rocksdb_transaction_options_create();
    rocksdb_transaction_options_set_set_snapshot(r->txn_options, 1);
    rocksdb_transaction_options_set_lock_timeout(r->txn_options, 0); /* T2 */
    status = check_shim(r);
    return status ? status : settle_logs(r);
}

/* `folder` is that of RocksDB's files. */
static enum store_status open_in(struct rocks *r, const struct store_options *o, const char *folder)
{
    enum store_status status;

    r->log_folder = mem_strdup(o->log_path ? o->log_path : folder);
    if (r->log_folder == NULL)
        return STORE_NO_MEMORY;
    status = open_db(r, o, folder);
    if (status == STORE_OK)
        status = start_db(r);
    return status ? status : rocks_notes_start(r);
}

static void rocks_free(struct rocks *r)
{
    while (r->pool != NULL) {
        struct rocks_txn *t = r->pool;

        r->pool = t->next_pooled;
        rocks_txn_free(t);
    }
    if (r->db != NULL) {
        rocksdb_writeoptions_destroy(r->write);
        rocksdb_readoptions_destroy(r->latest);
        rocksdb_transaction_options_destroy(r->txn_options);
        rocksdb_transactiondb_close(r->db);
        (void)atomic_load(&r->flushes);
    }
    if (r->cache != NULL)
        rocksdb_cache_destroy(r->cache);
    if (r->ephemeral && r->marker_fd >= 0) {
        rocks_empty_folder(r->path);
        rocks_remove_marker(r->path);
    }
    if (r->log_fd >= 0)
        (void)close(r->log_fd);
    if (r->marker_fd >= 0)
        (void)close(r->marker_fd);
    rocks_erased_fini(&r->erased);
    rocks_gaps_fini(&r->gaps);
    rocks_rows_fini(&r->rows);
    (void)pthread_mutex_destroy(&r->sync_lock);
    (void)pthread_cond_destroy(&r->sync_done);
    (void)pthread_mutex_destroy(&r->pool_lock);
    (void)pthread_mutex_destroy(&r->park_lock);
    (void)pthread_mutex_destroy(&r->notes.lock);
    (void)pthread_cond_destroy(&r->notes.wake);
    (void)pthread_cond_destroy(&r->notes.idle);
    mem_free(r->log_folder);
    mem_free(r->path);
    mem_free(r);
}

static enum store_status empty_files(struct rocks *r)
{
    enum store_status status = rocks_set_made(r->marker_fd, false);

    if (status == STORE_OK)
        rocks_empty_folder(r->path);
    return status;
}

/* What lies in the folder is this store, whole, and its log. */
static enum store_status take_files(struct rocks *r, const struct store_options *options)
{
    enum store_status status = rocks_replace_finish(r->path, options->log_path, r->marker_fd);

    if (status == STORE_OK)
        status = rocks_check_made(r->path, r->marker_fd);
    if (status == STORE_OK)
        rocks_remove_backup(r->path);
    return status ? status : rocks_take_log(r->path, options->log_path, &r->log_fd);
}

static enum store_status rocks_open(const char *path, const struct store_options *options,
                                    struct store **ret_store)
{
    struct rocks *r = mem_alloc(sizeof *r);
    enum store_status status = STORE_NO_MEMORY;
    char *folder = NULL;

    if (r == NULL)
        return STORE_NO_MEMORY;
    r->base.ops = &store_rocks;
    r->base.limits = (struct store_limits){
        .key_max = ROCKS_KEY_MAX,
        .value_max = ROCKS_VALUE_MAX,
        .txn_max = options->txn_max ? options->txn_max : STORE_TXN_MAX,
    };
    r->marker_fd = r->log_fd = -1;
    (void)pthread_mutex_init(&r->sync_lock, NULL);
    (void)pthread_cond_init(&r->sync_done, NULL);
    (void)pthread_mutex_init(&r->pool_lock, NULL);
    (void)pthread_mutex_init(&r->park_lock, NULL);
    list_init(&r->park);
    (void)pthread_mutex_init(&r->notes.lock, NULL);
    (void)pthread_cond_init(&r->notes.wake, NULL);
    (void)pthread_cond_init(&r->notes.idle, NULL);
    r->path = mem_strdup(path);
    if (r->path == NULL || rocks_erased_init(&r->erased) != STORE_OK ||
        rocks_gaps_init(&r->gaps) != STORE_OK ||
        rocks_rows_init(&r->rows, options->cache_size ? options->cache_size : STORE_CACHE_SIZE) !=
            STORE_OK)
        goto out;
    status = rocks_take_marker(path, options->create, &r->marker_fd);
    if (status)
        goto out;
    r->ephemeral = options->ephemeral;
    status = r->ephemeral ? empty_files(r) : take_files(r, options);
    if (status == STORE_OK && options->create)
        status = rocks_make_db_folder(path);
    if (status)
        goto out;
    folder = rocks_path_in(path, "db");
    status = folder ? open_in(r, options, folder) : STORE_NO_MEMORY;
    if (status == STORE_OK && !r->ephemeral)
        status = rocks_set_made(r->marker_fd, true);
out:
    mem_free(folder);
    if (status)
        rocks_free(r);
    else
        *ret_store = &r->base;
    return status;
}

static enum store_status rocks_close(struct store *take_store)
{
    struct rocks *r = rocks_of(take_store);
    enum store_status status;

    rocks_notes_stop(r);
    status = rocks_harden(take_store, UINT64_MAX);
    rocks_free(r);
    return status;
}

const struct store_ops store_rocks = {
    .name = "rocksdb",
    .open = rocks_open,
    .close = rocks_close,
    .destroy = rocks_destroy,
    .begin = rocks_begin,
    .level = rocks_level,
    .level_release = rocks_level_release,
    .level_roll_back = rocks_level_roll_back,
    .commit = rocks_commit,
    .harden = rocks_harden,
    .abort = rocks_abort,
    .get = rocks_get,
    .lock = rocks_lock,
    .put = rocks_put,
    .erase = rocks_erase,
    .drop = rocks_drop,
    .drain = rocks_drain,
    .row_locks = rocks_row_locks,
    .cursor_open = rocks_cursor_open,
    .cursor_close = rocks_cursor_close,
    .cursor_seek = rocks_cursor_seek,
    .cursor_step = rocks_cursor_step,
    .cursor_key = rocks_cursor_key,
    .cursor_value = rocks_cursor_value,
    .bulk_open = rocks_bulk_open,
    .bulk_put = rocks_bulk_put,
    .bulk_close = rocks_bulk_close,
    .backup_open = rocks_backup_open,
    .backup_file = rocks_backup_file,
    .backup_read = rocks_backup_read,
    .backup_close = rocks_backup_close,
    .replace_begin = rocks_replace_begin,
    .replace_end = rocks_replace_end,
};
