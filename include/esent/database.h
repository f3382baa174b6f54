/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/database.h - databases
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_DATABASE_H
#define HOLDFAST_ESENT_DATABASE_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Creates the database szFilename, attaches and opens it for this session; *pdbid is its number.
 * A path with a folder instance, a name of letters, digits, '.', '_', '-' with another (docs:
 * addresses). szConnect is ignored. cpgDatabaseSizeMax bounds it (0: no bound). Grbits:
 * JET_bitDbOverwriteExisting and the recovery and shadowing bits, which change nothing.
 * Errors: JET_errDatabaseDuplicate, JET_errDatabaseInvalidPath, JET_errInTransaction,
 * JET_errTooManyAttachedDatabases, JET_errInvalidGrbit, JET_errInvalidPath, errors of the store.
 * Entry: session. Page: jetcreatedatabase-function. */
JET_ERR JET_API JetCreateDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR szConnect,
                                   JET_DBID *pdbid, JET_GRBIT grbit);
JET_ERR JET_API JetCreateDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_PCWSTR szConnect,
                                   JET_DBID *pdbid, JET_GRBIT grbit);
JET_ERR JET_API JetCreateDatabase2A(JET_SESID sesid, JET_PCSTR szFilename,
                                    const unsigned long cpgDatabaseSizeMax, JET_DBID *pdbid,
                                    JET_GRBIT grbit);
JET_ERR JET_API JetCreateDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename,
                                    const unsigned long cpgDatabaseSizeMax, JET_DBID *pdbid,
                                    JET_GRBIT grbit);

/* Makes an existing database known to the instance. Warning: JET_wrnDatabaseAttached when it is
 * already. JET_bitDbReadOnly attaches for reading, as a Windows .edb file is in any case; one that
 * was not shut down cleanly (JET_errDatabaseDirtyShutdown) needs JET_bitDbRecoveryOff (docs: edb).
 * JET_bitDbDeleteCorruptIndexes deletes secondary indexes whose text is in the order of another
 * collation's version, JET_bitDbDeleteUnicodeIndexes all of Unicode text; either tells of it by the
 * warning JET_wrnCorruptIndexDeleted (docs: jet).
 * Errors: JET_errFileNotFound, JET_errDatabaseNotFound, JET_errInTransaction,
 * JET_errDatabaseSharingViolation, JET_errDatabaseInvalidPath, JET_errTooManyAttachedDatabases,
 * JET_errInvalidDatabaseVersion, JET_errDatabaseDirtyShutdown, JET_errDatabaseCorrupted.
 * Entry: session. Page: jetattachdatabase-function. */
JET_ERR JET_API JetAttachDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit);
JET_ERR JET_API JetAttachDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_GRBIT grbit);
JET_ERR JET_API JetAttachDatabase2A(JET_SESID sesid, JET_PCSTR szFilename,
                                    const unsigned long cpgDatabaseSizeMax, JET_GRBIT grbit);
JET_ERR JET_API JetAttachDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename,
                                    const unsigned long cpgDatabaseSizeMax, JET_GRBIT grbit);

/* Takes the database from the instance; NULL: all of them. Forcing is refused. Still works after
 * JetStopServiceInstance.
 * Errors: JET_errDatabaseNotFound, JET_errDatabaseInUse (a session has it open),
 * JET_errInTransaction, JET_errForceDetachNotAllowed, JET_errInvalidGrbit.
 * Entry: session. Page: jetdetachdatabase-function. */
JET_ERR JET_API JetDetachDatabaseA(JET_SESID sesid, JET_PCSTR szFilename);
JET_ERR JET_API JetDetachDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename);
JET_ERR JET_API JetDetachDatabase2A(JET_SESID sesid, JET_PCSTR szFilename, JET_GRBIT grbit);
JET_ERR JET_API JetDetachDatabase2W(JET_SESID sesid, JET_PCWSTR szFilename, JET_GRBIT grbit);

/* Opens an attached database for this session (counted). JET_bitDbReadOnly; JET_bitDbExclusive, until
 * the session closes it: for itself, when nobody has it open.
 * Warning: JET_wrnFileOpenReadOnly when it is attached for reading and JET_bitDbReadOnly is not given.
 * Errors: JET_errDatabaseNotFound, JET_errDatabaseLocked (another session has it for itself),
 * JET_errDatabaseInUse (JET_bitDbExclusive, and it is open), JET_errOneDatabasePerSession, JET_errInvalidGrbit.
 * Entry: session. Page: jetopendatabase-function. */
JET_ERR JET_API JetOpenDatabaseA(JET_SESID sesid, JET_PCSTR szFilename, JET_PCSTR szConnect,
                                 JET_DBID *pdbid, JET_GRBIT grbit);
JET_ERR JET_API JetOpenDatabaseW(JET_SESID sesid, JET_PCWSTR szFilename, JET_PCWSTR szConnect,
                                 JET_DBID *pdbid, JET_GRBIT grbit);

/* Undoes one JetOpenDatabase; with the last, the session's cursors in it are closed. Still works
 * after JetStopServiceInstance.
 * Errors: JET_errInvalidDatabaseId, JET_errInvalidGrbit.
 * Entry: session. Page: jetclosedatabase-function. */
JET_ERR JET_API JetCloseDatabase(JET_SESID sesid, JET_DBID dbid, JET_GRBIT grbit);

/* Gives facts of an open database by InfoLevel: JET_DbInfoFilename, LCID, Version, Filesize,
 * SpaceOwned, SpaceAvailable, Misc, PageSize ...
 * Errors: JET_errInvalidDatabaseId, JET_errInvalidParameter (level), JET_errInvalidBufferSize,
 * JET_errBufferTooSmall.
 * Entry: session. Page: jetgetdatabaseinfo-function. */
JET_ERR JET_API JetGetDatabaseInfoA(JET_SESID sesid, JET_DBID dbid, void *pvResult,
                                    unsigned long cbMax, unsigned long InfoLevel);
JET_ERR JET_API JetGetDatabaseInfoW(JET_SESID sesid, JET_DBID dbid, void *pvResult,
                                    unsigned long cbMax, unsigned long InfoLevel);

/* Gives facts of a database file that need not be attached: JET_DbInfoFilesize, Misc, PageSize,
 * FileType, DBInUse.
 * Errors: JET_errFileNotFound, JET_errInvalidParameter, JET_errInvalidBufferSize,
 * JET_errDatabaseCorrupted.
 * Entry: no handle; any thread. Page: jetgetdatabasefileinfo-function. */
JET_ERR JET_API JetGetDatabaseFileInfoA(JET_PCSTR szDatabaseName, void *pvResult,
                                        unsigned long cbMax, unsigned long InfoLevel);
JET_ERR JET_API JetGetDatabaseFileInfoW(JET_PCWSTR szDatabaseName, void *pvResult,
                                        unsigned long cbMax, unsigned long InfoLevel);

/* Sizes in pages of a database file. The embedded store grows and shrinks by itself.
 * Errors: JET_errFeatureNotAvailable after the checks of entry.
 * Entry: session. Page: jetsetdatabasesize-function. */
JET_ERR JET_API JetSetDatabaseSizeA(JET_SESID sesid, JET_PCSTR szDatabaseName, unsigned long cpg,
                                    unsigned long *pcpgReal);
JET_ERR JET_API JetSetDatabaseSizeW(JET_SESID sesid, JET_PCWSTR szDatabaseName, unsigned long cpg,
                                    unsigned long *pcpgReal);
JET_ERR JET_API JetGrowDatabase(JET_SESID sesid, JET_DBID dbid, unsigned long cpg,
                                unsigned long *pcpgReal);
JET_ERR JET_API JetResizeDatabase(JET_SESID sesid, JET_DBID dbid, unsigned long cpgTarget,
                                  unsigned long *pcpgActual, const JET_GRBIT grbit);
JET_ERR JET_API JetSetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, unsigned long cpg,
                                      JET_GRBIT grbit);
JET_ERR JET_API JetGetMaxDatabaseSize(JET_SESID sesid, JET_DBID dbid, unsigned long *pcpg,
                                      JET_GRBIT grbit);

/* Copies a detached database without its free space.
 * Errors: JET_errFeatureNotAvailable after the checks of entry.
 * Entry: session. Page: jetcompact-function. */
JET_ERR JET_API JetCompactA(JET_SESID sesid, JET_PCSTR szDatabaseSrc, JET_PCSTR szDatabaseDest,
                            JET_PFNSTATUS pfnStatus, JET_CONVERT_A *pconvert, JET_GRBIT grbit);
JET_ERR JET_API JetCompactW(JET_SESID sesid, JET_PCWSTR szDatabaseSrc, JET_PCWSTR szDatabaseDest,
                            JET_PFNSTATUS pfnStatus, JET_CONVERT_W *pconvert, JET_GRBIT grbit);

/* Upkeep of database files that the embedded store does by itself.
 * Errors: JET_errFeatureNotAvailable after the checks of entry.
 * Entry: session. Page: jetdefragment-function. */
JET_ERR JET_API JetDefragmentA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                               unsigned long *pcPasses, unsigned long *pcSeconds, JET_GRBIT grbit);
JET_ERR JET_API JetDefragmentW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                               unsigned long *pcPasses, unsigned long *pcSeconds, JET_GRBIT grbit);
JET_ERR JET_API JetDefragment2A(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, JET_GRBIT grbit);
JET_ERR JET_API JetDefragment2W(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, JET_GRBIT grbit);
JET_ERR JET_API JetDefragment3A(JET_SESID sesid, JET_PCSTR szDatabaseName, JET_PCSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, void *pvContext, JET_GRBIT grbit);
JET_ERR JET_API JetDefragment3W(JET_SESID sesid, JET_PCWSTR szDatabaseName, JET_PCWSTR szTableName,
                                unsigned long *pcPasses, unsigned long *pcSeconds,
                                JET_CALLBACK callback, void *pvContext, JET_GRBIT grbit);
JET_ERR JET_API JetDatabaseScan(JET_SESID sesid, JET_DBID dbid, unsigned long *pcSecondsMax,
                                unsigned long cmsecSleep, JET_CALLBACK pfnCallback,
                                JET_GRBIT grbit);
JET_ERR JET_API JetUpgradeDatabaseA(JET_SESID sesid, JET_PCSTR szDbFileName,
                                    JET_PCSTR szSLVFileName, const JET_GRBIT grbit);
JET_ERR JET_API JetUpgradeDatabaseW(JET_SESID sesid, JET_PCWSTR szDbFileName,
                                    JET_PCWSTR szSLVFileName, const JET_GRBIT grbit);

#ifdef __cplusplus
}
#endif

#endif
