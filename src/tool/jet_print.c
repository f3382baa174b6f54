/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_print.c - rows as they are printed
 */
#include "tool/jet_print.h"

#include "base/mem.h"

#include <string.h>

#define TAGGED_FIRST 256
#define WIDE_TABLE   256 /* columns; beyond, less room for each */

bool tool_reader_init(struct tool_reader *r, JET_SESID session, JET_TABLEID cursor,
                      const struct tool_table *t, struct tool_failure *f)
{
    size_t room = t->column_count > WIDE_TABLE ? 64 : 1024;

    *r = (struct tool_reader){.session = session, .cursor = cursor, .table = t};
    r->columns = mem_alloc((t->column_count + 1) * sizeof *r->columns);
    r->buffer = mem_alloc((t->column_count + 1) * room);
    if (r->columns == NULL || r->buffer == NULL) {
        tool_reader_fini(r);
        return tool_fail(f, "out of memory for a row of %u columns", t->column_count);
    }
    for (unsigned i = 0; i < t->column_count; i++) {
        r->columns[i].columnid = t->columns[i].id;
        r->columns[i].pvData = r->buffer + i * room;
        r->columns[i].cbData = room;
        r->columns[i].itagSequence = 1;
    }
    return true;
}

void tool_reader_fini(struct tool_reader *r)
{
    mem_free(r->columns);
    mem_free(r->buffer);
    r->columns = NULL;
    r->buffer = NULL;
}

bool tool_reader_read(struct tool_reader *r, struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;

    if (r->table->column_count == 0)
        return true;
    err = JetRetrieveColumns(r->session, r->cursor, r->columns, r->table->column_count);
    if (err >= JET_errSuccess)
        return true;
    for (unsigned i = 0; i < r->table->column_count; i++)
        if (r->columns[i].err == err)
            return tool_jet_fail(f, err, "reading the column %s", r->table->columns[i].name);
    return tool_jet_fail(f, err, "reading a row of the table %s", r->table->name);
}

bool tool_reader_is_null(const struct tool_reader *r, unsigned column)
{
    return r->columns[column].err == JET_wrnColumnNull;
}

bool tool_reader_write(struct tool_reader *r, unsigned column, struct tool_writer *w,
                       struct tool_failure *f)
{
    const JET_RETRIEVECOLUMN *c = &r->columns[column];
    bool null = false;

    w->column = &r->table->columns[column];
    if (c->err == JET_wrnBufferTruncated)
        return tool_row_get(r->session, r->cursor, w->column, 1, tool_writer_piece, w, &null, f);
    if (c->err < JET_errSuccess)
        return tool_jet_fail(f, c->err, "reading the column %s", w->column->name);
    tool_writer_piece(w, c->pvData, c->cbActual, c->cbActual);
    return true;
}

bool tool_reader_write_more(struct tool_reader *r, unsigned column, unsigned number,
                            struct tool_writer *w, bool *ret_null, struct tool_failure *f)
{
    w->column = &r->table->columns[column];
    return tool_row_get(r->session, r->cursor, w->column, number, tool_writer_piece, w, ret_null,
                        f);
}

static bool is_left_out(const struct tool_column *c)
{
    return c->id >= TAGGED_FIRST && c->value_default.size == 0;
}

bool tool_reader_has_more(struct tool_reader *r, unsigned column)
{
    const struct tool_column *c = &r->table->columns[column];
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 2};
    unsigned long size = 0;
    JET_ERR err = JET_errSuccess;

    if (!(c->grbit & JET_bitColumnMultiValued))
        return false;
    err = JetRetrieveColumn(r->session, r->cursor, c->id, NULL, 0, &size, 0, &info);
    return err == JET_errSuccess || err == JET_wrnBufferTruncated;
}

static bool write_values(struct tool_reader *r, unsigned i, struct tool_writer *w,
                         struct tool_failure *f)
{
    const struct tool_column *c = &r->table->columns[i];
    bool null = false;

    if (!tool_reader_has_more(r, i))
        return tool_reader_write(r, i, w, f);
    (void)fputc('[', w->out);
    if (!tool_reader_write(r, i, w, f))
        return false;
    for (unsigned n = 2; !null; n++) {
        JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = n};
        unsigned long size = 0;
        JET_ERR err = JetRetrieveColumn(r->session, r->cursor, c->id, NULL, 0, &size, 0, &info);

        null = err == JET_wrnColumnNull;
        if (null)
            break;
        (void)fputs(", ", w->out);
        if (!tool_reader_write_more(r, i, n, w, &null, f))
            return false;
    }
    (void)fputc(']', w->out);
    return true;
}

bool tool_reader_json(struct tool_reader *r, FILE *out, enum tool_binary binary,
                      struct tool_failure *f)
{
    struct tool_writer w = {.out = out, .style = TOOL_STYLE_JSON, .binary = binary};
    const char *comma = "";

    (void)fputc('{', out);
    for (unsigned i = 0; i < r->table->column_count; i++) {
        const struct tool_column *c = &r->table->columns[i];
        bool null = tool_reader_is_null(r, i);

        if (null && is_left_out(c))
            continue;
        (void)fputs(comma, out);
        comma = ", ";
        tool_json_string(out, c->name, strlen(c->name));
        (void)fputs(": ", out);
        if (null)
            (void)fputs("null", out);
        else if (!write_values(r, i, &w, f))
            return false;
    }
    (void)fputc('}', out);
    return true;
}
