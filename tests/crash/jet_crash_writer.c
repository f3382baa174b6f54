/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_crash_writer.c - the process that is killed: several sessions commit and say so
 *
 *     jet_crash_writer FOLDER SEED      acknowledgements go to standard output
 */
#include "jet_model.h"

#include <esent.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static JET_INSTANCE instance;
static char database[256];
static uint64_t seed;

static void check(JET_ERR err, const char *what)
{
    if (err >= 0)
        return;
    fprintf(stderr, "%s: %d\n", what, err);
    _exit(2);
}

#define CHECK(call) check(call, #call)

struct writer {
    uint32_t number;
    JET_SESID session;
    JET_DBID db;
    JET_TABLEID table;
    JET_COLUMNID key, n, size, value;
};

static JET_COLUMNID column(struct writer *w, const char *name)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def};

    CHECK(JetGetTableColumnInfoA(w->session, w->table, name, &def, sizeof def, JET_ColInfo));
    return def.columnid;
}

static void set(struct writer *w, JET_COLUMNID id, const void *data, unsigned long size)
{
    CHECK(JetSetColumn(w->session, w->table, id, data, size, JET_bitSetZeroLength, NULL));
}

static bool find(struct writer *w, uint32_t slot)
{
    int32_t key = model_key(w->number, slot);
    JET_ERR err;

    CHECK(JetMakeKey(w->session, w->table, &key, sizeof key, JET_bitNewKey));
    err = JetSeek(w->session, w->table, JET_bitSeekEQ);
    if (err != JET_errRecordNotFound)
        check(err, "JetSeek");
    return err == JET_errSuccess;
}

static void put_row(struct writer *w, uint32_t slot, int64_t n, uint32_t value)
{
    uint8_t bytes[MODEL_SIZE_MAX];
    int32_t key = model_key(w->number, slot), size = (int32_t)model_size(value);
    bool there = find(w, slot);

    if (value == 0 && there)
        CHECK(JetDelete(w->session, w->table));
    if (value == 0)
        return;
    model_bytes(value, bytes);
    CHECK(JetPrepareUpdate(w->session, w->table, there ? JET_prepReplace : JET_prepInsert));
    if (!there)
        set(w, w->key, &key, sizeof key);
    set(w, w->n, &n, sizeof n);
    set(w, w->size, &size, sizeof size);
    set(w, w->value, bytes, (unsigned long)size);
    CHECK(JetUpdate(w->session, w->table, NULL, 0, NULL));
}

static int64_t last_of(struct writer *w)
{
    int64_t n = 0;

    if (find(w, MODEL_COUNTER))
        CHECK(JetRetrieveColumn(w->session, w->table, w->n, &n, sizeof n, NULL, 0, NULL));
    return n;
}

static void change_rows(struct writer *w, int64_t n)
{
    struct model_change changes[MODEL_CHANGES];
    unsigned count = model_changes(seed, w->number, (uint64_t)n, changes);

    for (unsigned i = 0; i < count; i++)
        put_row(w, changes[i].slot, n, changes[i].value);
}

static void change_tables(struct writer *w, int64_t n)
{
    JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = JET_coltypLong};
    JET_TABLEID table = 0;
    JET_COLUMNID id = 0;
    char name[32];

    model_table((uint64_t)n, name);
    CHECK(JetCreateTableA(w->session, w->db, name, 0, 100, &table));
    CHECK(JetAddColumnA(w->session, table, "n", &def, NULL, 0, &id));
    CHECK(JetCreateIndexA(w->session, table, "i", 0, "+n\0", 4, 100));
    for (uint32_t i = 0; i < model_rows((uint64_t)n); i++) {
        CHECK(JetPrepareUpdate(w->session, table, JET_prepInsert));
        CHECK(JetSetColumn(w->session, table, id, &i, sizeof i, 0, NULL));
        CHECK(JetUpdate(w->session, table, NULL, 0, NULL));
    }
    CHECK(JetCloseTable(w->session, table));
    if (n <= MODEL_TABLES)
        return;
    model_table((uint64_t)n - MODEL_TABLES, name);
    CHECK(JetDeleteTableA(w->session, w->db, name));
}

static void write_transaction(struct writer *w, int64_t n)
{
    struct model_ack ack = {.session = w->number, .n = (uint64_t)n};

    ack.durable = model_is_durable(seed, w->number, (uint64_t)n);
    CHECK(JetBeginTransaction(w->session));
    if (w->number == MODEL_SCHEMA)
        change_tables(w, n);
    else
        change_rows(w, n);
    put_row(w, MODEL_COUNTER, n, 1);
    CHECK(JetCommitTransaction(w->session, ack.durable ? 0 : JET_bitCommitLazyFlush));
    if (write(STDOUT_FILENO, &ack, sizeof ack) != (ssize_t)sizeof ack)
        _exit(3);
}

static void *run(void *arg)
{
    struct writer *w = arg;

    CHECK(JetBeginSessionA(instance, &w->session, "", ""));
    CHECK(JetOpenDatabaseA(w->session, database, "", &w->db, 0));
    CHECK(JetOpenTableA(w->session, w->db, "rows", NULL, 0, 0, &w->table));
    w->key = column(w, "key");
    w->n = column(w, "n");
    w->size = column(w, "size");
    w->value = column(w, "value");
    for (int64_t n = last_of(w) + 1;; n++)
        write_transaction(w, n);
    return NULL;
}

/* Unless an earlier life has. */
static void make_table(JET_SESID session, JET_DBID db)
{
    static const struct {
        const char *name;
        JET_COLTYP type;
    } columns[] = {{"key", JET_coltypLong},
                   {"n", JET_coltypCurrency},
                   {"size", JET_coltypLong},
                   {"value", JET_coltypLongBinary}};
    JET_TABLEID table = 0;

    if (JetOpenTableA(session, db, "rows", NULL, 0, 0, &table) == JET_errSuccess) {
        CHECK(JetCloseTable(session, table));
        return;
    }
    CHECK(JetBeginTransaction(session));
    CHECK(JetCreateTableA(session, db, "rows", 0, 100, &table));
    for (unsigned i = 0; i < 4; i++) {
        JET_COLUMNDEF def = {.cbStruct = sizeof def, .coltyp = columns[i].type};

        CHECK(JetAddColumnA(session, table, columns[i].name, &def, NULL, 0, NULL));
    }
    CHECK(JetCreateIndexA(session, table, "p", JET_bitIndexPrimary, "+key\0", 6, 100));
    CHECK(JetCreateIndexA(session, table, "size", 0, "+size\0-n\0", 10, 100));
    CHECK(JetCreateIndexA(session, table, "value", JET_bitIndexIgnoreNull, "+value\0", 8, 100));
    CHECK(JetCommitTransaction(session, 0));
    CHECK(JetCloseTable(session, table));
}

int main(int argc, char **argv)
{
    static struct writer writers[MODEL_WRITERS];
    pthread_t threads[MODEL_WRITERS];
    JET_SESID session = 0;
    JET_DBID db = 0;
    char path[200];

    if (argc != 3)
        return 2;
    seed = strtoull(argv[2], NULL, 10);
    snprintf(path, sizeof path, "%s/", argv[1]);
    snprintf(database, sizeof database, "%s/" MODEL_DATABASE, argv[1]);
    CHECK(JetSetSystemParameterA(NULL, 0, JET_paramSystemPath, 0, path));
    CHECK(JetSetSystemParameterA(NULL, 0, JET_paramLogFilePath, 0, path));
    CHECK(JetCreateInstanceA(&instance, "crash"));
    CHECK(JetInit(&instance));
    CHECK(JetBeginSessionA(instance, &session, "", ""));
    if (access(database, F_OK) != 0) {
        CHECK(JetCreateDatabaseA(session, database, "", &db, 0));
    } else {
        CHECK(JetAttachDatabaseA(session, database, 0));
        CHECK(JetOpenDatabaseA(session, database, "", &db, 0));
    }
    make_table(session, db);
    for (uint32_t i = 0; i < MODEL_WRITERS; i++) {
        writers[i].number = i;
        if (pthread_create(&threads[i], NULL, run, &writers[i]) != 0)
            return 2;
    }
    for (uint32_t i = 0; i < MODEL_WRITERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
