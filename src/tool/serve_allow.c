/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_allow.c - the list of who may what, as a configuration file has it
 *
 * Users of unix sockets are named `unix:NAME` and known by their numbers.
 */
#include "tool/serve_allow.h"

#include "base/mem.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* The next word, which quotes hold together, or NULL; *text moves behind it. */
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " \t"), *end = NULL;
    bool quoted = *word == '"';

    if (*word == '\0')
        return NULL;
    word += quoted;
    end = word + strcspn(word, quoted ? "\"" : " \t");
    *text = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

/* unix:NAME becomes uid:NUMBER. The result is on the heap. */
static const char *resolve(const char *principal, char **ret)
{
    char number[32];
    const struct passwd *user = NULL;

    if (!strncmp(principal, "unix:", 5)) {
        user = getpwnam(principal + 5);
        if (!user)
            return "this machine has no such user";
        (void)snprintf(number, sizeof number, "uid:%u", (unsigned)user->pw_uid);
        principal = number;
    }
    *ret = mem_strdup(principal);
    return *ret ? NULL : strerror(ENOMEM);
}

static enum serve_right right_of(const char *word)
{
    for (unsigned i = SERVE_RIGHT_READ; word && i <= SERVE_RIGHT_MANAGE; i++)
        if (!strcmp(serve_right_name((enum serve_right)i), word))
            return (enum serve_right)i;
    return SERVE_RIGHT_NOTHING;
}

static const char *add(struct serve_settings *s, const char *principal, enum serve_right right,
                       const char *database)
{
    struct serve_allow *grown = mem_grow(s->allow, (s->config.allow_count + 1) * sizeof *grown);
    char *name = NULL, *copy = NULL;
    const char *wrong = NULL;

    if (!grown)
        return strerror(ENOMEM);
    s->allow = grown;
    s->config.allow = grown;
    if (strcmp(database, "*") != 0 && !serve_good_name(database))
        return "a database is named by letters, digits, dot, underscore, hyphen; * is all of them";
    wrong = resolve(principal, &name);
    if (wrong)
        return wrong;
    copy = mem_strdup(database);
    if (!copy) {
        mem_free(name);
        return strerror(ENOMEM);
    }
    grown[s->config.allow_count++] = (struct serve_allow){name, right, copy};
    return NULL;
}

const char *serve_allow_add(struct serve_settings *settings, const char *text)
{
    char *copy = mem_strdup(text), *rest = copy;
    const char *principal = copy ? next_word(&rest) : NULL;
    enum serve_right right = principal ? right_of(next_word(&rest)) : SERVE_RIGHT_NOTHING;
    const char *database = right != SERVE_RIGHT_NOTHING ? next_word(&rest) : NULL;
    const char *wrong = NULL;

    if (!copy)
        return strerror(ENOMEM);
    if (principal && !database)
        wrong = "write PRINCIPAL read|write|manage DATABASE...";
    for (; database && !wrong; database = next_word(&rest))
        wrong = add(settings, principal, right, database);
    mem_free(copy);
    return wrong;
}

void serve_allow_print(const struct serve_settings *settings, FILE *to)
{
    const struct serve_config *c = &settings->config;

    if (c->allow_count == 0)
        (void)fprintf(to, "allow =\n");
    for (size_t i = 0; i < c->allow_count; i++) {
        const struct serve_allow *a = &c->allow[i];
        const char *quote = strpbrk(a->principal, " \t") ? "\"" : "";

        (void)fprintf(to, "allow = %s%s%s %s %s\n", quote, a->principal, quote,
                      serve_right_name(a->right), a->database);
    }
}

void serve_allow_swap(struct serve_settings *a, struct serve_settings *b)
{
    struct serve_allow *list = a->allow;
    size_t count = a->config.allow_count;

    a->config.allow = a->allow = b->allow;
    a->config.allow_count = b->config.allow_count;
    b->config.allow = b->allow = list;
    b->config.allow_count = count;
}

void serve_allow_free(struct serve_settings *settings)
{
    for (size_t i = 0; i < settings->config.allow_count; i++) {
        mem_free((char *)(uintptr_t)settings->allow[i].principal);
        mem_free((char *)(uintptr_t)settings->allow[i].database);
    }
    mem_free(settings->allow);
    settings->allow = NULL;
    settings->config.allow = NULL;
    settings->config.allow_count = 0;
}
