/* SPDX-License-Identifier: Apache-2.0
 *
 * scan.c - the rows of a table and their values as plain bytes
 */
#include "ese/edb/edb_internal.h"

#include "ese/format/compress.h"

#include <stdio.h>
#include <string.h>

struct edb_scan {
    struct edb_file *file;
    const struct edb_table *table;
    struct edb_cursor cursor;
    struct ese_record record;
    struct edb_lv_reader lv;
    struct edb_buffer value; /* of the last edb_scan_value */
    char what[2 * ESE_NAME_MAX];
};

enum edb_status edb_scan_open(struct edb_file *f, const struct edb_table *t,
                              struct edb_scan **ret_scan)
{
    struct edb_scan *s = mem_alloc(sizeof *s);
    enum edb_status status;

    if (s == NULL)
        return edb_fail_memory(f);
    s->file = f;
    s->table = t;
    (void)snprintf(s->what, sizeof s->what, "table %s", t->name);
    status = edb_cursor_init(&s->cursor, f, t->root, t->objid, s->what);
    if (status != EDB_OK)
        mem_free(s);
    else
        *ret_scan = s;
    return status;
}

void edb_scan_close(struct edb_scan *take_scan)
{
    if (take_scan == NULL)
        return;
    edb_cursor_fini(&take_scan->cursor);
    edb_lv_reader_fini(&take_scan->lv);
    mem_free(take_scan->value.data);
    mem_free(take_scan);
}

static uint32_t current_page(const struct edb_scan *s)
{
    return s->cursor.levels[s->cursor.depth - 1].page.number;
}

enum edb_status edb_scan_next(struct edb_scan *s)
{
    enum edb_status status = edb_cursor_next(&s->cursor);
    const struct ese_bytes *b = &s->cursor.node.data;

    if (status != EDB_OK)
        return status;
    if (ese_record_open(&s->record, b->data, b->size,
                        ese_record_form_of(s->file->header.page_size)) != ESE_FORMAT_OK)
        return edb_fail(s->file, EDB_CORRUPT, current_page(s), "a row of %s is not a record",
                        s->what);
    return EDB_OK;
}

const struct ese_record *edb_scan_record(const struct edb_scan *s)
{
    return &s->record;
}

struct ese_bytes edb_scan_key(const struct edb_scan *s)
{
    return (struct ese_bytes){s->cursor.key, s->cursor.key_size};
}

static enum edb_status fail_column(struct edb_scan *s, const struct ese_column *column,
                                   enum ese_format_status why)
{
    return edb_fail(s->file, why == ESE_FORMAT_UNSUPPORTED ? EDB_UNSUPPORTED : EDB_CORRUPT,
                    current_page(s), "column %s of a row of %s: %s", column->name, s->what,
                    ese_format_status_text(why));
}

enum edb_status edb_scan_field(struct edb_scan *s, const struct ese_column *column,
                               struct ese_field *ret_field)
{
    enum ese_format_status status = ese_record_field(&s->record, column, ret_field);

    if (status != ESE_FORMAT_OK)
        return fail_column(s, column, status);
    if (ret_field->presence != ESE_ABSENT)
        return EDB_OK;
    *ret_field = (struct ese_field){.presence = ESE_NULL};
    if (column->has_default)
        *ret_field = (struct ese_field){
            .presence = ESE_PRESENT, .count = 1, .stored = column->value_default};
    return EDB_OK;
}

static enum edb_status decompress(struct edb_scan *s, const struct ese_column *column,
                                  const struct ese_value *v)
{
    size_t size = 0;
    enum ese_format_status status = ese_decompressed_size(v->data, v->size, &size);
    uint8_t *out;

    if (status != ESE_FORMAT_OK)
        return fail_column(s, column, status);
    out = edb_buffer_reserve(&s->value, size);
    if (out == NULL)
        return edb_fail_memory(s->file);
    status = ese_decompress(v->data, v->size, out, size, &size);
    if (status != ESE_FORMAT_OK)
        return fail_column(s, column, status);
    s->value.size += size;
    return EDB_OK;
}

enum edb_status edb_scan_value(struct edb_scan *s, const struct ese_column *column,
                               const struct ese_field *field, uint32_t i,
                               struct ese_bytes *ret_value)
{
    struct ese_value v;
    enum ese_format_status status = ese_field_value(field, i, &v);
    enum edb_status outcome = EDB_OK;

    if (status != ESE_FORMAT_OK)
        return fail_column(s, column, status);
    if (field->flags & ESE_TAGGED_ENCRYPTED)
        return edb_fail(s->file, EDB_UNSUPPORTED, current_page(s),
                        "column %s of %s is encrypted; its key is not part of the file",
                        column->name, s->what);
    s->value.size = 0;
    if (!v.separated && !v.compressed) {
        *ret_value = (struct ese_bytes){v.data, v.size};
        return EDB_OK;
    }
    if (v.separated)
        outcome = edb_lv_read(&s->lv, s->file, s->table, &v, &s->value);
    else
        outcome = decompress(s, column, &v);
    if (outcome == EDB_OK)
        *ret_value = (struct ese_bytes){s->value.data, s->value.size};
    return outcome;
}
