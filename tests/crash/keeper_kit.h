/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper_kit.h - an instance with two databases whose rows say which content they are of
 *
 * What must not fail and does ends the process, KEEPER_BROKEN.
 */
#ifndef HF_TESTS_CRASH_KEEPER_KIT_H
#define HF_TESTS_CRASH_KEEPER_KIT_H

#include "keeper.h"

#include <esent.h>

#include <stdbool.h>

#define MUST(call) keeper_must(call, #call, __LINE__)

/* Below the scenario's folder. */
extern const char *keeper_folder;
extern JET_INSTANCE keeper_instance;
extern JET_SESID keeper_session;

_Noreturn void keeper_broken(const char *what, long long number);
void keeper_must(JET_ERR err, const char *call, int line);
/* "FOLDER/name"; one of four buffers, in turn. */
const char *keeper_path(const char *name);
void keeper_shell(const char *command); /* in the folder */

/* An instance in `system`, with its log in `log`: created; or begun, with a session. */
JET_ERR keeper_create(const char *system, const char *log);
void keeper_start(const char *system, const char *log);
void keeper_term(void);

/* The two databases of an instance, in `where`: made; all rows say `content`; attached; what they say, or
 * KEEPER_NOTHING when there are none. */
void keeper_make(const char *where);
void keeper_write(const char *where, enum keeper_end content);
void keeper_attach(const char *where);
enum keeper_end keeper_read(const char *where);

/* A backup program that copies file by file, onto the device, before it ends the backup. */
JET_ERR keeper_stream_out(const char *folder, JET_GRBIT grbit);
/* All that it has copied, into the instance at `system`; with the databases where `moved` has them, or where
 * they were, when it is NULL. */
JET_ERR keeper_stream_in(const char *folder, const char *system, const char *log,
                         const char *moved);

#endif
