/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/instance.h - instances: create, configure, start, stop
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_INSTANCE_H
#define HOLDFAST_ESENT_INSTANCE_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Allocates an instance named szInstanceName (NULL: a name is made up) and gives its handle in
 * *pinstance; it is configured with JetSetSystemParameter and started with JetInit. The second
 * form adds a name for display; its grbit must be 0.
 * Errors: JET_errInstanceNameInUse (name taken), JET_errTooManyInstances (JET_paramMaxInstances),
 * JET_errRunningInOneInstanceMode (the process was started with JetInit(NULL)),
 * JET_errInvalidParameter (no pinstance), JET_errInvalidGrbit, JET_errOutOfMemory.
 * Entry: no handle; any thread. Page: jetcreateinstance-function. */
JET_ERR JET_API JetCreateInstanceA(JET_INSTANCE *pinstance, JET_PCSTR szInstanceName);
JET_ERR JET_API JetCreateInstanceW(JET_INSTANCE *pinstance, JET_PCWSTR szInstanceName);
JET_ERR JET_API JetCreateInstance2A(JET_INSTANCE *pinstance, JET_PCSTR szInstanceName,
                                    JET_PCSTR szDisplayName, JET_GRBIT grbit);
JET_ERR JET_API JetCreateInstance2W(JET_INSTANCE *pinstance, JET_PCWSTR szInstanceName,
                                    JET_PCWSTR szDisplayName, JET_GRBIT grbit);

/* Sets system parameter `paramid` (params.h) of *pinstance; pinstance NULL, or pointing to 0 or
 * JET_instanceNil, sets the process-wide default that later instances start with, or the
 * parameter of the only instance. Numbers go in lParam, strings in szParam. `sesid` is used by
 * JET_paramCommitDefault alone: with a session it is that session's default.
 * Errors: JET_errInvalidParameter (unknown or read-only id, value out of range),
 * JET_errAlreadyInitialized (fixed while the instance runs), JET_errInitInProgress,
 * JET_errTermInProgress, JET_errRestoreInProgress, JET_errInvalidInstance, JET_errInvalidSesid.
 * Entry: no handle; any thread. Page: jetsetsystemparameter-function. */
JET_ERR JET_API JetSetSystemParameterA(JET_INSTANCE *pinstance, JET_SESID sesid,
                                       unsigned long paramid, JET_API_PTR lParam,
                                       JET_PCSTR szParam);
JET_ERR JET_API JetSetSystemParameterW(JET_INSTANCE *pinstance, JET_SESID sesid,
                                       unsigned long paramid, JET_API_PTR lParam,
                                       JET_PCWSTR szParam);

/* Reads system parameter `paramid`: a number into *plParam, a string into szParam of cbMax octets
 * (with its terminator). JET_paramErrorToString takes the error number in *plParam and gives its
 * text.
 * Errors: JET_errInvalidParameter, JET_errInvalidBufferSize and JET_wrnBufferTruncated (string
 * cut), JET_errInvalidInstance.
 * Entry: no handle; any thread. Page: jetgetsystemparameter-function. */
JET_ERR JET_API JetGetSystemParameterA(JET_INSTANCE instance, JET_SESID sesid,
                                       unsigned long paramid, JET_API_PTR *plParam,
                                       JET_PSTR szParam, unsigned long cbMax);
JET_ERR JET_API JetGetSystemParameterW(JET_INSTANCE instance, JET_SESID sesid,
                                       unsigned long paramid, JET_API_PTR *plParam,
                                       JET_PWSTR szParam, unsigned long cbMax);

/* Sets several process-wide parameters and switches the process to multi-instance mode; each
 * entry's `err` says what became of it, *pcsetsucceed how many were set. Stops at the first that
 * fails.
 * Errors: JET_errSystemParamsAlreadySet (an instance exists), JET_errInvalidParameter, those of
 * JetSetSystemParameter.
 * Entry: no handle; any thread. Page: jetenablemultiinstance-function. */
JET_ERR JET_API JetEnableMultiInstanceA(JET_SETSYSPARAM_A *psetsysparam, unsigned long csetsysparam,
                                        unsigned long *pcsetsucceed);
JET_ERR JET_API JetEnableMultiInstanceW(JET_SETSYSPARAM_W *psetsysparam, unsigned long csetsysparam,
                                        unsigned long *pcsetsucceed);

/* Starts the instance *pinstance: opens its store or reaches its server, recovers what was
 * committed, and lets sessions begin. With pinstance NULL or *pinstance 0 or JET_instanceNil the
 * process's only instance is created and started in one step. Grbits:
 * JET_bitReplayIgnoreMissingDB and its kin. The third and fourth form take a map of
 * databases for recovery, refused here (JET_errFeatureNotAvailable) when it is not empty; their
 * progress function is not called. On failure the instance is gone and *pinstance is
 * 0, but for JET_errAlreadyInitialized, which changes nothing.
 * Errors: JET_errAlreadyInitialized, JET_errInvalidParameter, JET_errRunningInMultiInstanceMode,
 * JET_errSystemPathInUse, JET_errInvalidSystemPath, JET_errFeatureNotAvailable (no provider for
 * the address), JET_errOutOfMemory, and errors of the store.
 * Entry: instance; any thread. Page: jetinit-function. */
JET_ERR JET_API JetInit(JET_INSTANCE *pinstance);
JET_ERR JET_API JetInit2(JET_INSTANCE *pinstance, JET_GRBIT grbit);
JET_ERR JET_API JetInit3A(JET_INSTANCE *pinstance, JET_RSTINFO_A *prstInfo, JET_GRBIT grbit);
JET_ERR JET_API JetInit3W(JET_INSTANCE *pinstance, JET_RSTINFO_W *prstInfo, JET_GRBIT grbit);
JET_ERR JET_API JetInit4A(JET_INSTANCE *pinstance, JET_RSTINFO2_A *prstInfo, JET_GRBIT grbit);
JET_ERR JET_API JetInit4W(JET_INSTANCE *pinstance, JET_RSTINFO2_W *prstInfo, JET_GRBIT grbit);

/* Stops the instance: new session calls fail with JET_errTermInProgress, calls inside are waited
 * for, then sessions, cursors and databases are closed and every handle of the instance is void.
 * JetTerm is JetTerm2 with JET_bitTermAbrupt. JET_bitTermDirty leaves as a crash would; recovery
 * follows at the next JetInit. An instance that was never started is just freed.
 * Errors: JET_errTooManyActiveUsers (a session has an open transaction: nothing is stopped; not
 * with JET_bitTermDirty), JET_errBackupInProgress, JET_errDirtyShutdown (JET_bitTermDirty has
 * worked), JET_errInvalidInstance, JET_errTermInProgress (another thread is at it),
 * JET_errRestoreInProgress, JET_errInvalidGrbit.
 * Entry: instance; any thread. Page: jetterm-function. */
JET_ERR JET_API JetTerm(JET_INSTANCE instance);
JET_ERR JET_API JetTerm2(JET_INSTANCE instance, JET_GRBIT grbit);

/* JetStopServiceInstance for the only instance of a process in single-instance mode.
 * Errors: JET_errRunningInMultiInstanceMode, JET_errInvalidParameter (there is none).
 * Entry: no handle; any thread. Page: jetstopservice-function. */
JET_ERR JET_API JetStopService(void);

/* Refuses further work: from now on every call of the instance gives
 * JET_errClientRequestToStopJetService but JetRollback, JetCloseTable, JetEndSession,
 * JetCloseDatabase, JetDetachDatabase(2), JetResetSessionContext, JetGetSessionInfo and JetTerm.
 * Does not wait for calls inside and cannot be taken back. JetStopServiceInstance2 with other
 * grbits than JET_bitStopServiceAll pauses background work; JET_bitStopServiceResume takes just
 * that back.
 * Errors: JET_errInvalidGrbit, JET_errClientRequestToStopJetService (resume alone after all),
 * JET_errNotInitialized, JET_errInvalidInstance, JET_errInvalidParameter.
 * Entry: instance; any thread. Page: jetstopserviceinstance-function. */
JET_ERR JET_API JetStopServiceInstance(JET_INSTANCE instance);
JET_ERR JET_API JetStopServiceInstance2(JET_INSTANCE instance, const JET_GRBIT grbit);

/* Lists the running instances by handle and name in one block that JetFreeBuffer frees; their
 * databases are not listed (cDatabases is 0).
 * Errors: JET_errInvalidParameter, JET_errOutOfMemory.
 * Entry: no handle; any thread. Page: jetgetinstanceinfo-function. */
JET_ERR JET_API JetGetInstanceInfoA(unsigned long *pcInstanceInfo,
                                    JET_INSTANCE_INFO_A **paInstanceInfo);
JET_ERR JET_API JetGetInstanceInfoW(unsigned long *pcInstanceInfo,
                                    JET_INSTANCE_INFO_W **paInstanceInfo);

/* Gives facts of an instance: JET_InstanceMiscInfoLogSignature (a JET_SIGNATURE).
 * Errors: JET_errInvalidParameter (level), JET_errInvalidBufferSize, JET_errFeatureNotAvailable.
 * Entry: instance; any thread. Page: jetgetinstancemiscinfo-function. */
JET_ERR JET_API JetGetInstanceMiscInfo(JET_INSTANCE instance, void *pvResult, unsigned long cbMax,
                                       unsigned long InfoLevel);

/* Frees a block that a function of this library has allocated for the caller; NULL is accepted.
 * Entry: no handle; any thread. Page: jetfreebuffer-function. */
JET_ERR JET_API JetFreeBuffer(char *pbBuf);

/* With InfoLevel JET_ErrorInfoSpecificErr and pvContext pointing to a JET_ERR fills a
 * JET_ERRINFOBASIC_W: the error's category and its ancestors, most general first.
 * Errors: JET_errInvalidParameter (level, or an error number that does not exist),
 * JET_errInvalidBufferSize, JET_errInvalidGrbit.
 * Entry: no handle; any thread. Page: jetgeterrorinfow-function. */
JET_ERR JET_API JetGetErrorInfoW(void *pvContext, void *pvResult, unsigned long cbMax,
                                 unsigned long InfoLevel, JET_GRBIT grbit);

/* Settings of Microsoft's memory and crash dump machinery, which this engine does not have.
 * Errors: JET_errFeatureNotAvailable always.
 * Entry: no handle; any thread. Page: jetconfigureprocessforcrashdump-function. */
JET_ERR JET_API JetConfigureProcessForCrashDump(const JET_GRBIT grbit);
JET_ERR JET_API JetSetResourceParam(JET_INSTANCE instance, JET_RESOPER resoper, JET_RESID resid,
                                    JET_API_PTR ulParam);
JET_ERR JET_API JetGetResourceParam(JET_INSTANCE instance, JET_RESOPER resoper, JET_RESID resid,
                                    JET_API_PTR *pulParam);

/* Fills a JET_THREADSTATS (2, 3), by its size in cbMax, with the calling thread's counters. This
 * engine keeps no pages of its own: they are 0.
 * Errors: JET_errInvalidBufferSize, JET_errInvalidParameter.
 * Entry: no handle; any thread. Page: jetgetthreadstats-function. */
JET_ERR JET_API JetGetThreadStats(void *pvResult, unsigned long cbMax);

#ifdef __cplusplus
}
#endif

#endif
