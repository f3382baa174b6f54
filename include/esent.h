/* SPDX-License-Identifier: Apache-2.0
 *
 * esent.h - the JET API: sessions, transactions, tables and indexed rows
 *
 *     #include <esent.h>
 *
 *     JET_INSTANCE instance = JET_instanceNil;
 *     JET_SESID session = JET_sesidNil;
 *     JET_DBID database = JET_dbidNil;
 *
 *     JetCreateInstance(&instance, "books");
 *     JetSetSystemParameter(&instance, JET_sesidNil, JET_paramSystemPath, 0, "data/");
 *     JetInit(&instance);
 *     JetBeginSession(instance, &session, NULL, NULL);
 *     JetCreateDatabase(session, "data/books.edb", NULL, &database, 0);
 *     ...
 *     JetEndSession(session, 0);
 *     JetTerm(instance);
 *
 * Link with `pkg-config --libs holdfast-ese`. Names, prototypes, structures and numbers are those
 * of Microsoft's esent.h; the reference at
 * https://learn.microsoft.com/windows/win32/extensible-storage-engine/ has a page for each
 * function: "Page" in the comments names it. What differs here is said in these headers.
 *
 * Limits: 7 levels of a transaction; 16 sessions an instance unless JET_paramMaxSessions says more;
 * 16 instances a process; 16 columns a key; names of 64 octets.
 *
 * Addresses: JET_paramSystemPath says where the data is: a folder (the engine runs in this
 * process), or the address of a server or of a shared store, for which a further library is loaded
 * at JetInit. The environment variable HOLDFAST_ADDRESS takes the place of whatever the program has
 * set.
 *
 * Results: 0, a warning (> 0) or an error (< 0). A function that fails leaves its results untouched
 * unless it says otherwise. A handle that was never given, or whose object is gone, is an error,
 * never a crash.
 *
 * Threads: any number of threads may call at once, but only one at a time for one session; a second
 * one gets JET_errSessionSharingViolation. A session without a transaction belongs to no thread. A
 * transaction belongs to the thread that began it, or, when JetSetSessionContext was called before,
 * to whichever thread has set the same context: others cannot open a level in it, commit it, roll
 * it back or update.
 *
 * "Entry" in the comments says what a function looks at first, in this order, beside what it lists:
 *   session   JET_errInvalidSesid; JET_errNotInitialized or JET_errTermInProgress (nothing runs);
 *             JET_errClientRequestToStopJetService; JET_errInstanceUnavailable;
 *             JET_errTermInProgress; JET_errSessionSharingViolation (another thread is inside)
 *   cursor    the same after JET_errInvalidSesid, JET_errInvalidTableId and
 *             JET_errSesidTableIdMismatch
 *   instance  JET_errInvalidInstance or JET_errInvalidParameter, then the state of the instance:
 *             JET_errNotInitialized, JET_errRestoreInProgress,
 *             JET_errClientRequestToStopJetService, JET_errInstanceUnavailable,
 *             JET_errTermInProgress
 *
 * A function of the program that is called from within a call (JetEnumerateColumns, a backup's
 * progress) may call this library for the same session, from the same thread; it gets
 * JET_errInvalidOperation for what would pull away what is in use: JetEndSession,
 * JetCommitTransaction, JetRollback, JetCloseDatabase, JetTerm, and JetCloseTable of that cursor.
 */
#ifndef HOLDFAST_ESENT_H
#define HOLDFAST_ESENT_H

#include <esent/types.h>
#include <esent/errors.h>
#include <esent/flags.h>
#include <esent/params.h>
#include <esent/schemadef.h>
#include <esent/structs.h>
#include <esent/instance.h>
#include <esent/session.h>
#include <esent/database.h>
#include <esent/schema.h>
#include <esent/cursor.h>
#include <esent/data.h>
#include <esent/backup.h>
#include <esent/names.h>

#endif
