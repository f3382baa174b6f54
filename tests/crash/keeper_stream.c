/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper_stream.c - a backup program that copies file by file, and brings the files back
 */
#include "keeper_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 65536, LIST = 65536 };

static unsigned long
    last_copied; /* the highest number of a log file that this process has copied */

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static JET_ERR copy_octets(JET_HANDLE file, int to)
{
    static alignas(4096) char buffer[BUFFER];
    unsigned long got = 0;
    JET_ERR err;

    do {
        err = JetReadFileInstance(keeper_instance, file, buffer, sizeof buffer, &got);
        if (err == JET_errSuccess && got > 0 && write(to, buffer, got) != (ssize_t)got)
            err = JET_errDiskIO;
    } while (err == JET_errSuccess && got > 0);
    return err == JET_errSuccess && fsync(to) != 0 ? JET_errDiskIO : err;
}

/* Beside, and renamed: what it takes the place of is there until it is whole. */
static JET_ERR copy_file(const char *path, const char *folder)
{
    unsigned long low = 0, high = 0;
    JET_HANDLE file = 0;
    char name[400], beside[404];
    int to;
    JET_ERR err = JetOpenFileInstanceA(keeper_instance, path, &file, &low, &high), closed;

    if (err != JET_errSuccess)
        return err;
    (void)snprintf(name, sizeof name, "%s%s", folder, strrchr(path, '/'));
    (void)snprintf(beside, sizeof beside, "%s.new", name);
    to = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    err = to < 0 ? JET_errDiskIO : copy_octets(file, to);
    if (to >= 0)
        (void)close(to);
    if (err == JET_errSuccess && rename(beside, name) != 0)
        err = JET_errDiskIO;
    closed = JetCloseFileInstance(keeper_instance, file);
    return err != JET_errSuccess ? err : closed;
}

static JET_ERR copy_list(const char *list, const char *folder)
{
    JET_ERR err = JET_errSuccess;

    for (const char *p = list; *p != '\0' && err == JET_errSuccess; p += strlen(p) + 1)
        err = copy_file(p, folder);
    return err;
}

static JET_ERR copy_all(const char *folder, bool databases)
{
    static char list[LIST];
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    JET_ERR err = JET_errSuccess;

    if (databases)
        err = JetGetAttachInfoInstanceA(keeper_instance, list, sizeof list, NULL);
    if (databases && err == JET_errSuccess)
        err = copy_list(list, folder);
    if (err == JET_errSuccess)
        err = JetGetLogInfoInstance2A(keeper_instance, list, sizeof list, NULL, &info);
    if (err == JET_errSuccess)
        err = copy_list(list, folder);
    last_copied = info.ulGenHigh;
    return err == JET_errSuccess && !sync_folder(folder) ? JET_errDiskIO : err;
}

JET_ERR keeper_stream_out(const char *folder, JET_GRBIT grbit)
{
    const char *path = keeper_path(folder);
    JET_ERR err = JetBeginExternalBackupInstance(keeper_instance, grbit), ended;

    if (err != JET_errSuccess)
        return err;
    err = copy_all(path, !(grbit & JET_bitBackupIncremental));
    if (err == JET_errSuccess)
        err = JetTruncateLogInstance(keeper_instance);
    ended = JetEndExternalBackupInstance2(keeper_instance,
                                          err ? JET_bitBackupEndAbort : JET_bitBackupEndNormal);
    return err != JET_errSuccess ? err : ended;
}

/* ---- back ---- */

/* The numbers of the log files in a folder; but none above those that were copied last, which are of a backup
 * that has not come to its end. */
static void find_range(const char *folder, JET_LOGINFO_A *info)
{
    DIR *list = opendir(folder);
    unsigned number = 0;
    char rest[4];

    for (const struct dirent *e; list != NULL && (e = readdir(list)) != NULL;) {
        if (sscanf(e->d_name, "edb%5x.%3s", &number, rest) != 2)
            continue;
        if (info->ulGenLow == 0 || number < info->ulGenLow)
            info->ulGenLow = number;
        if (number > info->ulGenHigh && (last_copied == 0 || number <= last_copied))
            info->ulGenHigh = number;
    }
    if (list != NULL)
        (void)closedir(list);
}

JET_ERR keeper_stream_in(const char *folder, const char *system, const char *log, const char *moved)
{
    JET_LOGINFO_A info = {.cbSize = sizeof info, .szBaseName = "edb"};
    char to[2][400];
    JET_RSTMAP_A map[2] = {{.szDatabaseName = (char *)(uintptr_t) "a", .szNewDatabaseName = to[0]},
                           {.szDatabaseName = (char *)(uintptr_t) "b", .szNewDatabaseName = to[1]}};

    find_range(keeper_path(folder), &info);
    for (int n = 0; n < 2; n++)
        (void)snprintf(to[n], sizeof to[n], "%s/%c.edb", keeper_path(moved ? moved : ""), 'a' + n);
    return JetExternalRestore2A((char *)(uintptr_t)keeper_path(system),
                                (char *)(uintptr_t)keeper_path(log), moved ? map : NULL,
                                moved ? 2 : 0, (char *)(uintptr_t)keeper_path(folder), &info, NULL,
                                NULL, NULL, NULL);
}
