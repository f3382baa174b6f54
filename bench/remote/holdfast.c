/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfast.c - the work by JET, on a folder or at a server's address
 *
 * The very same program as in bench/ese; rows by the thousand go the way of `holdfast load`.
 */
#include "bench.h"

#include "../ese/holdfast.c"

#include "remote/ask/ask.h"

#include <stdlib.h>

static const char *place;
static struct ask_loader *loader;

static void remember_open(const char *where)
{
    struct ask_failure failure = {0};

    place = where;
    jet_open(where);
    if (strchr(place, '[') != NULL && !ask_loader_open(place, "bench.db", "t", &loader, &failure))
        check(failure.err < 0 ? failure.err : JET_errInstanceUnavailable, "loader");
}

static void close_all(void)
{
    ask_loader_close(loader);
    jet_close();
}

static void bulk_there(const struct row *r, int count, enum mode wanted)
{
    static struct ask_value values[4096 * COLUMNS];
    static unsigned counts[4096];
    static struct ask_loaded loaded[4096];
    struct ask_failure failure = {0};

    for (int i = 0; i < count; i++, r++) {
        const struct ask_value v[COLUMNS] = {
            [ID] = {.data = &r->id, .size = sizeof r->id},
            [SERIAL] = {.data = &r->serial, .size = sizeof r->serial},
            [SCORE] = {.data = &r->score, .size = sizeof r->score},
            [CHANGED] = {.data = &r->changed, .size = sizeof r->changed},
            [ACTIVE] = {.data = &r->active, .size = sizeof r->active},
            [NAME] = {.data = r->name, .size = NAME_SIZE},
            [CITY] = {.data = r->city, .size = CITY_SIZE},
            [NOTE] = {.data = r->note, .size = NOTE_SIZE},
            [TEXT] = {.data = r->text, .size = r->text_size},
        };

        counts[i] = COLUMNS;
        for (int c = 0; c < COLUMNS; c++) {
            values[i * COLUMNS + c] = v[c];
            values[i * COLUMNS + c].column = columns[c].columnid;
            values[i * COLUMNS + c].itag = 1;
        }
    }
    if (!ask_loader_begin(loader, &failure) ||
        !ask_loader_load(loader, JET_prepInsert, (unsigned)count, counts, values, loaded,
                         &failure) ||
        !ask_loader_commit(loader, wanted == LAZY ? JET_bitCommitLazyFlush : 0, &failure))
        check(failure.err < 0 ? failure.err : JET_errInstanceUnavailable, "load");
    for (int i = 0; i < count; i++)
        check(loaded[i].err, "row");
}

static void bulk(const struct row *r, int count, enum mode wanted)
{
    if (loader != NULL) {
        bulk_there(r, count, wanted);
        return;
    }
    jet_begin(wanted);
    for (int i = 0; i < count; i++)
        jet_insert(&r[i]);
    (void)jet_commit();
}

static void walk(void (*each)(const struct row *r))
{
    struct row r;
    JET_ERR err = JetMove(session, table, JET_MoveFirst, 0);

    for (; err >= JET_errSuccess; err = JetMove(session, table, JET_MoveNext, 0)) {
        jet_get(table, &r);
        each(&r);
    }
    if (err != JET_errNoCurrentRecord)
        check(err, "move");
}

static void settle(void)
{
}

static const struct engine engine = {.name = "holdfast",
                                     .open = remember_open,
                                     .close = close_all,
                                     .begin = jet_begin,
                                     .commit = jet_commit,
                                     .insert = jet_insert,
                                     .read = jet_read,
                                     .update = jet_update,
                                     .scan = jet_scan};
const struct contender contender_holdfast = {&engine, bulk, walk, settle};
