/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/backup.h - backup, restore, snapshots and counters
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_BACKUP_H
#define HOLDFAST_ESENT_BACKUP_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies the instance's databases into the folder szBackupPath while they are used; at a server's
 * address all that the server has, into a folder of this machine. pfnStatus
 * hears of the progress. What comes back by a restore is all that was committed when the backup
 * began, and perhaps more: of all databases, and all indexes, up to one moment. Grbits: 0, a full
 * backup into a folder that is empty or not there; JET_bitBackupAtomic, a full one that takes the
 * place of the one there is when it is whole; JET_bitBackupIncremental, which copies into a folder
 * that holds a backup what is new since then. What pfnStatus answers, when it is an error, ends the
 * backup; the folder is then as it was.
 * Errors: JET_errBackupInProgress, JET_errBackupAbortByServer (JetStopBackupInstance, or JetTerm2),
 * JET_errBackupDirectoryNotEmpty, JET_errMissingFullBackup (an incremental one in a folder without
 * a backup of this store), JET_errInvalidBackup (an incremental one with JET_paramCircularLog, or
 * what is there is not whole), JET_errInvalidPath, JET_errMakeBackupDirectoryFail,
 * JET_errBackupNotAllowedYet, JET_errInvalidGrbit, JET_errAccessDenied (by a server, to those who may
 * not manage all its databases), errors of the store.
 * Entry: instance; any thread. Page: jetbackupinstance-function. */
JET_ERR JET_API JetBackupInstanceA(JET_INSTANCE instance, JET_PCSTR szBackupPath, JET_GRBIT grbit,
                                   JET_PFNSTATUS pfnStatus);
JET_ERR JET_API JetBackupInstanceW(JET_INSTANCE instance, JET_PCWSTR szBackupPath, JET_GRBIT grbit,
                                   JET_PFNSTATUS pfnStatus);

/* Brings a backup from folder `sz` back, to szDest or where it came from, into a created instance
 * that is not started, in the place of what it had. The log comes to lie where JET_paramLogFilePath
 * says. pfn hears of the progress; when it answers with an error, that ends the restore. All or
 * nothing: after an error, and when the process or the machine dies on the way, the next JetInit
 * finds what was there, or the whole of the backup. Calls of the instance meanwhile give
 * JET_errRestoreInProgress.
 * Errors: JET_errAlreadyInitialized, JET_errRestoreInProgress, JET_errInvalidParameter,
 * JET_errNoBackup (there is none in `sz`), JET_errInvalidBackup (it is not whole),
 * JET_errReadVerifyFailure (a file of it is damaged), JET_errInvalidPath (a folder for databases is
 * missing), JET_errMissingLogFile (the log of what is there lies in another folder than the one
 * named), JET_errBadLogSignature (somebody else's log is there), JET_errFeatureNotAvailable, errors
 * of the store.
 * Entry: instance; any thread. Page: jetrestoreinstance-function. */
JET_ERR JET_API JetRestoreInstanceA(JET_INSTANCE instance, JET_PCSTR sz, JET_PCSTR szDest,
                                    JET_PFNSTATUS pfn);
JET_ERR JET_API JetRestoreInstanceW(JET_INSTANCE instance, JET_PCWSTR sz, JET_PCWSTR szDest,
                                    JET_PFNSTATUS pfn);

/* Makes a running JetBackupInstance end with JET_errBackupAbortByServer.
 * Errors: JET_errNotInitialized, JET_errInvalidInstance, JET_errNoBackup (none is running).
 * Entry: instance; any thread. Page: jetstopbackupinstance-function. */
JET_ERR JET_API JetStopBackupInstance(JET_INSTANCE instance);

/* Begins a backup that the program reads file by file while the databases are used: first the
 * databases, then the log files. Grbits: 0, a full one; JET_bitBackupIncremental, log files alone, of
 * what is new since the last one of either kind that ended well (when that was incremental: and was
 * truncated). JetTerm2 without JET_bitTermAbrupt and JET_bitTermStopBackup gives
 * JET_errBackupInProgress until its end.
 * What the files are is this engine's: a database's file names it, and the log files are all that
 * the instance holds, up to the moment when they were first asked for. At an address they are the
 * server's.
 * Errors: JET_errBackupInProgress (at an address: also of another program's), JET_errInvalidGrbit,
 * JET_errMissingFullBackup, JET_errInvalidBackup (an incremental one with JET_paramCircularLog),
 * JET_errAccessDenied (as JetBackupInstance), errors of the store.
 * Entry: instance; any thread. Page: jetbeginexternalbackupinstance-function. */
JET_ERR JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit);

/* Ends it. Without grbit, or with JET_bitBackupEndNormal, it was one, unless there is an error; with
 * JET_bitBackupEndAbort it was none. JET_bitBackupTruncateDone as after JetTruncateLogInstance. On
 * JET_errInvalidGrbit and JET_errInvalidParameter it has not ended.
 * Errors: JET_errNoBackup, JET_errBackupAbortByServer (JetStopBackupInstance), JET_errBackupAbortByCaller
 * (before the log files were asked for), JET_errInvalidGrbit, JET_errInvalidParameter, errors of the
 * store.
 * Entry: instance; any thread. Page: jetendexternalbackupinstance2-function. */
JET_ERR JET_API JetEndExternalBackupInstance(JET_INSTANCE instance);
JET_ERR JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit);

/* Tells the paths of the databases that there were when the backup began (attached, or with their files
 * where they were created), of log files, or of log files that could be deleted (none: the store sees to
 * that itself); at an address names without folders. They are strings one after the other and an empty
 * one, as much as `cbMax` octets hold; pcbActual, which may be NULL, gets the octets of all.
 * Asking for log files settles what the backup contains, and closes the part of the databases. pLogInfo,
 * which may be NULL, gets their numbers; its cbSize must be set.
 * Errors: JET_errNoBackup, JET_errBackupAbortByServer, JET_errInvalidBackupSequence (databases of an
 * incremental backup; a file is open; none of the log files were asked for), JET_errInvalidParameter,
 * errors of the store, which end the backup.
 * Entry: instance; any thread. Page: jetgetloginfoinstance2-function. */
JET_ERR JET_API JetGetAttachInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzDatabases,
                                          unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetGetAttachInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzDatabases,
                                          unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetGetLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, unsigned long cbMax,
                                       unsigned long *pcbActual);
JET_ERR JET_API JetGetLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs,
                                       unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetGetLogInfoInstance2A(JET_INSTANCE instance, JET_PSTR szzLogs,
                                        unsigned long cbMax, unsigned long *pcbActual,
                                        JET_LOGINFO_A *pLogInfo);
JET_ERR JET_API JetGetLogInfoInstance2W(JET_INSTANCE instance, JET_PWSTR wszzLogs,
                                        unsigned long cbMax, unsigned long *pcbActual,
                                        JET_LOGINFO_W *pLogInfo);
JET_ERR JET_API JetGetTruncateLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs,
                                               unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetGetTruncateLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs,
                                               unsigned long cbMax, unsigned long *pcbActual);

/* Opens one of the files, one at a time; the sizes may be NULL. Reading goes on where the last read
 * ended and gives 0 octets at the file's end; cb is a multiple of JET_paramDatabasePageSize, at first at
 * least three pages of a database, two of a log file. pv needs no alignment here.
 * Errors: JET_errNoBackup, JET_errBackupAbortByServer (not when closing), JET_errInvalidParameter (no
 * such handle, no path, a size that will not do), JET_errOutOfMemory (a file is open),
 * JET_errDatabaseNotFound (not a database of the backup), JET_errInvalidBackupSequence (a database after the
 * log files were asked for), JET_errMissingFileToBackup (not one of them), errors of the store. The last
 * two of a log file end the backup; an error of reading a database closes its file.
 * Entry: instance; any thread. Page: jetopenfileinstance-function. */
JET_ERR JET_API JetOpenFileInstanceA(JET_INSTANCE instance, JET_PCSTR szFileName,
                                     JET_HANDLE *phfFile, unsigned long *pulFileSizeLow,
                                     unsigned long *pulFileSizeHigh);
JET_ERR JET_API JetOpenFileInstanceW(JET_INSTANCE instance, JET_PCWSTR szFileName,
                                     JET_HANDLE *phfFile, unsigned long *pulFileSizeLow,
                                     unsigned long *pulFileSizeHigh);
JET_ERR JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void *pv,
                                    unsigned long cb, unsigned long *pcbActual);
JET_ERR JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile);

/* All log files have been read: the next incremental backup adds to this one, when it ends well.
 * Nothing is deleted, since nothing is kept for backups.
 * Errors: JET_errNoBackup, JET_errBackupAbortByServer, JET_errInvalidBackupSequence (a file is open, or
 * the log files were not asked for), JET_errLogFileNotCopied (one was not read to its end).
 * Entry: instance; any thread. Page: jettruncateloginstance-function. */
JET_ERR JET_API JetTruncateLogInstance(JET_INSTANCE instance);

/* Restores what was read file by file. The log files of the full backup, and of the incremental ones
 * that are to be restored with it, lie in szBackupLogPath under their names; pLogInfo says the lowest
 * and the highest number, and what their names begin with. The store comes to lie below
 * szCheckpointFilePath, its log below szLogPath: the system path and log path of the instance that is to
 * use it, which does not run. It takes the place of what is there, all or nothing as
 * JetRestoreInstance. With a map its databases are those at szNewDatabaseName, where the program has
 * copied their files; without one each is named where it was. A database cannot be attached to another
 * instance's store.
 * JetExternalRestore is the same for names that begin with "edb".
 * Errors: JET_errInvalidParameter, JET_errRunningInOneInstanceMode, JET_errBadRestoreTargetInstance
 * (there is no going on with the log of a running instance), JET_errMissingLogFile,
 * JET_errBadLogSignature (a log file is not the one that it should be), JET_errReadVerifyFailure (it is
 * damaged), JET_errStartingRestoreLogTooHigh, JET_errEndingRestoreLogTooLow, JET_errFileNotFound,
 * JET_errDatabaseCorrupted, JET_errRestoreOfNonBackupDatabase (what lies at a new path),
 * JET_errInvalidPath, JET_errSystemPathInUse, JET_errFeatureNotAvailable, errors of the store.
 * Entry: no handle; any thread. Page: jetexternalrestore2-function. */
JET_ERR JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                                    JET_RSTMAP_A *rgrstmap, long crstfilemap,
                                    JET_PSTR szBackupLogPath, long genLow, long genHigh,
                                    JET_PFNSTATUS pfn);
JET_ERR JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                                    JET_RSTMAP_W *rgrstmap, long crstfilemap,
                                    JET_PWSTR szBackupLogPath, long genLow, long genHigh,
                                    JET_PFNSTATUS pfn);
JET_ERR JET_API JetExternalRestore2A(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                                     JET_RSTMAP_A *rgrstmap, long crstfilemap,
                                     JET_PSTR szBackupLogPath, JET_LOGINFO_A *pLogInfo,
                                     JET_PSTR szTargetInstanceName,
                                     JET_PSTR szTargetInstanceLogPath,
                                     JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn);
JET_ERR JET_API JetExternalRestore2W(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                                     JET_RSTMAP_W *rgrstmap, long crstfilemap,
                                     JET_PWSTR szBackupLogPath, JET_LOGINFO_W *pLogInfo,
                                     JET_PWSTR szTargetInstanceName,
                                     JET_PWSTR szTargetInstanceLogPath,
                                     JET_PWSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn);

/* The forms that name no instance: those of the only one, in a process in single-instance mode.
 * Errors: JET_errRunningInMultiInstanceMode, JET_errNotInitialized, those of the others.
 * Entry: no handle; any thread. Page: jetbackup-function. */
JET_ERR JET_API JetBackupA(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_ERR JET_API JetBackupW(JET_PCWSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus);
JET_ERR JET_API JetStopBackup(void);
JET_ERR JET_API JetBeginExternalBackup(JET_GRBIT grbit);
JET_ERR JET_API JetEndExternalBackup(void);
JET_ERR JET_API JetGetAttachInfoA(JET_PSTR szzDatabases, unsigned long cbMax,
                                  unsigned long *pcbActual);
JET_ERR JET_API JetGetAttachInfoW(JET_PWSTR wszzDatabases, unsigned long cbMax,
                                  unsigned long *pcbActual);
JET_ERR JET_API JetOpenFileA(JET_PCSTR szFileName, JET_HANDLE *phfFile,
                             unsigned long *pulFileSizeLow, unsigned long *pulFileSizeHigh);
JET_ERR JET_API JetOpenFileW(JET_PCWSTR szFileName, JET_HANDLE *phfFile,
                             unsigned long *pulFileSizeLow, unsigned long *pulFileSizeHigh);
JET_ERR JET_API JetReadFile(JET_HANDLE hfFile, void *pv, unsigned long cb,
                            unsigned long *pcbActual);
JET_ERR JET_API JetCloseFile(JET_HANDLE hfFile);
JET_ERR JET_API JetGetLogInfoA(JET_PSTR szzLogs, unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetGetLogInfoW(JET_PWSTR szzLogs, unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetTruncateLog(void);

/* Restoring into an instance that has no handle.
 * Errors: JET_errFeatureNotAvailable always; use JetRestoreInstance.
 * Entry: no handle; any thread. Page: jetrestore-function. */
JET_ERR JET_API JetRestoreA(JET_PCSTR szSource, JET_PFNSTATUS pfn);
JET_ERR JET_API JetRestoreW(JET_PCWSTR szSource, JET_PFNSTATUS pfn);
JET_ERR JET_API JetRestore2A(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn);
JET_ERR JET_API JetRestore2W(JET_PCWSTR sz, JET_PCWSTR szDest, JET_PFNSTATUS pfn);

/* The handshake with Windows' volume snapshots.
 * Errors: JET_errFeatureNotAvailable always.
 * Entry: no handle; any thread. Page: jetossnapshotprepare-function. */
JET_ERR JET_API JetOSSnapshotPrepare(JET_OSSNAPID *psnapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance,
                                             const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotFreezeA(const JET_OSSNAPID snapId, unsigned long *pcInstanceInfo,
                                     JET_INSTANCE_INFO_A **paInstanceInfo, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotFreezeW(const JET_OSSNAPID snapId, unsigned long *pcInstanceInfo,
                                     JET_INSTANCE_INFO_W **paInstanceInfo, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotGetFreezeInfoA(const JET_OSSNAPID snapId,
                                            unsigned long *pcInstanceInfo,
                                            JET_INSTANCE_INFO_A **paInstanceInfo,
                                            const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotGetFreezeInfoW(const JET_OSSNAPID snapId,
                                            unsigned long *pcInstanceInfo,
                                            JET_INSTANCE_INFO_W **paInstanceInfo,
                                            const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotThaw(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotAbort(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotEnd(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotTruncateLog(const JET_OSSNAPID snapId, const JET_GRBIT grbit);
JET_ERR JET_API JetOSSnapshotTruncateLogInstance(const JET_OSSNAPID snapId, JET_INSTANCE instance,
                                                 const JET_GRBIT grbit);

/* Counters of an old release.
 * Errors: JET_errFeatureNotAvailable after the checks of entry.
 * Entry: session. Page: jetgetcounter-function. */
JET_ERR JET_API JetGetCounter(JET_SESID sesid, long CounterType, long *plValue);
JET_ERR JET_API JetResetCounter(JET_SESID sesid, long CounterType);

#ifdef __cplusplus
}
#endif

#endif
