/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_shim.h - the few things that RocksDB has and its C API lacks
 *
 * Why: without giving up savepoints, rolling back a level around n levels rebuilds the index of the
 * write batch n times: 0.6 s for 2,000 and a minute for 20,000, measured by store_bench.
 * The sequence numbers order snapshots and commits for rocks_gaps.c and rocks_rows.c.
 * A row that is to be locked is in memory as a rule; the C API reads it once more.
 * Hearing of full memtables: RocksDB 7.8 begins a new log without syncing the one before, and flushes
 * what is in it as little. After a power cut the new one may be there without the end of the old one,
 * and RocksDB replays it over the hole, or refuses to open a store whose files are ahead of its log.
 * Logs that grow ahead of what is written: a file that is as long after a write as before is on the device
 * a third sooner, its size being news that the file system writes elsewhere. RocksDB takes room ahead
 * without making the file longer.
 * Its log for people: RocksDB's own is a file, and Debian's build aborts the process when that cannot be
 * written, as on a full device.
 */
#ifndef HF_ESE_STORE_ROCKS_SHIM_H
#define HF_ESE_STORE_ROCKS_SHIM_H

#include <rocksdb/c.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Does the C API wrap its objects as the shim believes? `txn` has been given this name by it. */
int rocks_shim_fits(rocksdb_transactiondb_t *db, rocksdb_transaction_t *txn, const char *name);

/* Gives up the newest savepoint and keeps what was written since. */
void rocks_shim_pop_savepoint(rocksdb_transaction_t *txn);

/* The sequence number up to which a snapshot sees, and the newest visible one. */
uint64_t rocks_shim_sequence(const rocksdb_snapshot_t *snapshot);
uint64_t rocks_shim_latest(rocksdb_transactiondb_t *db);

/* Locks a key and makes sure that nobody has changed it since the transaction's snapshot, without
 * reading it. NULL, or an error's text for rocksdb_free. */
char *rocks_shim_lock(rocksdb_transaction_t *txn, const char *key, size_t size, int exclusive);

/* Row locks that are held, counted one by one; UINT64_MAX when there is no memory for that. */
uint64_t rocks_shim_locks(rocksdb_transactiondb_t *db);

/* What RocksDB's logs have their records' checksums made by (rocks_logs.c). */
uint32_t rocks_shim_crc32c(const void *data, size_t size);

/* What RocksDB tells while it works; from any thread. */
struct rocks_shim_listener {
    void (*sealed)(void *ctx);   /* before the first write to a new log; it may sync, not write */
    void (*flushing)(void *ctx); /* before a full memtable is written to a file; likewise */
    /* An error in words. */
    void (*says)(void *ctx, const char *text);
    void *ctx;
};

/* To be called before the open, for that and for logs that grow ahead; false (0) when the options are not
 * laid out as the shim believes. */
int rocks_shim_prepare(rocksdb_options_t *options, struct rocks_shim_listener listener);

#ifdef __cplusplus
}
#endif

#endif
