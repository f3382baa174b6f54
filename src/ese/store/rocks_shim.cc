/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_shim.cc - the few things that RocksDB has and its C API lacks
 *
 * The C API's handles are structures of one pointer to the C++ object; c.cc keeps their definition
 * to itself. rocks_shim_fits checks that at every open, before anything relies on it.
 */
#include "ese/store/rocks_shim.h"

#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/transaction_db.h>

static rocksdb::Transaction *inside(rocksdb_transaction_t *txn)
{
    return *reinterpret_cast<rocksdb::Transaction **>(txn);
}

int rocks_shim_fits(rocksdb_transaction_t *txn, const char *name)
{
    return inside(txn)->GetName() == name;
}

void rocks_shim_pop_savepoint(rocksdb_transaction_t *txn)
{
    inside(txn)->PopSavePoint().PermitUncheckedError();
}
