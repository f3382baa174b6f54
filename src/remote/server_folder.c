/* SPDX-License-Identifier: Apache-2.0
 *
 * server_folder.c - which databases the served folder holds: names alone (N10)
 */
#include "remote/server.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Letters, digits, dot, underscore, hyphen; nothing of the server's own. */
bool serve_good_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    if (n == 0 || n >= JET_WIRE_NAME || name[n] != '\0' || name[0] == '.')
        return false;
    if (strncmp(name, "holdfast.", 9) == 0)
        return false;
    return !(n > 6 && strcmp(name + n - 6, ".store") == 0);
}

static bool is_database(const char *name)
{
    size_t size = strlen(serve.folder) + 1 + strlen(name) + 1;
    char *path = mem_alloc(size);
    struct stat st;
    unsigned long type = JET_filetypeUnknown;
    bool is = false;

    if (!path)
        return false;
    (void)snprintf(path, size, "%s/%s", serve.folder, name);
    is = stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
         JetGetDatabaseFileInfoA(path, &type, sizeof type, JET_DbInfoFileType) == JET_errSuccess &&
         type == JET_filetypeDatabase;
    mem_free(path);
    return is;
}

static JET_ERR add(JET_RPC_NAMES *names, size_t *room, const char *name)
{
    if (names->count == *room) {
        size_t more = *room ? *room * 2 : 16;
        JET_RPC_TEXT *grown =
            more <= JET_WIRE_TABLES ? mem_grow(names->names, more * sizeof *grown) : NULL;

        if (!grown)
            return JET_errOutOfMemory;
        names->names = grown;
        *room = more;
    }
    return serve_text(name, &names->names[names->count++]);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Others are not there for this client. */
static bool may_see(const struct serve_instance *instance, const char *name)
{
    return serve_right_on(&instance->caller, name) >= SERVE_RIGHT_READ;
}

int32_t JetRpcListDatabases(JET_RPC_INSTANCE instance, JET_RPC_NAMES *names)
{
    DIR *dir = opendir(serve.folder);
    const struct dirent *entry = NULL;
    size_t room = 0;
    JET_ERR err = JET_errSuccess;

    if (!dir) {
        log_line(LOG_LEVEL_ERROR, "the folder cannot be read reason=\"%s\"", strerror(errno));
        return JET_errDiskIO;
    }
    while (!err && (entry = readdir(dir)) != NULL)
        if (serve_good_name(entry->d_name) && may_see(instance, entry->d_name) &&
            is_database(entry->d_name))
            err = add(names, &room, entry->d_name);
    (void)closedir(dir);
    if (err && names->count > 0 && !names->names[names->count - 1])
        names->count--;
    if (names->count > 0)
        qsort(names->names, names->count, sizeof *names->names, by_name);
    return err;
}
