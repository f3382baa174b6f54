/* SPDX-License-Identifier: Apache-2.0
 *
 * lex.c - preprocessed text to tokens
 *
 * Numbers are lexed as C's preprocessor does, so that the pieces of a UUID are tokens too.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "idl/idl.h"

struct lexer {
    struct idl_compilation *c;
    const char *p, *end;
    const char *line_text;
    struct idl_file *file;
    uint32_t line;
    struct idl_token *tokens;
    uint32_t count, room;
};

static struct idl_token *push(struct lexer *l, enum idl_token_kind kind, const char *from)
{
    struct idl_token *t;

    if (l->count == l->room) {
        uint32_t room = l->room == 0 ? 1024 : l->room * 2;

        t = idl_alloc(l->c, room * sizeof *t);
        if (l->count > 0)
            memcpy(t, l->tokens, l->count * sizeof *t);
        l->tokens = t;
        l->room = room;
    }
    t = &l->tokens[l->count++];
    t->kind = kind;
    t->text = from;
    t->length = (uint32_t)(l->p - from);
    t->line_text = l->line_text;
    t->file = l->file;
    t->line = l->line;
    return t;
}

static void complain_as(struct lexer *l, const char *from, enum idl_error number, const char *what)
{
    struct idl_token t = {.kind = IDL_T_PUNCT,
                          .text = from,
                          .length = 1,
                          .line_text = l->line_text,
                          .file = l->file,
                          .line = l->line};

    idl_error(l->c, &t, number, "%s", what);
}

static void complain(struct lexer *l, const char *from, const char *what)
{
    complain_as(l, from, IDL_E_CHARACTER, what);
}

static const char *line_end(const struct lexer *l)
{
    const char *p = memchr(l->p, '\n', (size_t)(l->end - l->p));

    return p == NULL ? l->end : p;
}

/* `# LINE "FILE" FLAGS`: where the next line comes from. The file's name has C escapes. */
static void marker(struct lexer *l, const char *p, const char *end)
{
    unsigned long line = 0;
    char *path;
    size_t n = 0;

    while (p < end && isdigit((unsigned char)*p) && line < UINT32_MAX / 10)
        line = line * 10 + (unsigned long)(*p++ - '0');
    while (p < end && *p == ' ')
        p++;
    l->line = (uint32_t)line - 1; /* the newline that ends the marker counts */
    if (p >= end || *p++ != '"')
        return;
    path = idl_alloc(l->c, (size_t)(end - p) + 1);
    while (p < end && *p != '"') {
        if (*p == '\\' && p + 1 < end)
            p++;
        path[n++] = *p++;
    }
    l->file = idl_file_get(l->c, path);
}

static bool word_is(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 &&
           ((size_t)(end - p) == n || !isalnum((unsigned char)p[n]));
}

/* A line that begins with `#`: a marker, or a pragma. */
static void directive(struct lexer *l)
{
    const char *hash = l->p, *end = line_end(l), *p = l->p + 1;

    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    if (word_is(p, end, "line"))
        for (p += 4; p < end && *p == ' ';)
            p++;
    if (p < end && isdigit((unsigned char)*p)) {
        marker(l, p, end);
    } else if (word_is(p, end, "pragma")) {
        for (p += 6; p < end && (*p == ' ' || *p == '\t');)
            p++;
        if (word_is(p, end, "midl_echo")) {
            complain_as(l, hash, IDL_E_UNSUPPORTED,
                        "#pragma midl_echo is not supported; write cpp_quote(\"...\")");
        } else if (!word_is(p, end, "once") && !word_is(p, end, "warning") &&
                   !word_is(p, end, "pack")) { /* of memory; nothing on the wire */
            complain_as(l, hash, IDL_E_UNSUPPORTED, "this #pragma is not supported");
        }
    } else if (p < end && *p != '\r') {
        complain(l, hash, "a line with # that the preprocessor left");
    }
    l->p = end;
}

static void literal(struct lexer *l, const char *from, bool wide)
{
    char quote = *l->p++;
    struct idl_token *t;

    while (l->p < l->end && *l->p != quote && *l->p != '\n' && *l->p != '\0') {
        if (*l->p == '\\' && l->p + 1 < l->end && l->p[1] != '\n')
            l->p++;
        l->p++;
    }
    if (l->p >= l->end || *l->p != quote) {
        complain(l, from,
                 quote == '"' ? "a string without its closing quote"
                              : "a character without its closing quote");
        return;
    }
    l->p++;
    t = push(l, quote == '"' ? IDL_T_STRING : IDL_T_CHAR, from);
    t->wide = wide;
}

static void number(struct lexer *l)
{
    const char *from = l->p;

    while (l->p < l->end && (isalnum((unsigned char)*l->p) || *l->p == '_' ||
                             (*l->p == '.' && !(l->p + 1 < l->end && l->p[1] == '.'))))
        l->p++;
    push(l, IDL_T_NUMBER, from);
}

static void punct(struct lexer *l)
{
    static const char pairs[] = "<<>><=>===!=&&||..->";
    const char *from = l->p;
    struct idl_token *t;
    uint16_t code = (uint8_t)*l->p++;

    if (l->p < l->end)
        for (const char *q = pairs; *q != '\0'; q += 2)
            if (q[0] == from[0] && q[1] == *l->p) {
                code = IDL_PUNCT2(q[0], q[1]);
                l->p++;
                break;
            }
    t = push(l, IDL_T_PUNCT, from);
    t->punct = code;
}

static void comment(struct lexer *l)
{
    const char *from = l->p;

    if (l->p[1] == '/') {
        l->p = line_end(l);
        return;
    }
    for (l->p += 2; l->p + 1 < l->end && !(l->p[0] == '*' && l->p[1] == '/'); l->p++)
        if (*l->p == '\n')
            l->line++;
    if (l->p + 1 >= l->end) {
        complain(l, from, "a comment without its end");
        l->p = l->end;
    } else {
        l->p += 2;
    }
}

static void word(struct lexer *l)
{
    const char *from = l->p;
    struct idl_token *t;

    while (l->p < l->end && (isalnum((unsigned char)*l->p) || *l->p == '_'))
        l->p++;
    if (l->p - from == 1 && *from == 'L' && l->p < l->end && (*l->p == '"' || *l->p == '\'')) {
        literal(l, from, true);
        return;
    }
    t = push(l, IDL_T_NAME, from);
    t->name = idl_intern(l->c, from, t->length);
}

static void next(struct lexer *l)
{
    char ch = *l->p;

    if (ch == '\n') {
        l->p++;
        l->line++;
        l->line_text = l->p;
    } else if (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\f' || ch == '\v') {
        l->p++;
    } else if (ch == '#') {
        directive(l);
    } else if (isalpha((unsigned char)ch) || ch == '_') {
        word(l);
    } else if (isdigit((unsigned char)ch)) {
        number(l);
    } else if (ch == '"' || ch == '\'') {
        literal(l, l->p, false);
    } else if (ch == '/' && l->p + 1 < l->end && (l->p[1] == '/' || l->p[1] == '*')) {
        comment(l);
    } else if (ch != '\0' && strchr("()[]{},;:=*+-/%&|^~!<>?.", ch) != NULL) {
        punct(l);
    } else {
        complain(l, l->p, "a character that IDL does not know");
        l->p++;
    }
}

struct idl_token *idl_lex(struct idl_compilation *c, const char *path, const char *text,
                          size_t size)
{
    struct lexer l = {.c = c, .p = text, .end = text + size, .line_text = text, .line = 1};

    l.file = idl_file_get(c, path);
    while (l.p < l.end)
        next(&l);
    push(&l, IDL_T_END, l.p);
    return l.tokens;
}
