/* SPDX-License-Identifier: Apache-2.0
 *
 * load_json.c - JSON lines: one object a line, its members the columns
 *
 * A value is a string, a number, true, false, null, {"hex": "..."}, {"base64": "..."}, or a list of
 * these: one value each of a column with several. There is no deeper nesting and so no recursion.
 */
#include "tool/load.h"

#include <errno.h>
#include <string.h>

struct parser {
    const char *p, *end;
    const struct load_source *source;
    struct load_record *r;
    struct tool_failure *f;
};

static bool bad(struct parser *j, const char *what)
{
    size_t left = (size_t)(j->end - j->p);

    return tool_fail(j->f, "%s at \"%.*s\"", what, (int)(left < 30 ? left : 30), j->p);
}

static void skip_space(struct parser *j)
{
    while (j->p < j->end && strchr(" \t\r\n", *j->p) != NULL && *j->p != '\0')
        j->p++;
}

static bool accept(struct parser *j, char c)
{
    skip_space(j);
    if (j->p == j->end || *j->p != c)
        return false;
    j->p++;
    return true;
}

/* ---- strings ---- */

static bool take_hex4(struct parser *j, uint32_t *ret_unit)
{
    *ret_unit = 0;
    for (int i = 0; i < 4; i++, j->p++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *at = j->p < j->end && *j->p != '\0' ? strchr(digits, *j->p) : NULL;

        if (at == NULL)
            return bad(j, "\\u needs four hexadecimal digits");
        *ret_unit = *ret_unit << 4 | (uint32_t)((at - digits) % 16);
    }
    return true;
}

/* After "\u": a pair of surrogates is one character; a half alone stays itself. */
static bool take_unit(struct parser *j)
{
    uint32_t c = 0, low = 0;
    char octets[4];

    if (!take_hex4(j, &c))
        return false;
    if (c >= 0xd800 && c <= 0xdbff && j->end - j->p >= 6 && j->p[0] == '\\' && j->p[1] == 'u') {
        const char *mark = j->p;

        j->p += 2;
        if (!take_hex4(j, &low))
            return false;
        if (low >= 0xdc00 && low <= 0xdfff)
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        else
            j->p = mark;
    }
    tool_text_add(&j->r->text, octets, tool_utf8_put(c, octets));
    return true;
}

static bool take_escape(struct parser *j)
{
    static const char letters[] = "\"\\/bfnrt", octets[] = "\"\\/\b\f\n\r\t";
    const char *at = j->p < j->end && *j->p != '\0' ? strchr(letters, *j->p) : NULL;

    if (at != NULL) {
        tool_text_add(&j->r->text, &octets[at - letters], 1);
        j->p++;
        return true;
    }
    if (j->p == j->end || *j->p != 'u')
        return bad(j, "an unknown escape");
    j->p++;
    return take_unit(j);
}

/* A string, decoded to the end of the record's text. */
static bool take_string(struct parser *j)
{
    if (!accept(j, '"'))
        return bad(j, "expected a string");
    for (;;) {
        const char *start = j->p;

        while (j->p < j->end && *j->p != '"' && *j->p != '\\' && (unsigned char)*j->p >= 0x20)
            j->p++;
        tool_text_add(&j->r->text, start, (size_t)(j->p - start));
        if (j->p == j->end)
            return bad(j, "the line ends within a string");
        if (*j->p == '"') {
            j->p++;
            return true;
        }
        if (*j->p++ != '\\')
            return bad(j, "a control character within a string");
        if (!take_escape(j))
            return false;
    }
}

/* ---- values ---- */

static bool add(struct parser *j, const struct tool_column *c, enum load_kind kind, size_t at)
{
    return load_record_add(j->r, c, kind, at) || tool_fail(j->f, "out of memory");
}

/* A number, true, false or null. */
static bool take_bare(struct parser *j, const struct tool_column *c)
{
    const char *start = j->p;
    size_t at = j->r->text.size, n = 0;

    while (j->p < j->end && *j->p != '\0' &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *j->p) != NULL)
        j->p++;
    n = (size_t)(j->p - start);
    if (n == 4 && memcmp(start, "null", 4) == 0)
        return add(j, c, LOAD_NULL, at);
    if (n == 0 ||
        (strchr("-0123456789", *start) == NULL && !(n == 4 && memcmp(start, "true", 4) == 0) &&
         !(n == 5 && memcmp(start, "false", 5) == 0))) {
        j->p = start;
        return bad(j, "expected a value");
    }
    tool_text_add(&j->r->text, start, n);
    return add(j, c, LOAD_TEXT, at);
}

/* {"hex": "..."} or {"base64": "..."}, after the brace. */
static bool take_raw(struct parser *j, const struct tool_column *c)
{
    size_t key = j->r->text.size, at = 0;
    enum load_kind kind = LOAD_HEX;

    if (!take_string(j))
        return false;
    at = j->r->text.size;
    if (at - key == 6 && memcmp(j->r->text.data + key, "base64", 6) == 0)
        kind = LOAD_BASE64;
    else if (at - key != 3 || memcmp(j->r->text.data + key, "hex", 3) != 0)
        return bad(j, "a value can only be an object of \"hex\" or \"base64\"");
    if (!accept(j, ':') || !take_string(j) || !accept(j, '}'))
        return bad(j, "expected {\"hex\": \"...\"}");
    return add(j, c, kind, at);
}

static bool take_scalar(struct parser *j, const struct tool_column *c)
{
    size_t at = j->r->text.size;

    skip_space(j);
    if (accept(j, '{'))
        return take_raw(j, c);
    if (j->p < j->end && *j->p == '"')
        return take_string(j) && add(j, c, LOAD_TEXT, at);
    return take_bare(j, c);
}

static bool take_value(struct parser *j, const struct tool_column *c)
{
    if (!accept(j, '['))
        return take_scalar(j, c);
    if (accept(j, ']'))
        return true;
    do {
        if (!take_scalar(j, c))
            return false;
    } while (accept(j, ','));
    return accept(j, ']') || bad(j, "expected , or ]");
}

static bool take_member(struct parser *j)
{
    size_t at = j->r->text.size;
    const struct tool_column *c = NULL;
    char name[TOOL_NAME_MAX + 1] = "";

    if (!take_string(j))
        return false;
    if (j->r->text.failed)
        return tool_fail(j->f, "out of memory");
    if (j->r->text.size - at < sizeof name && j->r->text.size > at)
        memcpy(name, j->r->text.data + at, j->r->text.size - at);
    j->r->text.size = at;
    c = tool_column_find(j->source->table, name);
    if (c == NULL)
        return tool_fail(j->f, "the table %s has no column \"%s\"", j->source->table->name, name);
    for (size_t i = 0; i < j->r->count; i++)
        if (j->r->values[i].column == c)
            return tool_fail(j->f, "the column %s stands there twice", name);
    if (!accept(j, ':'))
        return bad(j, "expected :");
    return take_value(j, c);
}

static bool take_object(struct parser *j)
{
    if (!accept(j, '{'))
        return bad(j, "expected an object, {\"COLUMN\": VALUE, ...}");
    if (!accept(j, '}')) {
        do {
            if (!take_member(j))
                return false;
        } while (accept(j, ','));
        if (!accept(j, '}'))
            return bad(j, "expected , or }");
    }
    skip_space(j);
    return j->p == j->end || bad(j, "text after the object");
}

/* ---- lines ---- */

static enum load_result read_line(struct load_source *s, struct tool_failure *f)
{
    int c = 0;

    s->json.size = 0;
    while ((c = getc_unlocked(s->in)) != EOF && c != '\n') {
        char octet = (char)c;

        if (s->json.size >= LOAD_RECORD_MAX) {
            (void)tool_fail(f, "%s: line %lu: longer than %zu MiB", s->name, s->line,
                            LOAD_RECORD_MAX >> 20);
            return LOAD_FAILED;
        }
        tool_text_add(&s->json, &octet, 1);
    }
    if (ferror(s->in) || s->json.failed) {
        (void)tool_fail(f, "%s: line %lu: %s", s->name, s->line,
                        s->json.failed ? "out of memory" : strerror(errno));
        return LOAD_FAILED;
    }
    s->line++;
    return c == EOF && s->json.size == 0 ? LOAD_END : LOAD_ROW;
}

enum load_result load_json_read(struct load_source *s, struct load_record *r,
                                struct tool_failure *f)
{
    struct parser j = {.source = s, .r = r, .f = f};
    enum load_result result = LOAD_ROW;

    do {
        load_record_clear(r);
        r->line = s->line;
        result = read_line(s, f);
        if (result != LOAD_ROW)
            return result;
        j.p = s->json.data != NULL ? s->json.data : "";
        j.end = j.p + s->json.size;
        skip_space(&j);
    } while (j.p == j.end);
    return take_object(&j) ? LOAD_ROW : LOAD_BAD;
}
