/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_shim.cc - the few things that RocksDB has and its C API lacks
 *
 * The C API's handles are structures of one pointer to the C++ object; c.cc keeps their definition
 * to itself. rocks_shim_fits checks that at every open, before anything relies on it.
 */
#include "ese/store/rocks_shim.h"

#include <rocksdb/snapshot.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/transaction_db.h>

#include <new>

static rocksdb::Transaction *inside(rocksdb_transaction_t *txn)
{
    return *reinterpret_cast<rocksdb::Transaction **>(txn);
}

static rocksdb::TransactionDB *inside(rocksdb_transactiondb_t *db)
{
    return *reinterpret_cast<rocksdb::TransactionDB **>(db);
}

int rocks_shim_fits(rocksdb_transactiondb_t *db, rocksdb_transaction_t *txn, const char *name)
{
    return inside(txn)->GetName() == name && inside(db)->GetTransactionByName(name) == inside(txn);
}

void rocks_shim_pop_savepoint(rocksdb_transaction_t *txn)
{
    inside(txn)->PopSavePoint().PermitUncheckedError();
}

uint64_t rocks_shim_sequence(const rocksdb_snapshot_t *snapshot)
{
    return (*reinterpret_cast<const rocksdb::Snapshot *const *>(snapshot))->GetSequenceNumber();
}

uint64_t rocks_shim_latest(rocksdb_transactiondb_t *db)
{
    return inside(db)->GetLatestSequenceNumber();
}

uint64_t rocks_shim_locks(rocksdb_transactiondb_t *db)
{
    try {
        return inside(db)->GetLockStatusData().size();
    } catch (const std::bad_alloc &) {
        return UINT64_MAX;
    }
}
