/* SPDX-License-Identifier: Apache-2.0
 *
 * stream_client.c - a backup program as Microsoft's documentation tells it
 */
#include "stream_client.h"

#include <stdalign.h>
#include <stdlib.h>

alignas(4096) char stream_buffer[STREAM_BUFFER];

static JET_ERR copy_to(JET_INSTANCE instance, JET_HANDLE file, FILE *to, uint64_t *ret_size)
{
    unsigned long got = 0;
    JET_ERR err;

    *ret_size = 0;
    do {
        err = JetReadFileInstance(instance, file, stream_buffer, sizeof stream_buffer, &got);
        if (err < 0)
            return err;
        *ret_size += got;
        if (fwrite(stream_buffer, 1, got, to) != got)
            return JET_errDiskFull;
    } while (got > 0);
    return JET_errSuccess;
}

JET_ERR stream_copy(JET_INSTANCE instance, const char *path, const char *folder)
{
    unsigned long low = 0, high = 0;
    JET_HANDLE file = 0;
    uint64_t size = 0;
    char name[300];
    FILE *to;
    JET_ERR err = JetOpenFileInstanceA(instance, path, &file, &low, &high);

    if (err < 0)
        return err;
    (void)snprintf(name, sizeof name, "%s/%s", folder, fixture_file_name(path));
    to = fopen(name, "wb");
    err = to == NULL ? JET_errFileAccessDenied : copy_to(instance, file, to, &size);
    if (to != NULL && fclose(to) != 0)
        err = JET_errDiskFull;
    if (!err && size != ((uint64_t)high << 32 | low))
        err = JET_errInternalError;
    return err ? err : JetCloseFileInstance(instance, file);
}

JET_ERR stream_copy_all(JET_INSTANCE instance, const char *list, const char *folder)
{
    JET_ERR err = JET_errSuccess;

    for (const char *p = list; *p != '\0' && !err; p += strlen(p) + 1)
        err = stream_copy(instance, p, folder);
    return err;
}

static JET_ERR copy_databases(JET_INSTANCE instance, const char *folder)
{
    unsigned long size = 0;
    char *list = NULL;
    JET_ERR err = JetGetAttachInfoInstanceA(instance, NULL, 0, &size);

    if (!err)
        list = calloc(1, size);
    if (!err)
        err = list == NULL ? JET_errOutOfMemory
                           : JetGetAttachInfoInstanceA(instance, list, size, NULL);
    if (!err)
        err = stream_copy_all(instance, list, folder);
    free(list);
    return err;
}

static JET_ERR copy_logs(JET_INSTANCE instance, const char *folder, JET_LOGINFO_A *ret_info)
{
    unsigned long size = 0;
    char *list = NULL;
    JET_ERR err = JetGetLogInfoInstance2A(instance, NULL, 0, &size, ret_info);

    if (!err)
        list = calloc(1, size);
    if (!err)
        err =
            list == NULL ? JET_errOutOfMemory : JetGetLogInfoInstanceA(instance, list, size, NULL);
    if (!err)
        err = stream_copy_all(instance, list, folder);
    free(list);
    return err;
}

JET_ERR stream_backup(JET_INSTANCE instance, JET_GRBIT grbit, bool truncate, const char *folder,
                      JET_LOGINFO_A *ret_info)
{
    JET_ERR err = JetBeginExternalBackupInstance(instance, grbit), ended;

    if (err)
        return err;
    *ret_info = (JET_LOGINFO_A){.cbSize = sizeof *ret_info};
    if (!(grbit & JET_bitBackupIncremental))
        err = copy_databases(instance, folder);
    if (!err)
        err = copy_logs(instance, folder, ret_info);
    if (!err && truncate)
        err = JetTruncateLogInstance(instance);
    ended = JetEndExternalBackupInstance2(instance,
                                          err ? JET_bitBackupEndAbort : JET_bitBackupEndNormal);
    return err ? err : ended;
}
