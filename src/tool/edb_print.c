/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_print.c - headers, tables and rows of an .edb file in three formats
 */
#include "tool/edb_print.h"

#include "ese/format/bytes.h"

#include <inttypes.h>

static void print_signature(FILE *out, const uint8_t s[28])
{
    (void)fprintf(out, "%08" PRIx32 " of %u-%02u-%02u %02u:%02u:%02u", ese_get_u32(s), 1900u + s[9],
                  s[8], s[7], s[6], s[5], s[4]);
}

static void print_header_text(FILE *out, const struct edb_file *f, const struct edb_header *h)
{
    (void)fprintf(out, "format            0x%" PRIx32 ".%" PRIu32 ".%" PRIu32 "\n", h->version,
                  h->update_major, h->update_minor);
    (void)fprintf(out, "created as        0x%" PRIx32 ".%" PRIu32 "\n", h->created_version,
                  h->created_update);
    (void)fprintf(out, "state             %s\n", edb_state_text(h->state));
    (void)fprintf(out, "page size         %" PRIu32 "\n", h->page_size);
    (void)fprintf(out, "pages             %" PRIu32 "\n", edb_file_page_count(f));
    (void)fprintf(out, "database time     %" PRIu64 "\n", h->dbtime);
    (void)fprintf(out, "last object id    %" PRIu32 "\n", h->last_objid);
    (void)fprintf(out, "logs required     %" PRIu32 "-%" PRIu32 ", committed %" PRIu32 "\n",
                  h->log_min_required, h->log_max_required, h->log_max_committed);
    (void)fprintf(out, "repairs           %" PRIu32 "\n", h->repair_count);
    (void)fprintf(out,
                  "written by        Windows %" PRIu32 ".%" PRIu32 ".%" PRIu32 " sp%" PRIu32 "\n",
                  h->os_major, h->os_minor, h->os_build, h->os_service_pack);
    (void)fputs("signature         ", out);
    print_signature(out, h->db_signature);
    (void)fputs("\nlog signature     ", out);
    print_signature(out, h->log_signature);
    (void)fputc('\n', out);
    if (h->from_shadow)
        (void)fputs("note              the header is damaged; its shadow was used\n", out);
    if (edb_file_shadow_reason(f) != NULL)
        (void)fprintf(out, "note              the catalog is damaged; its shadow was used (%s)\n",
                      edb_file_shadow_reason(f));
    (void)fputc('\n', out);
}

static void print_header_fields(FILE *out, const struct edb_header *h, const char *form_number,
                                const char *form_text)
{
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        {"version", h->version},
        {"update", h->update_major},
        {"update_minor", h->update_minor},
        {"created_version", h->created_version},
        {"created_update", h->created_update},
        {"page_size", h->page_size},
        {"last_objid", h->last_objid},
        {"os_major", h->os_major},
        {"os_minor", h->os_minor},
        {"os_build", h->os_build},
        {"os_service_pack", h->os_service_pack},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)fprintf(out, form_number, numbers[i].name, numbers[i].value);
    (void)fprintf(out, form_text, "state", edb_state_text(h->state));
}

void edb_print_header(FILE *out, enum edb_print_format format, const struct edb_file *f)
{
    const struct edb_header *h = edb_file_header(f);

    switch (format) {
    case EDB_PRINT_TEXT: print_header_text(out, f, h); break;
    case EDB_PRINT_JSON:
        (void)fputc('{', out);
        print_header_fields(out, h, "\"%s\": %u, ", "\"%s\": \"%s\"");
        (void)fputc('}', out);
        break;
    case EDB_PRINT_TRUTH:
        print_header_fields(out, h, "header\t%s\t%u\n", "header\t%s\t%s\n");
        break;
    }
}

/* --- schema --- */

static void print_columns_text(FILE *out, const struct edb_table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];

        (void)fprintf(out, "  column %5u %-16s ", c->id, ese_coltyp_name(c->coltyp));
        edb_print_name(out, c->name);
        if (c->flags & ESE_FIELD_NOT_NULL)
            (void)fputs(" not null", out);
        if (c->flags & ESE_FIELD_AUTOINCREMENT)
            (void)fputs(" autoincrement", out);
        if (c->flags & ESE_FIELD_MULTI_VALUED)
            (void)fputs(" multi-valued", out);
        if (c->derived)
            (void)fputs(" derived", out);
        if (c->has_default) {
            (void)fputs(" default ", out);
            edb_print_value(out, c, &c->value_default);
        }
        (void)fputc('\n', out);
    }
}

static void print_segments(FILE *out, const struct edb_table *t, const struct ese_index *d)
{
    for (uint8_t i = 0; i < d->segment_count; i++) {
        const struct ese_index_segment *s = &d->segments[i];
        const struct ese_column *c = edb_column_find(t, s->column_id, s->derived);

        (void)fprintf(out, " %c", s->descending ? '-' : '+');
        if (c != NULL)
            edb_print_name(out, c->name);
        else
            (void)fprintf(out, "%u", s->column_id);
    }
}

static void print_table_text(FILE *out, const struct edb_table *t)
{
    (void)fputs("table ", out);
    edb_print_name(out, t->name);
    (void)fprintf(out, " objid %" PRIu32 " root %" PRIu32 " flags 0x%" PRIx32, t->objid, t->root,
                  t->flags);
    if (t->lv_root != 0)
        (void)fprintf(out, " long values %" PRIu32, t->lv_root);
    if (t->template_name != NULL) {
        (void)fputs(" from ", out);
        edb_print_name(out, t->template_name);
    }
    (void)fputc('\n', out);
    print_columns_text(out, t);
    for (size_t i = 0; i < t->index_count; i++) {
        const struct edb_index *x = &t->indexes[i];

        (void)fputs("  index ", out);
        edb_print_name(out, x->def.name);
        (void)fprintf(out, " objid %" PRIu32 " root %" PRIu32 "%s%s", x->def.objid, x->root,
                      x->def.flags & ESE_INDEX_PRIMARY ? " primary" : "",
                      x->def.flags & ESE_INDEX_UNIQUE ? " unique" : "");
        print_segments(out, t, &x->def);
        (void)fputc('\n', out);
    }
}

static void print_table_json(FILE *out, const struct edb_table *t)
{
    (void)fputs("{\"name\": ", out);
    edb_print_name(out, t->name);
    (void)fprintf(out, ", \"objid\": %" PRIu32 ", \"root\": %" PRIu32 ", \"flags\": %" PRIu32,
                  t->objid, t->root, t->flags);
    (void)fputs(",\n \"columns\": [", out);
    for (size_t i = 0; i < t->column_count; i++) {
        const struct ese_column *c = &t->columns[i];

        (void)fprintf(out, "%s\n  {\"id\": %u, \"name\": ", i > 0 ? "," : "", c->id);
        edb_print_name(out, c->name);
        (void)fprintf(out, ", \"type\": \"%s\", \"size\": %" PRIu32 ", \"flags\": %" PRIu32 "}",
                      ese_coltyp_name(c->coltyp), c->size_max, c->flags);
    }
    (void)fputs("],\n \"indexes\": [", out);
    for (size_t i = 0; i < t->index_count; i++) {
        const struct ese_index *d = &t->indexes[i].def;

        (void)fprintf(out, "%s\n  {\"name\": ", i > 0 ? "," : "");
        edb_print_name(out, d->name);
        (void)fprintf(out, ", \"flags\": %" PRIu32 ", \"columns\": [", d->flags);
        for (uint8_t k = 0; k < d->segment_count; k++)
            (void)fprintf(out, "%s%s%u", k > 0 ? ", " : "", d->segments[k].descending ? "-" : "",
                          d->segments[k].column_id);
        (void)fputs("]}", out);
    }
    (void)fputc(']', out);
}

static void print_table_truth(FILE *out, const struct edb_table *t)
{
    (void)fprintf(out, "table\t%s\n", t->name);
    for (size_t i = 0; i < t->column_count; i++)
        (void)fprintf(out, "column\t%u\t%u\t%s\n", t->columns[i].id, t->columns[i].coltyp,
                      t->columns[i].name);
}

/* --- rows --- */

/* One column of the row; what surrounds it is the format's. */
static enum edb_status print_values_truth(FILE *out, struct edb_scan *s, const struct ese_column *c,
                                          const struct ese_field *f)
{
    enum edb_status status = EDB_OK;

    (void)fprintf(out, "%u:%s", c->id, f->count == 0 ? "N" : "");
    for (uint32_t i = 0; i < f->count && status == EDB_OK; i++) {
        struct ese_bytes b;

        status = edb_scan_value(s, c, f, i, &b);
        if (status == EDB_OK) {
            (void)fputs(i > 0 ? ",=" : "=", out);
            edb_print_hex(out, &b);
        }
    }
    return status;
}

static enum edb_status print_values_json(FILE *out, struct edb_scan *s, const struct ese_column *c,
                                         const struct ese_field *f)
{
    bool list = f->count > 1;
    enum edb_status status = EDB_OK;

    if (f->count == 0)
        (void)fputs("null", out);
    if (list)
        (void)fputc('[', out);
    for (uint32_t i = 0; i < f->count && status == EDB_OK; i++) {
        struct ese_bytes b;

        status = edb_scan_value(s, c, f, i, &b);
        if (i > 0)
            (void)fputs(", ", out);
        if (status == EDB_OK)
            edb_print_value(out, c, &b);
        else
            (void)fputs("null", out); /* keeps what is printed well formed */
    }
    if (list)
        (void)fputc(']', out);
    return status;
}

/* What stands before the first column, between two, and behind the last one. */
static const struct {
    const char *row_start, *row_next, *row_end, *column_between;
} frames[] = {
    [EDB_PRINT_TEXT] = {"  row\n", "  row\n", "", ""},
    [EDB_PRINT_JSON] = {"\n  {", ",\n  {", "}", ", "},
    [EDB_PRINT_TRUTH] = {"row\t", "row\t", "\n", "|"},
};

static enum edb_status print_column(FILE *out, enum edb_print_format format, struct edb_scan *s,
                                    const struct ese_column *c, const struct ese_field *f)
{
    enum edb_status status;

    if (format == EDB_PRINT_TRUTH)
        return print_values_truth(out, s, c, f);
    if (format == EDB_PRINT_TEXT)
        (void)fputs("    ", out);
    edb_print_name(out, c->name);
    (void)fputs(": ", out);
    status = print_values_json(out, s, c, f);
    if (format == EDB_PRINT_TEXT)
        (void)fputc('\n', out);
    return status;
}

/* NULL columns are left out for people. */
static enum edb_status print_row(FILE *out, enum edb_print_format format, struct edb_scan *s,
                                 const struct edb_table *t)
{
    enum edb_status status = EDB_OK;

    for (size_t i = 0; i < t->column_count && status == EDB_OK; i++) {
        const struct ese_column *c = &t->columns[i];
        struct ese_field f;

        status = edb_scan_field(s, c, &f);
        if (status != EDB_OK || (format == EDB_PRINT_TEXT && f.count == 0))
            continue;
        if (i > 0)
            (void)fputs(frames[format].column_between, out);
        status = print_column(out, format, s, c, &f);
    }
    return status;
}

static enum edb_status print_rows(FILE *out, enum edb_print_format format, struct edb_file *f,
                                  const struct edb_table *t)
{
    struct edb_scan *scan = NULL;
    bool first = true;
    enum edb_status s = edb_scan_open(f, t, &scan);

    while (s == EDB_OK) {
        s = edb_scan_next(scan);
        if (s != EDB_OK)
            break;
        (void)fputs(first ? frames[format].row_start : frames[format].row_next, out);
        first = false;
        s = print_row(out, format, scan, t);
        (void)fputs(frames[format].row_end, out);
    }
    edb_scan_close(scan);
    return s == EDB_END ? EDB_OK : s;
}

enum edb_status edb_print_table(FILE *out, enum edb_print_format format, struct edb_file *f,
                                const struct edb_table *t, bool rows)
{
    enum edb_status s = EDB_OK;

    switch (format) {
    case EDB_PRINT_TEXT: print_table_text(out, t); break;
    case EDB_PRINT_JSON: print_table_json(out, t); break;
    case EDB_PRINT_TRUTH: print_table_truth(out, t); break;
    }
    if (rows && format == EDB_PRINT_JSON)
        (void)fputs(",\n \"rows\": [", out);
    if (rows)
        s = print_rows(out, format, f, t);
    if (rows && format == EDB_PRINT_JSON)
        (void)fputc(']', out);
    if (format != EDB_PRINT_TRUTH)
        (void)fputs(format == EDB_PRINT_JSON ? "}" : "\n", out);
    return s;
}
