/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/schema.h - tables, columns, indexes and what they look like
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_SCHEMA_H
#define HOLDFAST_ESENT_SCHEMA_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Creates an empty table and opens it for this session alone. lPages and lDensity are hints.
 * Errors: JET_errTableDuplicate, JET_errInvalidName, JET_errInvalidDatabaseId,
 * JET_errDensityInvalid, JET_errTransReadOnly, JET_errSessionSharingViolation,
 * JET_errWriteConflict.
 * Entry: session. Page: jetcreatetable-function. */
JET_ERR JET_API JetCreateTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                unsigned long lPages, unsigned long lDensity,
                                JET_TABLEID *ptableid);
JET_ERR JET_API JetCreateTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                unsigned long lPages, unsigned long lDensity,
                                JET_TABLEID *ptableid);

/* Creates a table with its columns and indexes in one step and opens it (tableid). Each entry's
 * `err` says what became of it; cCreated counts the table, columns and indexes made. On an error
 * there is no table. The forms differ in their structure: 2 a callback, 3 hints and index
 * structures with them, 4 locale names, 5 a bound for long value chunks.
 * JET_bitTableCreateFixedDDL: once the cursor is closed only a cursor with JET_bitTablePermitDDL
 * changes the definition, and by adding alone. JET_bitTableCreateTemplateTable: szTemplateTableName of
 * other tables may name this one. They have its columns and its indexes, each with rows and
 * autoincrement numbers of its own, and columns and indexes of theirs behind. The template's
 * definition, its name and the table stay for ever.
 * Errors: those of JetCreateTable, JetAddColumn and JetCreateIndex; JET_errInvalidParameter
 * (cbStruct), JET_errCannotNestDDL (a template derived from one), JET_errDDLNotInheritable (from a
 * table that is none), JET_errInvalidGrbit.
 * Entry: session. Page: jetcreatetablecolumnindex-function. */
JET_ERR JET_API JetCreateTableColumnIndexA(JET_SESID sesid, JET_DBID dbid,
                                           JET_TABLECREATE_A *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndexW(JET_SESID sesid, JET_DBID dbid,
                                           JET_TABLECREATE_W *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex2A(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE2_A *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex2W(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE2_W *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex3A(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE3_A *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex3W(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE3_W *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex4A(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE4_A *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex4W(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE4_W *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex5A(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE5_A *ptablecreate);
JET_ERR JET_API JetCreateTableColumnIndex5W(JET_SESID sesid, JET_DBID dbid,
                                            JET_TABLECREATE5_W *ptablecreate);

/* Deletes a table with everything in it when the transaction commits.
 * Errors: JET_errObjectNotFound, JET_errTableInUse (somebody has it open), JET_errTableLocked (another
 * session has it for itself, or is deleting it), JET_errCannotDeleteSystemTable, JET_errCannotDeleteTempTable (close it),
 * JET_errCannotDeleteTemplateTable, JET_errTransReadOnly,
 * JET_errSessionSharingViolation.
 * Entry: session. Page: jetdeletetable-function. */
JET_ERR JET_API JetDeleteTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName);
JET_ERR JET_API JetDeleteTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName);

/* Gives a table another name.
 * Errors: JET_errObjectNotFound, JET_errTableDuplicate, JET_errInvalidName, JET_errTableInUse and
 * JET_errTableLocked (as JetDeleteTable), JET_errFixedDDL, JET_errTransReadOnly, JET_errSessionSharingViolation.
 * Entry: session. Page: jetrenametable-function. */
JET_ERR JET_API JetRenameTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szName,
                                JET_PCSTR szNameNew);
JET_ERR JET_API JetRenameTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szName,
                                JET_PCWSTR szNameNew);

/* Adds a column to the cursor's table; rows that exist show its default. *pcolumnid (may be NULL)
 * is its number.
 * Errors: JET_errColumnDuplicate, JET_errInvalidColumnType, JET_errTooManyColumns,
 * JET_errColumnRedundant (a second autoincrement or version column), JET_errDefaultValueTooBig,
 * JET_errTaggedNotNULL, JET_errTableNotEmpty (an escrow column; an autoincrement column numbers the
 * rows that are there, and is JET_errWriteConflict while others write), JET_errFixedDDL,
 * JET_errPermissionDenied,
 * JET_errInvalidName, JET_errTransReadOnly.
 * Entry: cursor. Page: jetaddcolumn-function. */
JET_ERR JET_API JetAddColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                              const JET_COLUMNDEF *pcolumndef, const void *pvDefault,
                              unsigned long cbDefault, JET_COLUMNID *pcolumnid);
JET_ERR JET_API JetAddColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                              const JET_COLUMNDEF *pcolumndef, const void *pvDefault,
                              unsigned long cbDefault, JET_COLUMNID *pcolumnid);

/* Deletes a column. With JET_bitDeleteColumnIgnoreTemplateColumns one that is inherited from a
 * template table is not looked for.
 * Errors: JET_errColumnNotFound, JET_errColumnInUse (an index has it), JET_errFixedDDL,
 * JET_errFixedInheritedDDL (it is inherited), JET_errInvalidGrbit.
 * Entry: cursor. Page: jetdeletecolumn-function. */
JET_ERR JET_API JetDeleteColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName);
JET_ERR JET_API JetDeleteColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName);
JET_ERR JET_API JetDeleteColumn2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                                  const JET_GRBIT grbit);
JET_ERR JET_API JetDeleteColumn2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szColumnName,
                                  const JET_GRBIT grbit);

/* Gives a column another name; grbit must be 0. Not in a transaction.
 * Errors: JET_errInTransaction, JET_errColumnNotFound (also when it is inherited), JET_errColumnDuplicate, JET_errInvalidName, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetrenamecolumn-function. */
JET_ERR JET_API JetRenameColumnA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szName,
                                 JET_PCSTR szNameNew, JET_GRBIT grbit);
JET_ERR JET_API JetRenameColumnW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szName,
                                 JET_PCWSTR szNameNew, JET_GRBIT grbit);

/* Changes the default of a column; rows that have no value of their own show the new one.
 * Errors: JET_errColumnNotFound, JET_errObjectNotFound, JET_errColumnInUse (indexed),
 * JET_errNullInvalid (no value: a default cannot be taken away),
 * JET_errDefaultValueTooBig.
 * Entry: session. Page: jetsetcolumndefaultvalue-function. */
JET_ERR JET_API JetSetColumnDefaultValueA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                          JET_PCSTR szColumnName, const void *pvData,
                                          const unsigned long cbData, const JET_GRBIT grbit);
JET_ERR JET_API JetSetColumnDefaultValueW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                          JET_PCWSTR szColumnName, const void *pvData,
                                          const unsigned long cbData, const JET_GRBIT grbit);

/* Creates one index, or an array of them, over the rows that exist. A key is a list of segments,
 * each '+' or '-' and a column name and a NUL, with one more NUL at its end; cbKey counts octets.
 * Errors: JET_errIndexDuplicate, JET_errIndexInvalidDef, JET_errColumnNotFound,
 * JET_errIndexHasPrimary, JET_errTableNotEmpty (a primary index), JET_errKeyDuplicate,
 * JET_errNullKeyDisallowed, JET_errInvalidParameter, JET_errTooManyIndexes, JET_errFixedDDL.
 * Entry: cursor. Page: jetcreateindex-function. */
JET_ERR JET_API JetCreateIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                                JET_GRBIT grbit, const char *szKey, unsigned long cbKey,
                                unsigned long lDensity);
JET_ERR JET_API JetCreateIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                                JET_GRBIT grbit, const WCHAR *szKey, unsigned long cbKey,
                                unsigned long lDensity);
JET_ERR JET_API JetCreateIndex2A(JET_SESID sesid, JET_TABLEID tableid,
                                 JET_INDEXCREATE_A *pindexcreate, unsigned long cIndexCreate);
JET_ERR JET_API JetCreateIndex2W(JET_SESID sesid, JET_TABLEID tableid,
                                 JET_INDEXCREATE_W *pindexcreate, unsigned long cIndexCreate);
JET_ERR JET_API JetCreateIndex3A(JET_SESID sesid, JET_TABLEID tableid,
                                 JET_INDEXCREATE2_A *pindexcreate, unsigned long cIndexCreate);
JET_ERR JET_API JetCreateIndex3W(JET_SESID sesid, JET_TABLEID tableid,
                                 JET_INDEXCREATE2_W *pindexcreate, unsigned long cIndexCreate);
JET_ERR JET_API JetCreateIndex4A(JET_SESID sesid, JET_TABLEID tableid,
                                 JET_INDEXCREATE3_A *pindexcreate, unsigned long cIndexCreate);
JET_ERR JET_API JetCreateIndex4W(JET_SESID sesid, JET_TABLEID tableid,
                                 JET_INDEXCREATE3_W *pindexcreate, unsigned long cIndexCreate);

/* Deletes a secondary index.
 * Errors: JET_errIndexNotFound, JET_errIndexMustStay (the primary), JET_errIndexInUse (it is the current
 * index of a cursor, of whichever session), JET_errFixedDDL.
 * Entry: cursor. Page: jetdeleteindex-function. */
JET_ERR JET_API JetDeleteIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName);
JET_ERR JET_API JetDeleteIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName);

/* Gives a JET_OBJECTINFO of one table, or with JET_ObjInfoList(NoStats) a JET_OBJECTLIST: a
 * temporary table with a row a table, to be closed by the caller.
 * Errors: JET_errObjectNotFound, JET_errInvalidParameter, JET_errInvalidBufferSize.
 * Entry: session. Page: jetgetobjectinfo-function. */
JET_ERR JET_API JetGetObjectInfoA(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp,
                                  JET_PCSTR szContainerName, JET_PCSTR szObjectName, void *pvResult,
                                  unsigned long cbMax, unsigned long InfoLevel);
JET_ERR JET_API JetGetObjectInfoW(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP objtyp,
                                  JET_PCWSTR szContainerName, JET_PCWSTR szObjectName,
                                  void *pvResult, unsigned long cbMax, unsigned long InfoLevel);

/* Gives facts of the cursor's table by InfoLevel: JET_TblInfo, Name, Dbid, SpaceUsage,
 * SpaceOwned, SpaceAvailable, TemplateTableName. There is nothing that can be set.
 * Errors: JET_errInvalidParameter, JET_errInvalidBufferSize, JET_errFeatureNotAvailable
 * (setting).
 * Entry: cursor. Page: jetgettableinfo-function. */
JET_ERR JET_API JetGetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, void *pvResult,
                                 unsigned long cbMax, unsigned long InfoLevel);
JET_ERR JET_API JetGetTableInfoW(JET_SESID sesid, JET_TABLEID tableid, void *pvResult,
                                 unsigned long cbMax, unsigned long InfoLevel);
JET_ERR JET_API JetSetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, const void *pvParam,
                                 unsigned long cbParam, unsigned long InfoLevel);
JET_ERR JET_API JetSetTableInfoW(JET_SESID sesid, JET_TABLEID tableid, const void *pvParam,
                                 unsigned long cbParam, unsigned long InfoLevel);

/* Gives a JET_COLUMNDEF (JET_ColInfo by name, JET_ColInfoByColid by number), a JET_COLUMNBASE, or
 * a JET_COLUMNLIST whose temporary table has a row a column and is to be closed by the caller.
 * Errors: JET_errColumnNotFound, JET_errInvalidParameter, JET_errInvalidBufferSize.
 * Entry: cursor. Page: jetgettablecolumninfo-function. */
JET_ERR JET_API JetGetTableColumnInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szColumnName,
                                       void *pvResult, unsigned long cbMax,
                                       unsigned long InfoLevel);
JET_ERR JET_API JetGetTableColumnInfoW(JET_SESID sesid, JET_TABLEID tableid,
                                       JET_PCWSTR szColumnName, void *pvResult, unsigned long cbMax,
                                       unsigned long InfoLevel);

/* As JetGetTableColumnInfo, for a table by its name.
 * Errors: as there, JET_errObjectNotFound.
 * Entry: session. Page: jetgetcolumninfo-function. */
JET_ERR JET_API JetGetColumnInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                  JET_PCSTR pColumnNameOrId, void *pvResult, unsigned long cbMax,
                                  unsigned long InfoLevel);
JET_ERR JET_API JetGetColumnInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                  JET_PCWSTR pwColumnNameOrId, void *pvResult, unsigned long cbMax,
                                  unsigned long InfoLevel);

/* Gives a JET_INDEXLIST (temporary table, a row a segment), the count of indexes, or one fact of
 * an index: JET_IdxInfoLCID, VarSegMac, IndexId, KeyMost, LocaleName, SpaceOwned; or with
 * JET_IdxInfoCreateIndex, 2 and 3 the JET_INDEXCREATE, 2 or 3 that would create it, what it points
 * to behind it in the buffer.
 * Errors: JET_errIndexNotFound, JET_errInvalidParameter, JET_errInvalidBufferSize,
 * JET_errBufferTooSmall.
 * Entry: cursor. Page: jetgettableindexinfo-function. */
JET_ERR JET_API JetGetTableIndexInfoA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                                      void *pvResult, unsigned long cbResult,
                                      unsigned long InfoLevel);
JET_ERR JET_API JetGetTableIndexInfoW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                                      void *pvResult, unsigned long cbResult,
                                      unsigned long InfoLevel);

/* As JetGetTableIndexInfo, for a table by its name.
 * Errors: as there, JET_errObjectNotFound.
 * Entry: session. Page: jetgetindexinfo-function. */
JET_ERR JET_API JetGetIndexInfoA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                                 JET_PCSTR szIndexName, void *pvResult, unsigned long cbResult,
                                 unsigned long InfoLevel);
JET_ERR JET_API JetGetIndexInfoW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                                 JET_PCWSTR szIndexName, void *pvResult, unsigned long cbResult,
                                 unsigned long InfoLevel);

/* Functions of the program to be called around updates of a table.
 * Errors: JET_errFeatureNotAvailable after the checks of entry.
 * Entry: cursor. Page: jetregistercallback-function. */
JET_ERR JET_API JetRegisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                                    JET_CALLBACK pCallback, void *pvContext,
                                    JET_HANDLE *phCallbackId);
JET_ERR JET_API JetUnregisterCallback(JET_SESID sesid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                                      JET_HANDLE hCallbackId);

/* Counts the entries of the table's indexes anew; the embedded store needs no such figures and
 * does nothing.
 * Entry: cursor. Page: jetcomputestats-function. */
JET_ERR JET_API JetComputeStats(JET_SESID sesid, JET_TABLEID tableid);

#ifdef __cplusplus
}
#endif

#endif
