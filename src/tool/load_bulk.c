/* SPDX-License-Identifier: Apache-2.0
 *
 * load_bulk.c - rows of `holdfast load` on their way to a server, by the thousand
 *
 * Values lie one after the other in `text`; the last row may not be whole yet.
 */
#include "tool/load_bulk.h"

#include "remote/ask/ask.h"

#include "base/mem.h"

#include <string.h>

#define CALL_OCTETS ((size_t)4 << 20) /* a call is sent when it has as many */
#define ROW_OCTETS  ((size_t)16 << 20)

struct value {
    const struct tool_column *column;
    size_t at, size; /* in `text` */
    unsigned number;
    bool null;
};

struct load_bulk {
    struct ask_loader *loader;
    load_refused *refused;
    void *self;
    unsigned prep; /* of the rows that wait */
    unsigned rows;
    unsigned long lines[ASK_LOADER_ROWS];
    unsigned counts[ASK_LOADER_ROWS];
    struct ask_loaded loaded[ASK_LOADER_ROWS];
    size_t value_count, value_room;
    size_t whole_values, whole_octets; /* of the rows that wait */
    struct value *values;
    struct tool_text text;
};

static bool failed(struct tool_failure *f, const struct ask_failure *why, const char *what)
{
    return tool_jet_fail(f, ask_error(why), "%s", what);
}

bool load_bulk_takes(size_t values, size_t octets)
{
    return values <= ASK_LOADER_VALUES && octets + values * ASK_LOADER_VALUE <= ROW_OCTETS;
}

struct load_bulk *load_bulk_open(const char *address, const char *database,
                                 const struct tool_table *table, load_refused *refused, void *self,
                                 struct tool_failure *f)
{
    struct load_bulk *b = mem_alloc(sizeof *b);
    struct ask_failure why = {0};
    char what[2 * TOOL_NAME_MAX + 64];

    if (b == NULL) {
        (void)tool_fail(f, "out of memory");
        return NULL;
    }
    b->refused = refused;
    b->self = self;
    b->prep = JET_prepInsert;
    if (ask_loader_open(address, database, table->name, &b->loader, &why))
        return b;
    (void)snprintf(what, sizeof what, "opening the table %s of %s for loading", table->name,
                   database);
    (void)failed(f, &why, what);
    load_bulk_close(b);
    return NULL;
}

void load_bulk_close(struct load_bulk *take_bulk)
{
    if (take_bulk == NULL)
        return;
    ask_loader_close(take_bulk->loader);
    mem_free(take_bulk->values);
    tool_text_fini(&take_bulk->text);
    mem_free(take_bulk);
}

bool load_bulk_begin(struct load_bulk *b, struct tool_failure *f)
{
    struct ask_failure why = {0};

    return ask_loader_begin(b->loader, &why) || failed(f, &why, "beginning a transaction");
}

/* ---- rows that wait ---- */

static bool make_room(struct load_bulk *b)
{
    size_t room = b->value_room > 0 ? b->value_room * 2 : 1024;
    struct value *grown = NULL;

    if (b->value_count < b->value_room)
        return true;
    grown = mem_grow(b->values, room * sizeof *grown);
    if (grown == NULL)
        return false;
    b->values = grown;
    b->value_room = room;
    return true;
}

bool load_bulk_value(struct load_bulk *b, const struct tool_column *c, unsigned number,
                     const void *data, size_t size, struct tool_failure *f)
{
    size_t at = b->text.size;

    if (make_room(b) && data != NULL)
        tool_text_add(&b->text, data, size);
    if (b->value_count == b->value_room || b->text.failed)
        return tool_jet_fail(f, JET_errOutOfMemory, "keeping a row");
    b->values[b->value_count++] = (struct value){c, at, size, number, data == NULL};
    return true;
}

void load_bulk_drop(struct load_bulk *b)
{
    b->value_count = b->whole_values;
    b->text.size = b->whole_octets;
}

/* Sends what waits, and keeps the row that is not whole. */
static bool send_before(struct load_bulk *b, struct tool_failure *f);

bool load_bulk_row(struct load_bulk *b, unsigned prep, unsigned long line, struct tool_failure *f)
{
    if (b->rows > 0 && prep != b->prep && !send_before(b, f))
        return false;
    b->prep = prep;
    b->lines[b->rows] = line;
    b->counts[b->rows++] = (unsigned)(b->value_count - b->whole_values);
    b->whole_values = b->value_count;
    b->whole_octets = b->text.size;
    if (b->rows < ASK_LOADER_ROWS &&
        b->whole_octets + b->whole_values * ASK_LOADER_VALUE < CALL_OCTETS)
        return true;
    return load_bulk_flush(b, f);
}

/* ---- sending ---- */

/* Why a row was refused, in the words of one that goes in by itself. */
static void tell(const struct value *of_row, struct ask_loaded loaded, struct tool_failure *f)
{
    if (loaded.value == ASK_LOADER_ROW)
        (void)tool_jet_fail(f, loaded.err, "inserting the row");
    else
        (void)tool_jet_fail(f, loaded.err, "setting the column %s",
                            of_row[loaded.value].column->name);
}

static bool tell_refused(struct load_bulk *b, struct tool_failure *f)
{
    const struct value *of_row = b->values;

    for (unsigned i = 0; i < b->rows; of_row += b->counts[i++]) {
        if (b->loaded[i].err >= JET_errSuccess)
            continue;
        if (b->loaded[i].value >= b->counts[i])
            b->loaded[i].value = ASK_LOADER_ROW; /* or a server that cannot count */
        tell(of_row, b->loaded[i], f);
        if (!b->refused(b->self, b->lines[i], f))
            return false;
    }
    return true;
}

/* Of a text without an octet, too: not null. */
static const char *place_of(const struct load_bulk *b, const struct value *v)
{
    return b->text.data != NULL ? b->text.data + v->at : "";
}

static bool send(struct load_bulk *b, struct tool_failure *f)
{
    struct ask_value *values = mem_alloc((b->whole_values + 1) * sizeof *values);
    struct ask_failure why = {0};
    bool ok = values != NULL;

    if (!ok)
        return tool_jet_fail(f, JET_errOutOfMemory, "sending rows");
    for (size_t i = 0; i < b->whole_values; i++) {
        const struct value *v = &b->values[i];

        values[i] = (struct ask_value){.column = v->column->id,
                                       .itag = v->number == 1 ? 1 : 0,
                                       .data = v->null ? NULL : place_of(b, v),
                                       .size = (uint32_t)v->size,
                                       .empty = !v->null && v->size == 0};
    }
    ok = ask_loader_load(b->loader, b->prep, b->rows, b->counts, values, b->loaded, &why) ||
         failed(f, &why, "sending rows");
    mem_free(values);
    return ok;
}

bool load_bulk_flush(struct load_bulk *b, struct tool_failure *f)
{
    bool ok = b->rows == 0 || (send(b, f) && tell_refused(b, f));

    b->rows = 0;
    b->value_count = b->whole_values = 0;
    b->text.size = b->whole_octets = 0;
    return ok;
}

static bool send_before(struct load_bulk *b, struct tool_failure *f)
{
    size_t count = b->value_count - b->whole_values, octets = b->text.size - b->whole_octets;
    size_t values_at = b->whole_values, octets_at = b->whole_octets;

    if (!load_bulk_flush(b, f))
        return false;
    memmove(b->values, b->values + values_at, count * sizeof *b->values);
    if (octets > 0)
        memmove(b->text.data, b->text.data + octets_at, octets);
    for (size_t i = 0; i < count; i++)
        b->values[i].at -= octets_at;
    b->value_count = count;
    b->text.size = octets;
    return true;
}

bool load_bulk_commit(struct load_bulk *b, JET_GRBIT grbit, struct tool_failure *f)
{
    struct ask_failure why = {0};

    return load_bulk_flush(b, f) &&
           (ask_loader_commit(b->loader, grbit, &why) || failed(f, &why, "committing rows"));
}
