/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/session.h - sessions, session contexts and transactions
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_SESSION_H
#define HOLDFAST_ESENT_SESSION_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a session of a running instance. User name and password are ignored. A new session has no
 * session context and belongs to no thread.
 * Errors: JET_errOutOfSessions (JET_paramMaxSessions), JET_errNotInitialized,
 * JET_errInvalidInstance, JET_errRestoreInProgress, JET_errTermInProgress, JET_errOutOfMemory.
 * Entry: instance; any thread. Page: jetbeginsession-function. */
JET_ERR JET_API JetBeginSessionA(JET_INSTANCE instance, JET_SESID *psesid, JET_PCSTR szUserName,
                                 JET_PCSTR szPassword);
JET_ERR JET_API JetBeginSessionW(JET_INSTANCE instance, JET_SESID *psesid, JET_PCWSTR szUserName,
                                 JET_PCWSTR szPassword);

/* Opens another session on the same instance. Nothing of the first is copied.
 * Errors: as JetBeginSession.
 * Entry: session. Page: jetdupsession-function. */
JET_ERR JET_API JetDupSession(JET_SESID sesid, JET_SESID *psesid);

/* Rolls the session's transaction back, closes its cursors and databases and frees it. The grbit
 * is ignored. Still works after JetStopServiceInstance.
 * Errors: JET_errSessionInUse (a session context is set, by whatever thread: reset it first),
 * JET_errSessionSharingViolation (another thread's transaction is open, without a context). The
 * session lives on after an error.
 * Entry: session. Page: jetendsession-function. */
JET_ERR JET_API JetEndSession(JET_SESID sesid, JET_GRBIT grbit);

/* Marks the session as taken up by the calling thread under a value of the caller's, any but 0
 * and -1. A transaction that is begun while a context is set belongs to the value, not to the
 * thread: it may be carried on by another thread that sets the same value after this one has
 * reset it. Call it before JetBeginTransaction; a transaction that is open already keeps its
 * thread. Of several threads one wins.
 * Errors: JET_errInvalidParameter (0 or -1), JET_errSessionContextAlreadySet (also by this
 * thread, also the same value), JET_errSessionSharingViolation. After an error nothing has
 * changed.
 * Entry: session. Page: jetsetsessioncontext-function. */
JET_ERR JET_API JetSetSessionContext(JET_SESID sesid, JET_API_PTR ulContext);

/* Takes the context off again; must be called by the thread that set it. An open transaction of
 * the context waits, unowned, for the next thread that sets the same value. Still works after
 * JetStopServiceInstance.
 * Errors: JET_errSessionContextNotSetByThisThread (also when none is set).
 * Entry: session. Page: jetresetsessioncontext-function. */
JET_ERR JET_API JetResetSessionContext(JET_SESID sesid);

/* Sets and reads a session's parameters: JET_sesparamCommitDefault (a JET_GRBIT for commits with
 * grbit 0), JET_sesparamTransactionLevel (read only), JET_sesparamOperationContext,
 * JET_sesparamCorrelationID and JET_sesparamCommitGenericContext (kept, given back, not
 * interpreted).
 * Errors: JET_errInvalidSesparamId, JET_errInvalidBufferSize, JET_errInvalidParameter,
 * JET_errFeatureNotAvailable (setting a read-only one).
 * Entry: session. Page: jetsetsessionparameter-function. */
JET_ERR JET_API JetSetSessionParameter(JET_SESID sesid, unsigned long sesparamid, void *pvParam,
                                       unsigned long cbParam);
JET_ERR JET_API JetGetSessionParameter(JET_SESID sesid, unsigned long sesparamid, void *pvParam,
                                       unsigned long cbParamMax, unsigned long *pcbParamActual);

/* Gives facts of a session to Microsoft's own components. Still works after
 * JetStopServiceInstance.
 * Errors: JET_errFeatureNotAvailable after the checks of entry.
 * Entry: session. Page: jetgetsessioninfo-function. */
JET_ERR JET_API JetGetSessionInfo(JET_SESID sesid, void *pvResult, const unsigned long cbMax,
                                  const unsigned long ulInfoLevel);

/* Opens a transaction, or a level within one (7 at most). The outermost takes the snapshot that
 * all reads see. JET_bitTransactionReadOnly counts on the outermost alone; other grbits are
 * ignored. trxid is a number for traces.
 * Errors: JET_errTransTooDeep, JET_errSessionSharingViolation (a level in another's transaction),
 * JET_errRollbackError (an earlier rollback failed), JET_errOutOfMemory.
 * Entry: session. Page: jetbegintransaction-function. */
JET_ERR JET_API JetBeginTransaction(JET_SESID sesid);
JET_ERR JET_API JetBeginTransaction2(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetBeginTransaction3(JET_SESID sesid, int64_t trxid, JET_GRBIT grbit);

/* Closes the innermost level; the outermost makes the changes visible and durable, with
 * JET_bitCommitLazyFlush durable soon. JET_bitWaitLastLevel0Commit, JET_bitWaitAllLevel0Commit
 * and JET_bitForceNewLog stand alone and need no transaction: they wait until earlier lazy
 * commits are durable. The second form bounds that time (cmsecDurableCommit milliseconds, with the lazy
 * grbit only; 0: no bound) and names the commit.
 * Errors: JET_errInvalidGrbit, JET_errInvalidParameter, JET_errNotInTransaction,
 * JET_errMustRollback, JET_errSessionSharingViolation (not the thread or context of this
 * transaction), errors of the store.
 * Entry: session. Page: jetcommittransaction-function. */
JET_ERR JET_API JetCommitTransaction(JET_SESID sesid, JET_GRBIT grbit);
JET_ERR JET_API JetCommitTransaction2(JET_SESID sesid, JET_GRBIT grbit,
                                      unsigned long cmsecDurableCommit, JET_COMMIT_ID *pCommitId);

/* Undoes the innermost level, with JET_bitRollbackAll the whole transaction: its changes, its
 * prepared updates, and the cursors opened in it. Still works after JetStopServiceInstance.
 * Errors: JET_errInvalidGrbit, JET_errNotInTransaction, JET_errSessionSharingViolation.
 * Entry: session. Page: jetrollback-function. */
JET_ERR JET_API JetRollback(JET_SESID sesid, JET_GRBIT grbit);

/* Two-phase commit, which no engine of today has.
 * Errors: JET_errFeatureNotAvailable always.
 * Entry: session. Page: jetpreparetocommittransaction-function. */
JET_ERR JET_API JetPrepareToCommitTransaction(JET_SESID sesid, const void *pvData,
                                              unsigned long cbData, JET_GRBIT grbit);

/* Lets the engine clean up versions; nothing waits for it here. JET_bitIdleStatus asks whether
 * there is work. Warnings: JET_wrnNoIdleActivity.
 * Errors: JET_errInvalidGrbit.
 * Entry: session. Page: jetidle-function. */
JET_ERR JET_API JetIdle(JET_SESID sesid, JET_GRBIT grbit);

/* Gives the library's version: major in the high half of the low 32 bits, minor and patch below.
 * Errors: JET_errInvalidParameter.
 * Entry: session. Page: jetgetversion-function. */
JET_ERR JET_API JetGetVersion(JET_SESID sesid, unsigned long *pwVersion);

#ifdef __cplusplus
}
#endif

#endif
