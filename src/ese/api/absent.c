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
