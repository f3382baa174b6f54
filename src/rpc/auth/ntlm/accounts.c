/* SPDX-License-Identifier: Apache-2.0
 *
 * accounts.c - whose NTLM passwords a server knows
 */
#include "rpc/auth/ntlm/accounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/files.h"
#include "base/limits.h"
#include "base/log.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool get_hash(const char *text, uint8_t ret[NTLM_KEY])
{
    for (int i = 0; i < NTLM_KEY; i++) {
        int high = hex(text[2 * i]), low = high < 0 ? -1 : hex(text[2 * i + 1]);

        if (low < 0)
            return false;
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool ntlm_account_line(const char *line, size_t size, const char *domain, const char *user,
                       struct ntlm_account *ret)
{
    const char *colon = memchr(line, ':', size), *name = line, *slash;
    size_t length;

    if (size == 0 || line[0] == '#' || colon == NULL)
        return false;
    length = (size_t)(colon - line);
    if (size - length - 1 != 2 * NTLM_KEY || length == 0 || length >= NTLM_ACCOUNT_NAME ||
        !get_hash(colon + 1, ret->hash))
        return false;
    slash = memchr(line, '\\', length);
    if (slash != NULL) {
        size_t n = (size_t)(slash - line);

        if (strlen(domain) != n || strncasecmp(domain, line, n) != 0)
            return false;
        name = slash + 1;
    }
    if (strlen(user) != (size_t)(colon - name) ||
        strncasecmp(user, name, (size_t)(colon - name)) != 0)
        return false;
    memcpy(ret->name, line, length);
    ret->name[length] = '\0';
    return true;
}

/* Nobody else may read or write it. */
static FILE *open_private(const char *path)
{
    int fd = -1;
    enum files_secret found = files_open_secret(path, 077, &fd);
    FILE *f;

    if (found == FILES_SECRET_UNREADABLE)
        log_line(LOG_LEVEL_WARNING, "no accounts path=\"%s\" errno=%d", path, errno);
    else if (found != FILES_SECRET_GOOD)
        log_line(LOG_LEVEL_ERROR, "accounts that others may read are not used path=\"%s\"", path);
    if (found != FILES_SECRET_GOOD)
        return NULL;
    f = fdopen(fd, "r");
    if (f == NULL)
        (void)close(fd);
    return f;
}

enum ntlm_found ntlm_account_find(const char *path, const char *domain, const char *user,
                                  struct ntlm_account *ret)
{
    enum ntlm_found found = NTLM_UNKNOWN;
    char line[NTLM_ACCOUNT_NAME + 2 * NTLM_KEY + 4], buffer[4096];
    FILE *f;

    if (path == NULL)
        path = getenv("HOLDFAST_NTLM_ACCOUNTS");
    f = open_private(path != NULL ? path : "/etc/holdfast/ntlm-accounts");
    if (f == NULL)
        return NTLM_NO_FILE;
    (void)setvbuf(f, buffer, _IOFBF, sizeof buffer); /* so that it can be wiped */
    while (fgets(line, sizeof line, f) !=
           NULL) { /* to its end: time tells nothing of who is in it */
        size_t size = strcspn(line, "\r\n");

        if (line[size] == '\0' && !feof(f)) { /* too long: skip the rest of it */
            int c;

            do
                c = getc(f);
            while (c != '\n' && c != EOF);
            continue;
        }
        if (found != NTLM_FOUND && ntlm_account_line(line, size, domain, user, ret))
            found = NTLM_FOUND;
    }
    (void)fclose(f);
    explicit_bzero(line, sizeof line);
    explicit_bzero(buffer, sizeof buffer);
    return found;
}
