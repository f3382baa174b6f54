/* SPDX-License-Identifier: Apache-2.0
 *
 * absent.c - functions of Microsoft's machinery that no engine here has
 *
 * Programs that are linked with them load and are told so. Those that take a handle pass the gate
 * first, so that a wrong handle or state is heard of before.
 */
#include "ese/api/gate.h"

/* Parameters are there for their types alone. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static JET_ERR absent_of_instance(JET_INSTANCE instance)
{
    struct jet_call call;
    JET_ERR err = jet_enter_instance(&call, CALL_EXTERNAL_BACKUP, instance);

    return err ? err : jet_leave(&call, JET_errFeatureNotAvailable);
}

static JET_ERR absent_of_session(JET_SESID sesid)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_DATABASE_UPKEEP, sesid);

    return err ? err : jet_leave(&call, JET_errFeatureNotAvailable);
}

static JET_ERR absent_of_cursor(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_call call;
    JET_ERR err = jet_enter_cursor(&call, CALL_CALLBACK, sesid, tableid);

    return err ? err : jet_leave(&call, JET_errFeatureNotAvailable);
}

/* ---- without a handle ---- */

JET_ERR JET_API JetConfigureProcessForCrashDump(const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetSetResourceParam(JET_INSTANCE instance, JET_RESOPER resoper, JET_RESID resid,
                                    JET_API_PTR ulParam)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetGetResourceParam(JET_INSTANCE instance, JET_RESOPER resoper, JET_RESID resid,
                                    JET_API_PTR *pulParam)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetBackupA(JET_PCSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetBackupW(JET_PCWSTR szBackupPath, JET_GRBIT grbit, JET_PFNSTATUS pfnStatus)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetStopBackup(void)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetRestoreA(JET_PCSTR szSource, JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetRestoreW(JET_PCWSTR szSource, JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetRestore2A(JET_PCSTR sz, JET_PCSTR szDest, JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetRestore2W(JET_PCWSTR sz, JET_PCWSTR szDest, JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetExternalRestoreA(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                                    JET_RSTMAP_A *rgrstmap, long crstfilemap,
                                    JET_PSTR szBackupLogPath, long genLow, long genHigh,
                                    JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetExternalRestoreW(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                                    JET_RSTMAP_W *rgrstmap, long crstfilemap,
                                    JET_PWSTR szBackupLogPath, long genLow, long genHigh,
                                    JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetExternalRestore2A(JET_PSTR szCheckpointFilePath, JET_PSTR szLogPath,
                                     JET_RSTMAP_A *rgrstmap, long crstfilemap,
                                     JET_PSTR szBackupLogPath, JET_LOGINFO_A *pLogInfo,
                                     JET_PSTR szTargetInstanceName,
                                     JET_PSTR szTargetInstanceLogPath,
                                     JET_PSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetExternalRestore2W(JET_PWSTR szCheckpointFilePath, JET_PWSTR szLogPath,
                                     JET_RSTMAP_W *rgrstmap, long crstfilemap,
                                     JET_PWSTR szBackupLogPath, JET_LOGINFO_W *pLogInfo,
                                     JET_PWSTR szTargetInstanceName,
                                     JET_PWSTR szTargetInstanceLogPath,
                                     JET_PWSTR szTargetInstanceCheckpointPath, JET_PFNSTATUS pfn)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetBeginExternalBackup(JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetEndExternalBackup(void)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetGetAttachInfoA(JET_PSTR szzDatabases, unsigned long cbMax,
                                  unsigned long *pcbActual)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetGetAttachInfoW(JET_PWSTR wszzDatabases, unsigned long cbMax,
                                  unsigned long *pcbActual)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOpenFileA(JET_PCSTR szFileName, JET_HANDLE *phfFile,
                             unsigned long *pulFileSizeLow, unsigned long *pulFileSizeHigh)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOpenFileW(JET_PCWSTR szFileName, JET_HANDLE *phfFile,
                             unsigned long *pulFileSizeLow, unsigned long *pulFileSizeHigh)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetReadFile(JET_HANDLE hfFile, void *pv, unsigned long cb, unsigned long *pcbActual)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetCloseFile(JET_HANDLE hfFile)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetGetLogInfoA(JET_PSTR szzLogs, unsigned long cbMax, unsigned long *pcbActual)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetGetLogInfoW(JET_PWSTR szzLogs, unsigned long cbMax, unsigned long *pcbActual)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetTruncateLog(void)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotPrepare(JET_OSSNAPID *psnapId, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance,
                                             const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotFreezeA(const JET_OSSNAPID snapId, unsigned long *pcInstanceInfo,
                                     JET_INSTANCE_INFO_A **paInstanceInfo, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotFreezeW(const JET_OSSNAPID snapId, unsigned long *pcInstanceInfo,
                                     JET_INSTANCE_INFO_W **paInstanceInfo, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotGetFreezeInfoA(const JET_OSSNAPID snapId,
                                            unsigned long *pcInstanceInfo,
                                            JET_INSTANCE_INFO_A **paInstanceInfo,
                                            const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotGetFreezeInfoW(const JET_OSSNAPID snapId,
                                            unsigned long *pcInstanceInfo,
                                            JET_INSTANCE_INFO_W **paInstanceInfo,
                                            const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotThaw(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotAbort(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotEnd(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotTruncateLog(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

JET_ERR JET_API JetOSSnapshotTruncateLogInstance(const JET_OSSNAPID snapId, JET_INSTANCE instance,
                                                 const JET_GRBIT grbit)
{
    return JET_errFeatureNotAvailable;
}

/* ---- of an instance ---- */

JET_ERR JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetEndExternalBackupInstance(JET_INSTANCE instance)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetAttachInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzDatabases,
                                          unsigned long cbMax, unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetAttachInfoInstanceW(JET_INSTANCE instance, JET_PWSTR szzDatabases,
                                          unsigned long cbMax, unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetOpenFileInstanceA(JET_INSTANCE instance, JET_PCSTR szFileName,
                                     JET_HANDLE *phfFile, unsigned long *pulFileSizeLow,
                                     unsigned long *pulFileSizeHigh)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetOpenFileInstanceW(JET_INSTANCE instance, JET_PCWSTR szFileName,
                                     JET_HANDLE *phfFile, unsigned long *pulFileSizeLow,
                                     unsigned long *pulFileSizeHigh)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void *pv,
                                    unsigned long cb, unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs, unsigned long cbMax,
                                       unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs,
                                       unsigned long cbMax, unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetLogInfoInstance2A(JET_INSTANCE instance, JET_PSTR szzLogs,
                                        unsigned long cbMax, unsigned long *pcbActual,
                                        JET_LOGINFO_A *pLogInfo)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetLogInfoInstance2W(JET_INSTANCE instance, JET_PWSTR wszzLogs,
                                        unsigned long cbMax, unsigned long *pcbActual,
                                        JET_LOGINFO_W *pLogInfo)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetTruncateLogInfoInstanceA(JET_INSTANCE instance, JET_PSTR szzLogs,
                                               unsigned long cbMax, unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetGetTruncateLogInfoInstanceW(JET_INSTANCE instance, JET_PWSTR wszzLogs,
                                               unsigned long cbMax, unsigned long *pcbActual)
{
    return absent_of_instance(instance);
}

JET_ERR JET_API JetTruncateLogInstance(JET_INSTANCE instance)
{
    return absent_of_instance(instance);
}

/* ---- of a session ---- */

JET_ERR JET_API JetSetDatabaseSizeA(JET_SESID sesid, JET_PCSTR szDatabaseName, unsigned long cpg,
                                    unsigned long *pcpgReal)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetSetDatabaseSizeW(JET_SESID sesid, JET_PCWSTR szDatabaseName, unsigned long cpg,
                                    unsigned long *pcpgReal)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetGrowDatabase(JET_SESID sesid, JET_DBID dbid, unsigned long cpg,
                                unsigned long *pcpgReal)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetResizeDatabase(JET_SESID sesid, JET_DBID dbid, unsigned long cpgTarget,
                                  unsigned long *pcpgActual, const JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetSetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, unsigned long cpg,
                                      JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetGetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, unsigned long *pcpg,
                                      JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetCompactA(JET_SESID sesid, JET_PCSTR szDatabaseSrc, JET_PCSTR szDatabaseDest,
                            JET_PFNSTATUS pfnStatus, JET_CONVERT_A *pconvert, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetCompactW(JET_SESID sesid, JET_PCWSTR szDatabaseSrc, JET_PCWSTR szDatabaseDest,
                            JET_PFNSTATUS pfnStatus, JET_CONVERT_W *pconvert, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDefragmentA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                               unsigned long *pcPasses, unsigned long *pcSeconds, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDefragmentW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                               unsigned long *pcPasses, unsigned long *pcSeconds, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDefragment2A(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDefragment2W(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDefragment3A(JET_SESID sesid, JET_PCSTR szDatabaseName, JET_PCSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, void *pvContext, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDefragment3W(JET_SESID sesid, JET_PCWSTR szDatabaseName, JET_PCWSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, void *pvContext, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetDatabaseScan(JET_SESID sesid, JET_DBID dbid, unsigned long *pcSecondsMax,
                                unsigned long cmsecSleep, JET_CALLBACK pfnCallback, JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetUpgradeDatabaseA(JET_SESID sesid, JET_PCSTR szDbFileName,
                                    JET_PCSTR szSLVFileName, const JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetUpgradeDatabaseW(JET_SESID sesid, JET_PCWSTR szDbFileName,
                                    JET_PCWSTR szSLVFileName, const JET_GRBIT grbit)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetGetCounter(JET_SESID sesid, long CounterType, long *plValue)
{
    return absent_of_session(sesid);
}

JET_ERR JET_API JetResetCounter(JET_SESID sesid, long CounterType)
{
    return absent_of_session(sesid);
}

/* ---- of a cursor ---- */

JET_ERR JET_API JetRegisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                                    JET_CALLBACK pCallback, void *pvContext,
                                    JET_HANDLE *phCallbackId)
{
    return absent_of_cursor(sesid, tableid);
}

JET_ERR JET_API JetUnregisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                                      JET_HANDLE hCallbackId)
{
    return absent_of_cursor(sesid, tableid);
}

JET_ERR JET_API JetSetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, const void *pvParam,
                                 unsigned long cbParam, unsigned long InfoLevel)
{
    return absent_of_cursor(sesid, tableid);
}

JET_ERR JET_API JetSetTableInfoW(JET_SESID sesid, JET_TABLEID tableid, const void *pvParam,
                                 unsigned long cbParam, unsigned long InfoLevel)
{
    return absent_of_cursor(sesid, tableid);
}
