/* SPDX-License-Identifier: Apache-2.0
 *
 * load_csv.c - CSV as RFC 4180 has it
 *
 * A field in quotes is text, "" in it is one quote, and separators and ends of lines in it are its
 * own. A field of nothing is NULL; "" is an empty value.
 */
#include "tool/load.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>

void load_record_clear(struct load_record *r)
{
    r->count = 0;
    r->text.size = 0;
}

void load_record_fini(struct load_record *r)
{
    tool_text_fini(&r->text);
    mem_free(r->values);
    memset(r, 0, sizeof *r);
}

bool load_record_add(struct load_record *r, const struct tool_column *c, enum load_kind kind,
                     size_t at)
{
    struct load_value *grown = NULL;
    size_t room = r->room > 0 ? 2 * r->room : 16;

    if (r->count == r->room) {
        grown = mem_grow(r->values, room * sizeof *grown);
        if (grown == NULL)
            return false;
        r->values = grown;
        r->room = room;
    }
    r->values[r->count++] =
        (struct load_value){.column = c, .kind = kind, .at = at, .size = r->text.size - at};
    return !r->text.failed;
}

/* ---- fields ---- */

enum field_end { FIELD_MORE, FIELD_LAST, FIELD_EOF, FIELD_STRAY, FIELD_OPEN, FIELD_TOO_BIG };

static void add_octet(struct tool_text *t, int c)
{
    char octet = (char)c;

    tool_text_add(t, &octet, 1);
}

/* After the opening quote, to after the closing one. */
static enum field_end take_quoted(struct load_source *s, struct tool_text *to)
{
    int c = 0;

    while ((c = getc_unlocked(s->in)) != EOF) {
        if (c == '\n')
            s->line++;
        if (c == '"') {
            c = getc_unlocked(s->in);
            if (c != '"') {
                if (c != EOF)
                    (void)ungetc(c, s->in);
                return FIELD_MORE;
            }
        }
        if (to->size >= LOAD_RECORD_MAX)
            return FIELD_TOO_BIG;
        add_octet(to, c);
    }
    return FIELD_OPEN;
}

/* What ends the field: a separator, an end of line, the end of the file. */
static bool is_end(struct load_source *s, int c, enum field_end *ret_end)
{
    if (c == '\r') {
        int next = getc_unlocked(s->in);

        if (next == '\n')
            c = next;
        else if (next != EOF)
            (void)ungetc(next, s->in);
    }
    if (c == '\n')
        s->line++;
    *ret_end = c == EOF ? FIELD_EOF : c == '\n' ? FIELD_LAST : FIELD_MORE;
    return c == EOF || c == '\n' || c == (unsigned char)s->separator;
}

/* One field added to `to`. */
static enum field_end take_field(struct load_source *s, struct tool_text *to, bool *ret_quoted)
{
    enum field_end end = FIELD_MORE;
    int c = getc_unlocked(s->in);

    *ret_quoted = c == '"';
    if (*ret_quoted) {
        end = take_quoted(s, to);
        if (end != FIELD_MORE)
            return end;
        c = getc_unlocked(s->in);
        return is_end(s, c, &end) ? end : FIELD_STRAY;
    }
    while (!is_end(s, c, &end)) {
        if (to->size >= LOAD_RECORD_MAX)
            return FIELD_TOO_BIG;
        add_octet(to, c);
        c = getc_unlocked(s->in);
    }
    return end;
}

static void skip_line(struct load_source *s)
{
    int c = 0;

    while ((c = getc_unlocked(s->in)) != EOF && c != '\n')
        continue;
    s->line += c == '\n';
}

/* ---- records ---- */

static enum load_result bad_field(struct load_source *s, const struct load_record *r,
                                  enum field_end end, struct tool_failure *f)
{
    if (end == FIELD_STRAY) {
        skip_line(s);
        (void)tool_fail(f, "field %zu: text after the closing quote", r->count + 1);
    } else if (end == FIELD_OPEN) {
        (void)tool_fail(f, "field %zu: the file ends before the closing quote", r->count + 1);
    } else {
        (void)tool_fail(f, "%s: line %lu: a record of more than %zu MiB", s->name, r->line,
                        LOAD_RECORD_MAX >> 20);
        return LOAD_FAILED;
    }
    return LOAD_BAD;
}

static enum load_result read_failed(const struct load_source *s, struct tool_failure *f)
{
    (void)tool_fail(f, "%s: line %lu: cannot read: %s", s->name, s->line, strerror(errno));
    return LOAD_FAILED;
}

/* The fields of one record, whatever their number; a value of a skipped field has no column. */
static enum load_result read_fields(struct load_source *s, struct load_record *r,
                                    struct tool_failure *f)
{
    enum field_end end = FIELD_MORE;

    load_record_clear(r);
    r->line = s->line;
    do {
        size_t at = r->text.size;
        bool quoted = false;

        end = take_field(s, &r->text, &quoted);
        if (end == FIELD_EOF && ferror(s->in))
            return read_failed(s, f);
        if (end > FIELD_EOF)
            return bad_field(s, r, end, f);
        if (end == FIELD_EOF && r->count == 0 && r->text.size == at && !quoted)
            return LOAD_END;
        if (!load_record_add(r, r->count < s->field_count ? s->fields[r->count] : NULL,
                             quoted || r->text.size > at ? LOAD_TEXT : LOAD_NULL, at)) {
            (void)tool_fail(f, "out of memory for the record of line %lu", r->line);
            return LOAD_FAILED;
        }
    } while (end == FIELD_MORE);
    return LOAD_ROW;
}

enum load_result load_csv_read(struct load_source *s, struct load_record *r, struct tool_failure *f)
{
    enum load_result result = LOAD_ROW;
    bool blank = false;
    size_t kept = 0;

    do {
        result = read_fields(s, r, f);
        /* An empty line is no record, save where a record has one field. */
        blank = result == LOAD_ROW && r->count == 1 && r->values[0].kind == LOAD_NULL &&
                s->field_count != 1;
    } while (blank);
    if (result != LOAD_ROW)
        return result;
    if (r->count != s->field_count) {
        (void)tool_fail(f, "%zu fields instead of %zu", r->count, s->field_count);
        return LOAD_BAD;
    }
    for (size_t i = 0; i < r->count; i++)
        if (r->values[i].column != NULL)
            r->values[kept++] = r->values[i];
    r->count = kept;
    return LOAD_ROW;
}

/* ---- what the fields are ---- */

static bool add_field(struct load_source *s, const char *name, size_t size, struct tool_failure *f)
{
    const struct tool_column **grown = NULL, *c = NULL;
    char copy[TOOL_NAME_MAX + 1];

    if (size > 0) {
        (void)snprintf(copy, sizeof copy, "%.*s", (int)(size < sizeof copy ? size : TOOL_NAME_MAX),
                       name);
        c = tool_column_find(s->table, copy);
        if (c == NULL)
            return tool_fail(f,
                             "%s: the table %s has no column \"%s\"; --columns A,B,,D names the "
                             "fields, an empty name skips one",
                             s->name, s->table->name, copy);
    }
    grown = mem_grow(s->fields, (s->field_count + 1) * sizeof *grown);
    if (grown == NULL)
        return tool_fail(f, "out of memory");
    s->fields = grown;
    s->fields[s->field_count++] = c;
    return true;
}

static bool fields_of_header(struct load_source *s, struct tool_failure *f)
{
    struct load_record r = {0};
    enum load_result result = read_fields(s, &r, f);
    bool ok = result == LOAD_ROW;

    if (result == LOAD_END || result == LOAD_BAD)
        (void)tool_fail(f, "%s: line 1 is no header; --no-header if there is none", s->name);
    for (size_t i = 0; ok && i < r.count; i++)
        ok = add_field(s, r.text.data != NULL ? r.text.data + r.values[i].at : "", r.values[i].size,
                       f);
    load_record_fini(&r);
    return ok;
}

bool load_csv_begin(struct load_source *s, const char *names, bool header, struct tool_failure *f)
{
    if (names != NULL) {
        if (header)
            skip_line(s);
        for (;;) {
            size_t n = strcspn(names, ",");

            if (!add_field(s, names, n, f))
                return false;
            if (names[n] == '\0')
                return true;
            names += n + 1;
        }
    }
    if (header)
        return fields_of_header(s, f);
    for (unsigned i = 0; i < s->table->column_count; i++)
        if (!add_field(s, s->table->columns[i].name, strlen(s->table->columns[i].name), f))
            return false;
    return true;
}
