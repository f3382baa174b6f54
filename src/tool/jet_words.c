/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_words.c - a line of the shell as words
 */
#include "tool/jet_define.h"
#include "tool/jet_value.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct splitter {
    struct arena *arena;
    const char *p;
    struct tool_words words;
    size_t room;
    int depth; /* of parentheses */
    struct tool_failure *f;
};

static struct tool_word *add_word(struct splitter *s)
{
    struct tool_word *grown = NULL;

    if (s->words.count + 1 >= s->room) { /* one more: the empty word at the end */
        s->room = s->room > 0 ? 2 * s->room : 16;
        grown = arena_alloc(s->arena, s->room * sizeof *grown);
        if (grown == NULL) {
            (void)tool_fail(s->f, "out of memory");
            return NULL;
        }
        if (s->words.count > 0)
            memcpy(grown, s->words.list, s->words.count * sizeof *grown);
        s->words.list = grown;
    }
    return &s->words.list[s->words.count++];
}

static enum tool_words_result take_bare(struct splitter *s, size_t size)
{
    char *text = arena_alloc(s->arena, size + 1);
    struct tool_word *w = add_word(s);

    if (text == NULL || w == NULL)
        return TOOL_WORDS_BAD;
    memcpy(text, s->p, size);
    *w = (struct tool_word){.text = text, .size = size};
    s->p += size;
    return TOOL_WORDS_OK;
}

static int hex_value(const char *p, int digits)
{
    char copy[5] = "";

    if ((int)strspn(p, "0123456789abcdefABCDEF") < digits)
        return -1;
    memcpy(copy, p, (size_t)digits);
    return (int)strtol(copy, NULL, 16);
}

/* What follows a backslash, as octets at `to`; gives how many characters of the line it took, 0
 * for none that is known. */
static size_t unescape(const char *p, char *to, size_t *ret_size)
{
    static const char letters[] = "nrtbf\\\"'", octets[] = "\n\r\t\b\f\\\"'";
    const char *at = *p != '\0' ? strchr(letters, *p) : NULL;
    int value = -1;

    *ret_size = 1;
    if (at != NULL) {
        *to = octets[at - letters];
        return 1;
    }
    if (*p == 'x') {
        value = hex_value(p + 1, 2);
        *to = (char)value;
        return value < 0 ? 0 : 3;
    }
    if (*p == 'u') {
        value = hex_value(p + 1, 4);
        *ret_size = value < 0 ? 0 : tool_utf8_put((uint32_t)value, to);
        return value < 0 ? 0 : 5;
    }
    return 0;
}

/* The octets before the closing quote, or before the end of the line. */
static size_t quoted_size(const char *p, char quote)
{
    size_t n = 0;

    while (p[n] != '\0' && p[n] != quote)
        n += p[n] == '\\' && quote == '"' && p[n + 1] != '\0' ? 2 : 1;
    return n;
}

/* No escape is shorter than what it stands for. */
static enum tool_words_result take_quoted(struct splitter *s)
{
    char quote = *s->p++;
    char *text = arena_alloc(s->arena, quoted_size(s->p, quote) + 4);
    struct tool_word *w = add_word(s);
    size_t size = 0, n = 0, taken = 0;

    if (text == NULL || w == NULL)
        return TOOL_WORDS_BAD;
    for (; *s->p != quote; s->p++) {
        if (*s->p == '\0')
            return TOOL_WORDS_INCOMPLETE;
        if (*s->p != '\\' || quote == '\'') {
            text[size++] = *s->p;
            continue;
        }
        if (s->p[1] == '\0')
            return TOOL_WORDS_INCOMPLETE;
        taken = unescape(s->p + 1, text + size, &n);
        if (taken == 0) {
            (void)tool_fail(
                s->f, "\\%c is no escape: \\n \\r \\t \\b \\f \\\\ \\\" \\' \\xHH \\uHHHH are",
                s->p[1]);
            return TOOL_WORDS_BAD;
        }
        size += n;
        s->p += taken;
    }
    s->p++;
    text[size] = '\0';
    *w = (struct tool_word){.text = text, .size = size, .quoted = true};
    return TOOL_WORDS_OK;
}

enum tool_words_result tool_words_split(struct arena *arena, const char *line,
                                        struct tool_words *ret_words, struct tool_failure *f)
{
    struct splitter s = {.arena = arena, .p = line, .f = f};
    enum tool_words_result r = TOOL_WORDS_OK;

    for (;;) {
        s.p += strspn(s.p, " \t\r\n");
        if (*s.p == '#')
            s.p += strcspn(s.p, "\n");
        else if (*s.p == '\0')
            break;
        else if (*s.p == '"' || *s.p == '\'')
            r = take_quoted(&s);
        else if (strchr("(),=", *s.p) != NULL) {
            s.depth += *s.p == '(' ? 1 : *s.p == ')' ? -1 : 0;
            r = take_bare(&s, 1);
        } else
            r = take_bare(&s, strcspn(s.p, " \t\r\n(),=\""));
        if (r != TOOL_WORDS_OK)
            return r;
    }
    if (s.depth > 0)
        return TOOL_WORDS_INCOMPLETE;
    if (add_word(&s) == NULL)
        return TOOL_WORDS_BAD;
    s.words.list[--s.words.count] = (struct tool_word){.text = ""};
    *ret_words = s.words;
    return TOOL_WORDS_OK;
}

/* ---- reading them ---- */

const struct tool_word *tool_word_peek(const struct tool_words *w)
{
    return &w->list[w->at];
}

const struct tool_word *tool_word_take(struct tool_words *w)
{
    const struct tool_word *word = &w->list[w->at];

    w->at += w->at < w->count;
    return word;
}

bool tool_word_accept(struct tool_words *w, const char *keyword)
{
    const struct tool_word *word = tool_word_peek(w);

    if (word->quoted || word->size == 0 || strcasecmp(word->text, keyword) != 0)
        return false;
    w->at++;
    return true;
}

bool tool_word_expect(struct tool_words *w, const char *keyword, struct tool_failure *f)
{
    const struct tool_word *word = tool_word_peek(w);

    return tool_word_accept(w, keyword) || tool_fail(f, "expected \"%s\"%s%s%s", keyword,
                                                     w->at < w->count ? ", not \"" : " at the end",
                                                     word->text, w->at < w->count ? "\"" : "");
}

bool tool_word_name(struct tool_words *w, const char *what, char ret_name[TOOL_NAME_MAX + 1],
                    struct tool_failure *f)
{
    const struct tool_word *word = tool_word_take(w);

    if (word->size == 0 || (!word->quoted && strchr("(),=", word->text[0]) != NULL))
        return tool_fail(f, "expected %s%s%s%s", what, word->size > 0 ? ", not \"" : "", word->text,
                         word->size > 0 ? "\"" : "");
    if (word->size > TOOL_NAME_MAX || strlen(word->text) != word->size)
        return tool_fail(f, "\"%.80s\": names have 64 octets at most", word->text);
    memcpy(ret_name, word->text, word->size + 1);
    return true;
}

bool tool_word_number(struct tool_words *w, const char *what, uint32_t *ret_number,
                      struct tool_failure *f)
{
    const struct tool_word *word = tool_word_take(w);
    char *end = NULL;
    unsigned long value = strtoul(word->text, &end, 10);

    if (word->size == 0 || *end != '\0' || strchr("0123456789", word->text[0]) == NULL ||
        value > UINT32_MAX)
        return tool_fail(f, "expected %s, not \"%.80s\"", what, word->text);
    *ret_number = (uint32_t)value;
    return true;
}
