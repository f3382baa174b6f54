/* SPDX-License-Identifier: Apache-2.0
 *
 * stream_client.h - a backup program as Microsoft's documentation tells it
 *
 * Begin; each database: open, read, close; the log files likewise; truncate; end. It knows nothing of
 * what the files contain: databases are copied under their names, log files under theirs.
 */
#ifndef HF_TESTS_JET_ENGINE_STREAM_CLIENT_H
#define HF_TESTS_JET_ENGINE_STREAM_CLIENT_H

#include "fixture.h"

#define STREAM_BUFFER 131072

extern char stream_buffer[STREAM_BUFFER]; /* aligned to a page of memory */

/* Copies one file into the folder; its first error. */
JET_ERR stream_copy(JET_INSTANCE instance, const char *path, const char *folder);
/* A whole list of them, as JetGetAttachInfoInstance and its kin give it. */
JET_ERR stream_copy_all(JET_INSTANCE instance, const char *list, const char *folder);
/* All of a backup, into one folder. */
JET_ERR stream_backup(JET_INSTANCE instance, JET_GRBIT grbit, bool truncate, const char *folder,
                      JET_LOGINFO_A *ret_info);

#endif
