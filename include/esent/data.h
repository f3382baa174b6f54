/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/data.h - rows: the copy buffer, columns, temporary tables
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_DATA_H
#define HOLDFAST_ESENT_DATA_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens the cursor's copy buffer: JET_prepInsert, Replace, ReplaceNoLock, InsertCopy,
 * InsertCopyDeleteOriginal, ReadOnlyCopy ...; JET_prepCancel drops it. Replace locks the row.
 * Errors: JET_errAlreadyPrepared, JET_errUpdateNotPrepared (cancel), JET_errWriteConflict,
 * JET_errNoCurrentRecord, JET_errRecordDeleted, JET_errNotInTransaction (a copy at level 0),
 * JET_errTransReadOnly, JET_errPermissionDenied, JET_errInvalidParameter.
 * Entry: cursor. Page: jetprepareupdate-function. */
JET_ERR JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, unsigned long prep);

/* Puts a value, or several, into the copy buffer; a JET_SETINFO names the part of a long value
 * and the value of a multi-valued column. Warning: JET_wrnColumnMaxTruncated.
 * Errors: JET_errUpdateNotPrepared, JET_errBadColumnId, JET_errColumnNotFound,
 * JET_errNullInvalid, JET_errColumnTooBig, JET_errInvalidBufferSize, JET_errInvalidColumnType
 * (autoincrement, version), JET_errBadItagSequence, JET_errMultiValuedDuplicate,
 * JET_errRecordTooBig, JET_errColumnNoChunk, JET_errNotInTransaction (a long value at level 0),
 * JET_errInvalidGrbit.
 * Entry: cursor. Page: jetsetcolumn-function. */
JET_ERR JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid,
                             const void *pvData, unsigned long cbData, JET_GRBIT grbit,
                             JET_SETINFO *psetinfo);
JET_ERR JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN *psetcolumn,
                              unsigned long csetcolumn);

/* Carries the prepared update out and gives the row's bookmark (pvBookmark may be NULL). The
 * cursor does not move to an inserted row.
 * Errors: JET_errUpdateNotPrepared, JET_errKeyDuplicate, JET_errWriteConflict,
 * JET_errNullInvalid, JET_errNullKeyDisallowed, JET_errRecordPrimaryChanged, JET_errRecordTooBig,
 * JET_errBufferTooSmall, JET_errSessionSharingViolation (not the thread or context of the
 * transaction), errors of the store. After JET_errKeyDuplicate and JET_errWriteConflict the
 * update stays prepared.
 * Entry: cursor. Page: jetupdate-function. */
JET_ERR JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark,
                          unsigned long cbBookmark, unsigned long *pcbActual);
JET_ERR JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark,
                           unsigned long cbBookmark, unsigned long *pcbActual,
                           const JET_GRBIT grbit);

/* Deletes the current row; the cursor stays at its place. Drops a prepared update.
 * Errors: JET_errNoCurrentRecord, JET_errRecordDeleted, JET_errWriteConflict,
 * JET_errTransReadOnly, JET_errPermissionDenied, JET_errSessionSharingViolation,
 * JET_errAlreadyPrepared (an InsertCopyDelete or ReplaceOriginal is prepared).
 * Entry: cursor. Page: jetdelete-function. */
JET_ERR JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid);

/* Adds a number to an escrow column of the current row without locking others out who do the
 * same; the value before, as this transaction sees it, goes to pvOld. Needs a transaction.
 * Errors: JET_errNotInTransaction, JET_errAlreadyPrepared, JET_errWriteConflict,
 * JET_errInvalidOperation (no escrow column), JET_errInvalidBufferSize,
 * JET_errSessionSharingViolation.
 * Entry: cursor. Page: jetescrowupdate-function. */
JET_ERR JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid,
                                void *pv, unsigned long cbMax, void *pvOld, unsigned long cbOldMax,
                                unsigned long *pcbOldActual, JET_GRBIT grbit);

/* Locks the current row for reading (JET_bitReadLock) or writing (JET_bitWriteLock) till the
 * transaction's end.
 * Errors: JET_errNotInTransaction, JET_errWriteConflict, JET_errNoCurrentRecord,
 * JET_errInvalidGrbit, JET_errTransReadOnly, JET_errPermissionDenied.
 * Entry: cursor. Page: jetgetlock-function. */
JET_ERR JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* Gives a column of the current row, or of the copy buffer (JET_bitRetrieveCopy); a JET_RETINFO
 * names the part of a long value and the value of a multi-valued column. *pcbActual is the full
 * length. Warnings: JET_wrnColumnNull, JET_wrnBufferTruncated.
 * Errors: JET_errNoCurrentRecord, JET_errRecordDeleted, JET_errColumnNotFound,
 * JET_errBadColumnId, JET_errInvalidParameter, JET_errInvalidBufferSize, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetretrievecolumn-function. */
JET_ERR JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid,
                                  void *pvData, unsigned long cbData, unsigned long *pcbActual,
                                  JET_GRBIT grbit, JET_RETINFO *pretinfo);
JET_ERR JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid,
                                   JET_RETRIEVECOLUMN *pretrievecolumn,
                                   unsigned long cretrievecolumn);

/* Gives the columns and values that are present, or those of a list, in memory from the program's
 * own pfnRealloc, which may be called any number of times and must not call this library for
 * another session.
 * Warning: JET_wrnColumnNull and its kin in each entry's err.
 * Errors: JET_errNoCurrentRecord, JET_errOutOfMemory (pfnRealloc gave NULL),
 * JET_errInvalidParameter, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetenumeratecolumns-function. */
JET_ERR JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid,
                                    unsigned long cEnumColumnId, JET_ENUMCOLUMNID *rgEnumColumnId,
                                    unsigned long *pcEnumColumn, JET_ENUMCOLUMN **prgEnumColumn,
                                    JET_PFNREALLOC pfnRealloc, void *pvReallocContext,
                                    unsigned long cbDataMost, JET_GRBIT grbit);

/* Counts the octets and columns of the current row, or of the copy buffer, by kind.
 * Errors: JET_errNoCurrentRecord, JET_errUpdateNotPrepared, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetgetrecordsize-function. */
JET_ERR JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE *precsize,
                                 const JET_GRBIT grbit);
JET_ERR JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2 *precsize,
                                  const JET_GRBIT grbit);

/* Opens a table that only this session sees and that disappears when it is closed: a sort when
 * JET_bitTTIndexed is not there or JET_bitTTForwardOnly is, else a scratch table. The columns
 * with JET_bitColumnTTKey are its key. The numbers of the columns go to prgcolumnid.
 * Errors: JET_errCannotIndex, JET_errTooManySorts, JET_errTooManyColumns,
 * JET_errInvalidColumnType, JET_errInvalidLanguageId, JET_errInvalidParameter,
 * JET_errInvalidGrbit.
 * Entry: session. Page: jetopentemptable-function. */
JET_ERR JET_API JetOpenTempTable(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef,
                                 unsigned long ccolumn, JET_GRBIT grbit, JET_TABLEID *ptableid,
                                 JET_COLUMNID *prgcolumnid);
JET_ERR JET_API JetOpenTempTable2(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef,
                                  unsigned long ccolumn, unsigned long lcid, JET_GRBIT grbit,
                                  JET_TABLEID *ptableid, JET_COLUMNID *prgcolumnid);
JET_ERR JET_API JetOpenTempTable3(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef,
                                  unsigned long ccolumn, JET_UNICODEINDEX *pidxunicode,
                                  JET_GRBIT grbit, JET_TABLEID *ptableid,
                                  JET_COLUMNID *prgcolumnid);
JET_ERR JET_API JetOpenTemporaryTable(JET_SESID sesid, JET_OPENTEMPORARYTABLE *popentemporarytable);
JET_ERR JET_API JetOpenTemporaryTable2(JET_SESID sesid,
                                       JET_OPENTEMPORARYTABLE2 *popentemporarytable);

#ifdef __cplusplus
}
#endif

#endif
