/* SPDX-License-Identifier: Apache-2.0
 *
 * diag.c - memory, names and error messages of a compilation
 *
 * A message shows the author's own line. Tokens know their place in the preprocessed text, where
 * macros are replaced and blanks are squeezed, so the column is found by looking for the same token,
 * counted from the left, in the line of the file; a token that only a macro made is shown in the
 * preprocessed line.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "idl/idl.h"

void idl_stop(struct idl_compilation *c)
{
    longjmp(c->stop, 1);
}

void *idl_alloc(struct idl_compilation *c, size_t size)
{
    void *p = arena_alloc(&c->arena, size == 0 ? 1 : size);

    if (p == NULL) {
        fprintf(c->messages, "holdfast idl: error: out of memory [IDL%03d]\n", IDL_E_LIMIT);
        c->errors++;
        idl_stop(c);
    }
    return p;
}

char *idl_strndup(struct idl_compilation *c, const char *s, size_t n)
{
    char *p = idl_alloc(c, n + 1);

    memcpy(p, s, n);
    return p;
}

char *idl_vprintf(struct idl_compilation *c, const char *format, va_list args)
{
    char small[256], *p = small;
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(small, sizeof small, format, args);
    if (n >= (int)sizeof small) {
        p = idl_alloc(c, (size_t)n + 1);
        (void)vsnprintf(p, (size_t)n + 1, format, again);
    } else {
        p = idl_strndup(c, small, n < 0 ? 0 : (size_t)n);
    }
    va_end(again);
    return p;
}

char *idl_printf(struct idl_compilation *c, const char *format, ...)
{
    va_list args;
    char *p;

    va_start(args, format);
    p = idl_vprintf(c, format, args);
    va_end(args);
    return p;
}

static void names_grow(struct idl_compilation *c)
{
    uint32_t room = c->name_room == 0 ? 256 : c->name_room * 2;
    struct idl_name **table = idl_alloc(c, room * sizeof *table);

    for (uint32_t i = 0; i < c->name_room; i++) {
        struct idl_name *next;

        for (struct idl_name *n = c->names[i]; n != NULL; n = next) {
            next = n->next;
            n->next = table[n->hash & (room - 1)];
            table[n->hash & (room - 1)] = n;
        }
    }
    c->names = table;
    c->name_room = room;
}

struct idl_name *idl_intern(struct idl_compilation *c, const char *s, size_t n)
{
    uint32_t hash = 2166136261u;
    struct idl_name *name;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)s[i]) * 16777619u;
    if (c->name_count >= c->name_room)
        names_grow(c);
    for (name = c->names[hash & (c->name_room - 1)]; name != NULL; name = name->next)
        if (name->hash == hash && name->length == n && memcmp(name->text, s, n) == 0)
            return name;
    name = IDL_NEW(c, struct idl_name);
    name->text = idl_strndup(c, s, n);
    name->length = (uint32_t)n;
    name->hash = hash;
    name->next = c->names[hash & (c->name_room - 1)];
    c->names[hash & (c->name_room - 1)] = name;
    c->name_count++;
    return name;
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void read_file_text(struct idl_compilation *c, struct idl_file *f)
{
    FILE *in;
    long size;

    f->tried = true;
    in = fopen(f->path, "rbe");
    if (in == NULL)
        return;
    if (fseek(in, 0, SEEK_END) == 0 && (size = ftell(in)) > 0 && size <= IDL_LIMIT_SOURCE &&
        fseek(in, 0, SEEK_SET) == 0) {
        f->text = mem_alloc((size_t)size + 1);
        if (f->text != NULL)
            f->size = fread(f->text, 1, (size_t)size, in);
    }
    fclose(in);
    (void)c;
}

static size_t line_length(const char *s, const char *end)
{
    const char *p = s;

    while (p < end && *p != '\n' && *p != '\r' && *p != '\0')
        p++;
    return (size_t)(p - s);
}

static const char *file_line(struct idl_compilation *c, struct idl_file *f, uint32_t line,
                             size_t *ret_length)
{
    const char *p, *end;

    if (!f->tried)
        read_file_text(c, f);
    if (f->text == NULL)
        return NULL;
    p = f->text;
    end = f->text + f->size;
    for (uint32_t i = 1; i < line; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p == NULL)
            return NULL;
        p++;
    }
    *ret_length = line_length(p, end);
    return p;
}

static bool is_word(char ch)
{
    return isalnum((unsigned char)ch) || ch == '_';
}

/* The n-th (from 0) place in a line where `token` stands as a token of its own, or length. */
static size_t find_token(const char *line, size_t length, const char *token, size_t n_token,
                         uint32_t n)
{
    for (size_t i = 0; i + n_token <= length; i++) {
        if (i + 1 < length && line[i] == '/' && line[i + 1] == '/')
            break;
        if (i + 1 < length && line[i] == '/' && line[i + 1] == '*') {
            for (i += 2; i + 1 < length && !(line[i] == '*' && line[i + 1] == '/');)
                i++;
            i++;
            continue;
        }
        if (memcmp(line + i, token, n_token) != 0)
            continue;
        if (is_word(token[0]) && ((i > 0 && is_word(line[i - 1])) ||
                                  (i + n_token < length && is_word(line[i + n_token]))))
            continue;
        if (n-- == 0)
            return i;
    }
    return length;
}

/* How often the token's text stood in its preprocessed line before it. */
static uint32_t token_rank(const struct idl_token *t)
{
    uint32_t rank = 0;
    size_t at = (size_t)(t->text - t->line_text);

    if (t->length == 0)
        return 0;
    while (rank < 1000 && find_token(t->line_text, at, t->text, t->length, rank) < at)
        rank++;
    return rank;
}

static void show(struct idl_compilation *c, const char *line, size_t length, size_t column,
                 size_t width)
{
    size_t shown = length > 200 ? 200 : length;

    fprintf(c->messages, "    %.*s\n    ", (int)shown, line);
    for (size_t i = 0; i < column && i < shown; i++)
        fputc(line[i] == '\t' ? '\t' : ' ', c->messages);
    fputc('^', c->messages);
    for (size_t i = 1; i < width && column + i < shown; i++)
        fputc('~', c->messages);
    fputc('\n', c->messages);
}

static void message(struct idl_compilation *c, const struct idl_token *at, const char *what,
                    int number, const char *format, va_list args)
{
    const char *line;
    size_t length, column;

    if (at == NULL) {
        fprintf(c->messages, "holdfast idl: %s: ", what);
    } else {
        line = file_line(c, at->file, at->line, &length);
        column = line == NULL ? 0 : find_token(line, length, at->text, at->length, token_rank(at));
        if (line == NULL || (column == length && at->length != 0)) {
            line = at->line_text;
            column = (size_t)(at->text - line);
            length = column + line_length(at->text, at->text + strlen(at->text));
        }
        fprintf(c->messages, "%s:%u:%zu: %s: ", at->file->path, at->line, column + 1, what);
    }
    vfprintf(c->messages, format, args);
    if (number != 0)
        fprintf(c->messages, " [IDL%03d]", number);
    fputc('\n', c->messages);
    if (at != NULL)
        show(c, line, length, column, at->length);
}

void idl_error(struct idl_compilation *c, const struct idl_token *at, enum idl_error number,
               const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message(c, at, "error", number, format, args);
    va_end(args);
    if (++c->errors >= IDL_LIMIT_ERRORS) {
        fprintf(c->messages, "holdfast idl: %d errors; giving up\n", IDL_LIMIT_ERRORS);
        idl_stop(c);
    }
}

void idl_warning(struct idl_compilation *c, const struct idl_token *at, const char *format, ...)
{
    va_list args;

    if (c->warnings++ >= IDL_LIMIT_ERRORS)
        return;
    va_start(args, format);
    message(c, at, "warning", 0, format, args);
    va_end(args);
}
