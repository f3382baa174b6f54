/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_config.c - the configuration file of `holdfast serve`
 *
 * One setting a line, `name = value`; `#` begins a comment. A setting that is not known, or a value
 * out of bounds, is an error: a limit that is misspelt must not silently be none.
 */
#include "tool/serve_config.h"

#include "tool/serve_allow.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"

#define LINE 8192

static const struct number {
    const char *name;
    size_t at, size;
    uint64_t min, max;
} numbers[] = {
#define NUMBER(name, min, max)                                                                     \
    {                                                                                              \
#name, offsetof(struct serve_config, name), sizeof(((struct serve_config *)0)->name), min, \
            max                                                                                    \
    }
    NUMBER(sessions_max, 1, 29999),
    NUMBER(cursors_max, 1, 1u << 24),
    NUMBER(cache_mib, 0, 1u << 20),
    NUMBER(session_idle_s, 0, UINT32_MAX),
    NUMBER(session_age_s, 0, UINT32_MAX),
    NUMBER(session_octets, 0, UINT64_MAX),
    NUMBER(transaction_idle_s, 0, UINT32_MAX),
    NUMBER(transaction_age_s, 0, UINT32_MAX),
    NUMBER(transaction_octets, 0, UINT64_MAX),
    NUMBER(outcomes_max, 1, 1u << 24),
    NUMBER(outcomes_s, 1, UINT32_MAX),
    NUMBER(stop_grace_ms, 0, 600000),
};
#define NUMBER_COUNT (sizeof numbers / sizeof numbers[0])

static const struct text {
    const char *name;
    size_t at, size;
} texts[] = {
#define TEXT(name)                                                                               \
    {                                                                                            \
#name, offsetof(struct serve_settings, name), sizeof(((struct serve_settings *)0)->name) \
    }
    TEXT(ntlm_accounts),
    TEXT(keytab),
    TEXT(principal),
};
#define TEXT_COUNT (sizeof texts / sizeof texts[0])

void serve_settings_default(struct serve_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    serve_config_default(&settings->config);
}

void serve_settings_free(struct serve_settings *settings)
{
    serve_allow_free(settings);
}

static bool fail(char *reason, size_t size, const char *path, unsigned line, const char *what,
                 const char *name)
{
    (void)snprintf(reason, size, "%s:%u: %s: %s", path, line, name, what);
    return false;
}

static char *trim(char *s)
{
    char *end = NULL;

    s += strspn(s, " \t\r\n");
    end = s + strlen(s);
    while (end > s && strchr(" \t\r\n", end[-1]))
        *--end = '\0';
    return s;
}

static void put_number(struct serve_config *config, const struct number *n, uint64_t value)
{
    uint32_t narrow = (uint32_t)value;

    if (n->size == sizeof narrow)
        memcpy((char *)config + n->at, &narrow, sizeof narrow);
    else
        memcpy((char *)config + n->at, &value, sizeof value);
}

static uint64_t get_number(const struct serve_config *config, const struct number *n)
{
    uint32_t narrow = 0;
    uint64_t wide = 0;

    if (n->size != sizeof narrow) {
        memcpy(&wide, (const char *)config + n->at, sizeof wide);
        return wide;
    }
    memcpy(&narrow, (const char *)config + n->at, sizeof narrow);
    return narrow;
}

/* ---- one setting ---- */

static const char *set_number(struct serve_config *config, const struct number *n,
                              const char *value)
{
    char *end = NULL;
    unsigned long long number = 0;

    errno = 0;
    number = strtoull(value, &end, 10);
    if (end == value || *end != '\0' || *value == '-' || errno)
        return "give a whole number";
    if (number < n->min || number > n->max)
        return "this number is out of bounds; see holdfast-serve(1)";
    put_number(config, n, number);
    return NULL;
}

static const char *set_text(struct serve_settings *settings, const struct text *t,
                            const char *value)
{
    if (strlen(value) >= t->size)
        return "this text is too long";
    memcpy((char *)settings + t->at, value, strlen(value) + 1);
    return NULL;
}

const char *serve_settings_set(struct serve_settings *settings, const char *name, const char *value)
{
    if (!strcmp(name, "listen"))
        return serve_listen_add(&settings->listens, value);
    if (!strcmp(name, "allow"))
        return serve_allow_add(settings, value);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        if (!strcmp(texts[i].name, name))
            return set_text(settings, &texts[i], value);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        if (!strcmp(numbers[i].name, name))
            return set_number(&settings->config, &numbers[i], value);
    return "there is no such setting; see holdfast-serve(1)";
}

/* ---- a file of them ---- */

/* NULL, or what is wrong with the line; *ret_name is what it speaks of. */
static const char *take_line(struct serve_settings *settings, char *text, const char **ret_name)
{
    char *value = NULL, *name = NULL;

    text[strcspn(text, "#")] = '\0';
    name = trim(text);
    *ret_name = name;
    if (!*name)
        return NULL;
    value = strchr(name, '=');
    if (!value)
        return "write NAME = VALUE";
    *value++ = '\0';
    *ret_name = trim(name);
    return serve_settings_set(settings, *ret_name, trim(value));
}

/* Who may write the file says who is let in: it is this user's or root's, as accounts are. */
static FILE *open_settings(const char *path, char *ret_reason, size_t reason_size)
{
    const char *wrong = "no regular file";
    FILE *file = NULL;
    int fd = -1;

    switch (files_open_secret(path, 022, &fd)) {
    case FILES_SECRET_GOOD: file = fdopen(fd, "r"); break;
    case FILES_SECRET_UNREADABLE: break;
    case FILES_SECRET_NO_FILE: errno = 0; break;
    case FILES_SECRET_FOREIGN:
        errno = 0;
        wrong = "it belongs to another user, who could let anybody in";
        break;
    case FILES_SECRET_OPEN:
        errno = 0;
        wrong = "others may write it, and so let anybody in; chmod go-w";
        break;
    }
    if (!file)
        (void)snprintf(ret_reason, reason_size, "%s: %s", path, errno ? strerror(errno) : wrong);
    if (!file && fd >= 0)
        (void)close(fd);
    return file;
}

bool serve_settings_read(struct serve_settings *settings, const char *path, char *ret_reason,
                         size_t reason_size)
{
    FILE *file = open_settings(path, ret_reason, reason_size);
    char text[LINE];
    unsigned line = 0;
    bool good = true;

    if (!file)
        return false;
    while (good && fgets(text, sizeof text, file)) {
        const char *name = "", *wrong = NULL;

        line++;
        if (!strchr(text, '\n') && !feof(file))
            wrong = "this line is too long";
        else
            wrong = take_line(settings, text, &name);
        if (wrong)
            good = fail(ret_reason, reason_size, path, line, wrong, name);
    }
    (void)fclose(file);
    return good;
}

void serve_settings_print(const struct serve_settings *settings, FILE *to)
{
    char text[512];

    if (settings->listens.count == 0)
        (void)fprintf(to, "listen =\n");
    for (size_t i = 0; i < settings->listens.count; i++) {
        serve_listen_text(&settings->listens.at[i], text, sizeof text);
        (void)fprintf(to, "listen = %s\n", text);
    }
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const char *value = (const char *)settings + texts[i].at;

        (void)fprintf(to, "%s =%s%s\n", texts[i].name, *value ? " " : "", value);
    }
    serve_allow_print(settings, to);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        (void)fprintf(to, "%s = %llu\n", numbers[i].name,
                      (unsigned long long)get_number(&settings->config, &numbers[i]));
}
