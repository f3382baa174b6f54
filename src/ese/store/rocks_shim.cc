/* SPDX-License-Identifier: Apache-2.0
 *
 * rocks_shim.cc - the few things that RocksDB has and its C API lacks
 *
 * The C API's handles are structures of one pointer to the C++ object; c.cc keeps their definition
 * to itself. rocks_shim_fits checks that at every open, before anything relies on it.
 */
#include "ese/store/rocks_shim.h"

#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/transaction_db.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
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

char *rocks_shim_lock(rocksdb_transaction_t *txn, const char *key, size_t size, int exclusive)
{
    std::string *nowhere = nullptr;
    rocksdb::Status status = inside(txn)->GetForUpdate(
        rocksdb::ReadOptions(), rocksdb::Slice(key, size), nowhere, exclusive != 0);

    return status.ok() ? nullptr : strdup(status.ToString().c_str());
}

uint64_t rocks_shim_locks(rocksdb_transactiondb_t *db)
{
    try {
        return inside(db)->GetLockStatusData().size();
    } catch (const std::bad_alloc &) {
        return UINT64_MAX;
    }
}

uint32_t rocks_shim_crc32c(const void *data, size_t size)
{
    std::unique_ptr<rocksdb::FileChecksumGenerator> sum =
        rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
    uint32_t value = 0;

    sum->Update(static_cast<const char *>(data), size);
    sum->Finalize();
    for (char octet : sum->GetChecksum()) /* the highest first */
        value = value << 8 | static_cast<unsigned char>(octet);
    return value;
}

namespace
{
class Sealed : public rocksdb::EventListener
{
  public:
    explicit Sealed(rocks_shim_listener listener) : listener_(listener)
    {
    }

    void OnMemTableSealed(const rocksdb::MemTableInfo &) override
    {
        listener_.sealed(listener_.ctx);
    }

    void OnFlushBegin(rocksdb::DB *, const rocksdb::FlushJobInfo &) override
    {
        listener_.flushing(listener_.ctx);
    }

  private:
    rocks_shim_listener listener_;
};

class Says : public rocksdb::Logger
{
  public:
    explicit Says(rocks_shim_listener listener)
        : rocksdb::Logger(rocksdb::InfoLogLevel::ERROR_LEVEL), listener_(listener)
    {
    }

    void LogHeader(const char *, va_list) override /* its options, at every open */
    {
    }

    using rocksdb::Logger::Logv;
    void Logv(const char *format, va_list ap) override
    {
        char text[1024];

        (void)vsnprintf(text, sizeof text, format, ap);
        listener_.says(listener_.ctx, text);
    }

  private:
    rocks_shim_listener listener_;
};

/* A log that grows ahead of what is written. RocksDB would take a whole memtable's room at once. */
class Log : public rocksdb::FSWritableFileOwnerWrapper
{
  public:
    using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

    void SetPreallocationBlockSize(size_t size) override
    {
        FSWritableFileOwnerWrapper::SetPreallocationBlockSize(std::min(size, AHEAD));
    }

  private:
    static constexpr size_t AHEAD = size_t{1} << 20;
};

class Files : public rocksdb::FileSystemWrapper
{
  public:
    Files() : FileSystemWrapper(rocksdb::FileSystem::Default())
    {
    }

    const char *Name() const override
    {
        return "holdfast";
    }

    rocksdb::FileOptions OptimizeForLogWrite(const rocksdb::FileOptions &options,
                                             const rocksdb::DBOptions &db) const override
    {
        rocksdb::FileOptions ahead = FileSystemWrapper::OptimizeForLogWrite(options, db);

        ahead.fallocate_with_keep_size = false;
        return ahead;
    }

    rocksdb::IOStatus NewWritableFile(const std::string &path, const rocksdb::FileOptions &options,
                                      std::unique_ptr<rocksdb::FSWritableFile> *file,
                                      rocksdb::IODebugContext *debug) override
    {
        rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);

        if (status.ok() && path.size() > 4 && path.compare(path.size() - 4, 4, ".log") == 0)
            *file = std::make_unique<Log>(std::move(*file));
        return status;
    }
};

/* RocksDB's own lives as long as the process, too, and so do its threads. */
rocksdb::Env *environment()
{
    static rocksdb::Env *env = rocksdb::NewCompositeEnv(std::make_shared<Files>()).release();

    return env;
}
} // namespace

int rocks_shim_prepare(rocksdb_options_t *options, struct rocks_shim_listener listener)
{
    rocksdb::Options *rep = reinterpret_cast<rocksdb::Options *>(options);

    if (rep->max_background_jobs != rocksdb_options_get_max_background_jobs(options) ||
        rep->bytes_per_sync != rocksdb_options_get_bytes_per_sync(options))
        return 0;
    rep->env = environment();
    rep->listeners.push_back(std::make_shared<Sealed>(listener));
    rep->info_log = std::make_shared<Says>(listener);
    return 1;
}
