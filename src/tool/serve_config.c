/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_config.c - the configuration file of `holdfast serve`
 *
 * One setting a line, `name = value`; `#` begins a comment. A setting that is not known, or a value
 * out of bounds, is an error: a limit that is misspelt must not silently be none.
 */
#include "tool/serve_config.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LINE 512

/* Numbers by name; `listen` is the one text. */
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
    NUMBER(transaction_idle_s, 0, UINT32_MAX),
    NUMBER(transaction_age_s, 0, UINT32_MAX),
    NUMBER(transaction_octets, 0, UINT64_MAX),
    NUMBER(outcomes_max, 1, 1u << 24),
    NUMBER(outcomes_s, 1, UINT32_MAX),
    NUMBER(stop_grace_ms, 0, 600000),
};
#define NUMBER_COUNT (sizeof numbers / sizeof numbers[0])

void serve_settings_default(struct serve_settings *settings)
{
    memset(settings, 0, sizeof *settings);
    serve_config_default(&settings->config);
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

/* NULL, or what is wrong. */
static const char *set(struct serve_settings *settings, const char *name, const char *value)
{
    char *end = NULL;
    unsigned long long number = 0;

    if (!strcmp(name, "listen")) {
        if (strlen(value) >= sizeof settings->listen)
            return "this address is too long";
        memcpy(settings->listen, value, strlen(value) + 1);
        return NULL;
    }
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        const struct number *n = &numbers[i];

        if (strcmp(n->name, name) != 0)
            continue;
        errno = 0;
        number = strtoull(value, &end, 10);
        if (end == value || *end != '\0' || *value == '-' || errno)
            return "give a whole number";
        if (number < n->min || number > n->max)
            return "this number is out of bounds; see holdfast-serve(1)";
        put_number(&settings->config, n, number);
        return NULL;
    }
    return "there is no such setting; see holdfast-serve(1)";
}

bool serve_settings_read(struct serve_settings *settings, const char *path, char *ret_reason,
                         size_t reason_size)
{
    FILE *file = fopen(path, "re");
    char text[LINE];
    unsigned line = 0;
    bool good = true;

    if (!file) {
        (void)snprintf(ret_reason, reason_size, "%s: %s", path, strerror(errno));
        return false;
    }
    while (good && fgets(text, sizeof text, file)) {
        char *name = NULL, *value = NULL;
        const char *wrong = NULL;

        line++;
        text[strcspn(text, "#")] = '\0';
        name = trim(text);
        if (!*name)
            continue;
        value = strchr(name, '=');
        if (!value) {
            good = fail(ret_reason, reason_size, path, line, "write NAME = VALUE", name);
            break;
        }
        *value++ = '\0';
        name = trim(name);
        wrong = set(settings, name, trim(value));
        if (wrong)
            good = fail(ret_reason, reason_size, path, line, wrong, name);
    }
    (void)fclose(file);
    return good;
}

void serve_settings_print(const struct serve_settings *settings, FILE *to)
{
    (void)fprintf(to, "listen = %s\n", settings->listen);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        (void)fprintf(to, "%s = %llu\n", numbers[i].name,
                      (unsigned long long)get_number(&settings->config, &numbers[i]));
}
