/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/cursor.h - cursors: opening, moving, seeking, keys and bookmarks
 *
 * What "Entry" and "Page" mean: esent.h.
 */
#ifndef HOLDFAST_ESENT_CURSOR_H
#define HOLDFAST_ESENT_CURSOR_H

#include <esent/structs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a cursor on a table of an open database. pvParameters is ignored. Grbits:
 * JET_bitTableDenyRead, DenyWrite, ReadOnly, Updatable, PermitDDL and hints. In a transaction:
 * closed by its rollback.
 * Errors: JET_errObjectNotFound, JET_errTableLocked (what another session's cursor shuts out, or its
 * delete), JET_errTableInUse (a cursor has what this one would shut out), JET_errInvalidDatabaseId,
 * JET_errOutOfCursors, JET_errTooManyOpenTables, JET_errInvalidGrbit, JET_errInvalidName.
 * Entry: session. Page: jetopentable-function. */
JET_ERR JET_API JetOpenTableA(JET_SESID sesid, JET_DBID dbid, JET_PCSTR szTableName,
                              const void *pvParameters, unsigned long cbParameters, JET_GRBIT grbit,
                              JET_TABLEID *ptableid);
JET_ERR JET_API JetOpenTableW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR szTableName,
                              const void *pvParameters, unsigned long cbParameters, JET_GRBIT grbit,
                              JET_TABLEID *ptableid);

/* Closes a cursor, dropping a prepared update; a temporary table disappears. Still works after
 * JetStopServiceInstance.
 * Entry: cursor. Page: jetclosetable-function. */
JET_ERR JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid);

/* Opens another cursor on the same table, as JetOpenTable does: on its primary index and first row.
 * grbit must be 0.
 * Errors: JET_errOutOfCursors, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetdupcursor-function. */
JET_ERR JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID *ptableid,
                             JET_GRBIT grbit);

/* Moves by cRow entries of the current index: JET_MoveFirst, JET_MoveLast, JET_MoveNext,
 * JET_MovePrevious, any other count, 0 to look whether the row is still there. The low 32 bits
 * count. JET_bitMoveKeyNE goes on to another key. Drops a prepared update.
 * Errors: JET_errNoCurrentRecord (past the end of the index or range), JET_errRecordDeleted (cRow
 * 0), JET_errInvalidGrbit.
 * Entry: cursor. Page: jetmove-function. */
JET_ERR JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, long cRow, JET_GRBIT grbit);

/* Selects the index that orders the cursor; NULL or "" the primary. It stands on the first entry
 * then, or with JET_bitNoMove on the same row (its value itagSequence in an index over several
 * values). pindexid may hold what JET_IdxInfoIndexId gave.
 * Errors: JET_errIndexNotFound, JET_errNoCurrentRecord, JET_errInvalidGrbit,
 * JET_errInvalidIndexId, JET_errBadItagSequence.
 * Entry: cursor. Page: jetsetcurrentindex-function. */
JET_ERR JET_API JetSetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName);
JET_ERR JET_API JetSetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName);
JET_ERR JET_API JetSetCurrentIndex2A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                                     JET_GRBIT grbit);
JET_ERR JET_API JetSetCurrentIndex2W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                                     JET_GRBIT grbit);
JET_ERR JET_API JetSetCurrentIndex3A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                                     JET_GRBIT grbit, unsigned long itagSequence);
JET_ERR JET_API JetSetCurrentIndex3W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                                     JET_GRBIT grbit, unsigned long itagSequence);
JET_ERR JET_API JetSetCurrentIndex4A(JET_SESID sesid, JET_TABLEID tableid, JET_PCSTR szIndexName,
                                     JET_INDEXID *pindexid, JET_GRBIT grbit,
                                     unsigned long itagSequence);
JET_ERR JET_API JetSetCurrentIndex4W(JET_SESID sesid, JET_TABLEID tableid, JET_PCWSTR szIndexName,
                                     JET_INDEXID *pindexid, JET_GRBIT grbit,
                                     unsigned long itagSequence);

/* Gives the name of the current index, "" for the primary one when the table has none defined.
 * Warning: JET_wrnBufferTruncated.
 * Entry: cursor. Page: jetgetcurrentindex-function. */
JET_ERR JET_API JetGetCurrentIndexA(JET_SESID sesid, JET_TABLEID tableid, JET_PSTR szIndexName,
                                    unsigned long cbIndexName);
JET_ERR JET_API JetGetCurrentIndexW(JET_SESID sesid, JET_TABLEID tableid, JET_PWSTR szIndexName,
                                    unsigned long cbIndexName);

/* Adds one segment to the cursor's search key; the first with JET_bitNewKey. JET_bitNormalizedKey
 * gives a whole key as JetRetrieveKey returns it. The limit grbits make keys for wildcard
 * searches.
 * Errors: JET_errKeyNotMade (the first without JET_bitNewKey), JET_errKeyIsMade (all segments
 * there), JET_errInvalidGrbit, JET_errInvalidBufferSize (a fixed column's width),
 * JET_errNoCurrentIndex.
 * Entry: cursor. Page: jetmakekey-function. */
JET_ERR JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void *pvData,
                           unsigned long cbData, JET_GRBIT grbit);

/* Moves to the entry that the search key asks for by JET_bitSeekEQ, LT, LE, GE or GT; with EQ
 * also JET_bitSetIndexRange and JET_bitCheckUniqueness. Warnings: JET_wrnSeekNotEqual (LE, GE:
 * not the key itself), JET_wrnUniqueKey.
 * Errors: JET_errRecordNotFound, JET_errKeyNotMade, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetseek-function. */
JET_ERR JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);

/* Bounds the current index from the search key: JET_bitRangeUpperLimit, Inclusive,
 * InstantDuration (test only); JET_bitRangeRemove takes the bound away.
 * Errors: JET_errNoCurrentRecord (the range is empty), JET_errKeyNotMade, JET_errInvalidGrbit,
 * JET_errInvalidOperation (nothing to remove).
 * Entry: cursor. Page: jetsetindexrange-function. */
JET_ERR JET_API JetSetIndexRange(JET_SESID sesid, JET_TABLEID tableidSrc, JET_GRBIT grbit);

/* Gives, and goes to, a row's bookmark: its primary key. Keeps the current index where the row is
 * in it.
 * Errors: JET_errNoCurrentRecord, JET_errBufferTooSmall, JET_errInvalidBookmark,
 * JET_errRecordDeleted, JET_errInvalidParameter (no bookmark given).
 * Entry: cursor. Page: jetgetbookmark-function. */
JET_ERR JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark,
                               unsigned long cbMax, unsigned long *pcbActual);
JET_ERR JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark,
                                unsigned long cbBookmark);

/* Gives, and goes to, an entry of the current secondary index: its key and the row's bookmark.
 * JET_bitBookmarkPermitVirtualCurrency goes beside an entry that is gone.
 * Errors: JET_errNoCurrentIndex, JET_errNoCurrentRecord, JET_errBufferTooSmall,
 * JET_errInvalidBookmark, JET_errRecordDeleted, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetgetsecondaryindexbookmark-function. */
JET_ERR JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid,
                                             void *pvSecondaryKey, unsigned long cbSecondaryKeyMax,
                                             unsigned long *pcbSecondaryKeyActual,
                                             void *pvPrimaryBookmark,
                                             unsigned long cbPrimaryBookmarkMax,
                                             unsigned long *pcbPrimaryBookmarkActual,
                                             const JET_GRBIT grbit);
JET_ERR JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid,
                                              void *pvSecondaryKey, unsigned long cbSecondaryKey,
                                              void *pvPrimaryBookmark,
                                              unsigned long cbPrimaryBookmark,
                                              const JET_GRBIT grbit);

/* Gives the key of the current entry, or with JET_bitRetrieveCopy the search key being made.
 * Warning: JET_wrnBufferTruncated. Errors: JET_errNoCurrentRecord, JET_errKeyNotMade.
 * Entry: cursor. Page: jetretrievekey-function. */
JET_ERR JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void *pvKey,
                               unsigned long cbMax, unsigned long *pcbActual, JET_GRBIT grbit);

/* Where the cursor is as a fraction of the index, and going there: exact, by counting the index's
 * entries.
 * Errors: JET_errNoCurrentRecord, JET_errRecordDeleted, JET_errRecordNotFound (an empty index),
 * JET_errInvalidParameter, JET_errInvalidBufferSize.
 * Entry: cursor. Page: jetgetrecordposition-function. */
JET_ERR JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *precpos,
                                     unsigned long cbRecpos);
JET_ERR JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *precpos);

/* Counts entries from the current one to the end of the index or range, crecMax at most (0: no
 * bound).
 * Errors: JET_errNoCurrentRecord.
 * Entry: cursor. Page: jetindexrecordcount-function. */
JET_ERR JET_API JetIndexRecordCount(JET_SESID sesid, JET_TABLEID tableid, unsigned long *pcrec,
                                    unsigned long crecMax);
JET_ERR JET_API JetIndexRecordCount2(JET_SESID sesid, JET_TABLEID tableid, uint64_t *pcrec,
                                     uint64_t crecMax);

/* Opens a temporary table with the bookmarks, in their order, of the rows that lie in every one of
 * several ranges. Each of rgindexrange is a cursor on another secondary index of one table, on the
 * first entry of its range (JetSetIndexRange); it is walked to the range's end. 64 at most. The
 * program closes precordlist->tableid. While it works the bookmarks of a range are held in memory.
 * Errors: JET_errInvalidParameter (the primary index, one index twice, two tables),
 * JET_errInvalidGrbit (JET_bitRecordNotInIndex, too), JET_errClientRequestToStopJetService.
 * Entry: session. Page: jetintersectindexes-function. */
JET_ERR JET_API JetIntersectIndexes(JET_SESID sesid, JET_INDEXRANGE *rgindexrange,
                                    unsigned long cindexrange, JET_RECORDLIST *precordlist,
                                    JET_GRBIT grbit);

/* Looks whether another session has changed the current row since this transaction began;
 * pvResult NULL, cbMax and InfoLevel 0.
 * Errors: JET_errWriteConflict (it has), JET_errNoCurrentRecord, JET_errInvalidParameter.
 * Entry: cursor. Page: jetgetcursorinfo-function. */
JET_ERR JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void *pvResult,
                                 unsigned long cbMax, unsigned long InfoLevel);

/* Hints of what will be read next. JetPrereadKeys reads the entries at these keys, and their rows, into
 * the caches before it returns, of 4096 keys at most; the count given back says of how many. Keys are
 * normalised ones of the current index (JetRetrieveKey), in the order of the one grbit,
 * JET_bitPrereadForward or JET_bitPrereadBackward. JetPrereadIndexRanges does so with the rows of ranges,
 * 4096 of either at most, and with the long values of columns in them, 16 MiB at most
 * (JET_bitPrereadFirstPage: the beginning of each). A range goes from its start to its end, in the
 * direction of the grbit; its columns make a key as JetMakeKey does, JET_relopPrefixEquals only in the
 * last one, or there is one column with the whole key (JET_bitPrereadNormalizedKey). Without columns of an
 * end it is all that begins as its start. Ranges do not overlap, and are in order if a count is asked for.
 * The cursor and its key stay as they are. At a server's address each is one call, and the server reads.
 * JetSetTableSequential is checked and nothing is done for it, since the system reads ahead of scans by
 * itself.
 * Errors: JET_errInvalidParameter (no keys, or out of order), JET_errInvalidBufferSize (a key longer
 * than the index has), JET_errInvalidGrbit; of ranges also JET_errInvalidPreread (columns, and a
 * secondary index is current), JET_errMustBeSeparateLongValue (a column that has no long values),
 * JET_errColumnNotFound, those of JetMakeKey.
 * Entry: cursor. Page: jetsettablesequential-function. */
JET_ERR JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);
JET_ERR JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit);
JET_ERR JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void **rgpvKeys,
                               const unsigned long *rgcbKeys, long ckeys, long *pckeysPreread,
                               JET_GRBIT grbit);
JET_ERR JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid,
                                      const JET_INDEX_RANGE *const rgIndexRanges,
                                      const unsigned long cIndexRanges,
                                      unsigned long *const pcRangesPreread,
                                      const JET_COLUMNID *const rgcolumnidPreread,
                                      const unsigned long ccolumnidPreread, JET_GRBIT grbit);

/* Reads what opening these tables, ten at most, and moving to their first rows reads; those that are not
 * there are left out. The grbit is 0.
 * Errors: JET_errInvalidParameter, JET_errInvalidGrbit, JET_errInvalidDatabaseId, JET_errInvalidName.
 * Entry: session. Page: jetprereadtablesw-function. */
JET_ERR JET_API JetPrereadTablesW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR *rgwszTables,
                                  long cwszTables, JET_GRBIT grbit);

/* Makes JetMove pass over rows that do not meet all conditions; none: takes the filter away.
 * Errors: JET_errFilteredMoveNotSupported, JET_errInvalidParameter, JET_errInvalidGrbit.
 * Entry: cursor. Page: jetsetcursorfilter-function. */
JET_ERR JET_API JetSetCursorFilter(JET_SESID sesid, JET_TABLEID tableid,
                                   JET_INDEX_COLUMN *rgColumnFilters, unsigned long cColumnFilters,
                                   JET_GRBIT grbit);

/* One pointer of the program's, kept with the cursor (JET_bitLSCursor, or no grbit) or with the
 * table, for all its cursors of this instance (JET_bitLSTable). JET_paramRuntimeCallback gets it back
 * as its first pvArg, all handles nil, with JET_cbtypFreeCursorLS when the cursor is closed, and with
 * JET_cbtypFreeTableLS when the table's last cursor is; also by JetTerm. JET_bitLSReset takes it back
 * without that. Pointers are this process's: at a server's address, too.
 * Errors: JET_errLSNotSet (not with JET_bitLSReset), JET_errLSAlreadySet,
 * JET_errLSCallbackNotSpecified (JetSetLS), JET_errInvalidGrbit (both kinds).
 * Entry: cursor. Page: jetgetls-function. */
JET_ERR JET_API JetGetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS *pls, JET_GRBIT grbit);
JET_ERR JET_API JetSetLS(JET_SESID sesid, JET_TABLEID tableid, JET_LS ls, JET_GRBIT grbit);

#ifdef __cplusplus
}
#endif

#endif
