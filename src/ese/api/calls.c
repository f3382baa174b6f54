/* SPDX-License-Identifier: Apache-2.0
 *
 * calls.c - the rules of each call, as a table
 *
 * RULE_AFTER_STOP is the list of ese-sessions 8, RULE_OWNER the table of 4: nested begin, commit and
 * rollback have an order of checks of their own and make theirs in transaction.c.
 */
#include "ese/api/calls.h"

#define OWNED  (RULE_UPDATES | RULE_OWNER)
#define LEAVES RULE_AFTER_STOP

#define CREATE_BITS                                                              \
    (JET_bitDbOverwriteExisting | JET_bitDbRecoveryOff | JET_bitDbShadowingOff | \
     JET_bitDbVersioningOff | JET_bitDbEnableBackgroundMaintenance)
#define ATTACH_BITS                                                                          \
    (JET_bitDbReadOnly | JET_bitDbDeleteCorruptIndexes | JET_bitDbDeleteUnicodeIndexes |     \
     JET_bitDbUpgrade | JET_bitDbEnableBackgroundMaintenance | JET_bitDbPurgeCacheOnAttach | \
     JET_bitDbRecoveryOff | JET_bitDbShadowingOff)
#define OPEN_TABLE_BITS                                                                            \
    (JET_bitTableDenyWrite | JET_bitTableDenyRead | JET_bitTableReadOnly | JET_bitTableUpdatable | \
     JET_bitTablePermitDDL | JET_bitTableNoCache | JET_bitTablePreread |                           \
     JET_bitTableOpportuneRead | JET_bitTableSequential | JET_bitTableClassMask)
#define KEY_BITS                                                                          \
    (JET_bitNewKey | JET_bitStrLimit | JET_bitSubStrLimit | JET_bitNormalizedKey |        \
     JET_bitKeyDataZeroLength | JET_bitFullColumnStartLimit | JET_bitFullColumnEndLimit | \
     JET_bitPartialColumnStartLimit | JET_bitPartialColumnEndLimit)
#define SEEK_BITS                                                                    \
    (JET_bitSeekEQ | JET_bitSeekLT | JET_bitSeekLE | JET_bitSeekGE | JET_bitSeekGT | \
     JET_bitSetIndexRange | JET_bitCheckUniqueness)
#define RANGE_BITS                                                                  \
    (JET_bitRangeInclusive | JET_bitRangeUpperLimit | JET_bitRangeInstantDuration | \
     JET_bitRangeRemove)
#define TEMP_BITS                                                                    \
    (JET_bitTTIndexed | JET_bitTTUnique | JET_bitTTUpdatable | JET_bitTTScrollable | \
     JET_bitTTSortNullsHigh | JET_bitTTForceMaterialization | JET_bitTTForwardOnly | \
     JET_bitTTIntrinsicLVsOnly | JET_bitTTDotNetGuid)
#define ENUMERATE_BITS                                                                     \
    (JET_bitEnumerateCopy | JET_bitEnumerateIgnoreDefault | JET_bitEnumeratePresenceOnly | \
     JET_bitEnumerateTaggedOnly | JET_bitEnumerateCompressOutput |                         \
     JET_bitEnumerateIgnoreUserDefinedDefault | JET_bitEnumerateInRecordOnly)
#define SIZE_BITS \
    (JET_bitRecordSizeInCopyBuffer | JET_bitRecordSizeRunningTotal | JET_bitRecordSizeLocal)

const struct jet_call_def jet_calls[CALL_ID_COUNT] = {
    /* by the instance */
    [CALL_BEGIN_SESSION] = {"JetBeginSession", 0, 0},
    [CALL_INSTANCE_INFO] = {"JetGetInstanceMiscInfo", 0, 0},
    [CALL_BACKUP] = {"JetBackupInstance", 0, JET_bitBackupAtomic | JET_bitBackupIncremental},
    [CALL_EXTERNAL_BACKUP] = {"JetBeginExternalBackupInstance", RULE_ANY_GRBIT, 0},

    /* sessions and transactions */
    [CALL_DUP_SESSION] = {"JetDupSession", 0, 0},
    [CALL_END_SESSION] = {"JetEndSession", LEAVES | RULE_NO_CALLBACK | RULE_ANY_GRBIT, 0},
    [CALL_SET_CONTEXT] = {"JetSetSessionContext", RULE_BRIEF, 0},
    [CALL_RESET_CONTEXT] = {"JetResetSessionContext", LEAVES | RULE_BRIEF, 0},
    [CALL_SESSION_PARAMETER] = {"JetSetSessionParameter", 0, 0},
    [CALL_SESSION_INFO] = {"JetGetSessionInfo", LEAVES, 0},
    [CALL_SYSTEM_PARAMETER] = {"JetSetSystemParameter", 0, 0},
    [CALL_VERSION] = {"JetGetVersion", 0, 0},
    [CALL_IDLE] = {"JetIdle", 0, JET_bitIdleFlushBuffers | JET_bitIdleCompact | JET_bitIdleStatus},
    [CALL_BEGIN] = {"JetBeginTransaction", RULE_ANY_GRBIT, 0},
    [CALL_COMMIT] = {"JetCommitTransaction", RULE_NO_CALLBACK,
                     JET_bitCommitLazyFlush | JET_bitWaitLastLevel0Commit |
                         JET_bitWaitAllLevel0Commit | JET_bitForceNewLog},
    [CALL_ROLLBACK] = {"JetRollback", LEAVES | RULE_NO_CALLBACK,
                       JET_bitRollbackAll | JET_bitRollbackRedoCallback},
    [CALL_PREPARE_COMMIT] = {"JetPrepareToCommitTransaction", RULE_ANY_GRBIT, 0},

    /* databases */
    [CALL_CREATE_DATABASE] = {"JetCreateDatabase", RULE_OUTSIDE, CREATE_BITS},
    [CALL_ATTACH_DATABASE] = {"JetAttachDatabase", RULE_OUTSIDE, ATTACH_BITS},
    [CALL_DETACH_DATABASE] = {"JetDetachDatabase", LEAVES | RULE_OUTSIDE,
                              JET_bitForceDetach | JET_bitForceCloseAndDetach},
    [CALL_OPEN_DATABASE] = {"JetOpenDatabase", 0, JET_bitDbReadOnly | JET_bitDbExclusive},
    [CALL_CLOSE_DATABASE] = {"JetCloseDatabase", LEAVES | RULE_NO_CALLBACK, 0},
    [CALL_DATABASE_INFO] = {"JetGetDatabaseInfo", 0, 0},
    [CALL_DATABASE_UPKEEP] = {"JetDefragment", RULE_ANY_GRBIT, 0},

    /* schema */
    [CALL_CREATE_TABLE] = {"JetCreateTable", OWNED,
                           JET_bitTableCreateFixedDDL | JET_bitTableCreateTemplateTable |
                               JET_bitTableCreateNoFixedVarColumnsInDerivedTables |
                               JET_bitTableCreateImmutableStructure},
    [CALL_DELETE_TABLE] = {"JetDeleteTable", OWNED, 0},
    [CALL_RENAME_TABLE] = {"JetRenameTable", OWNED, 0},
    [CALL_ADD_COLUMN] = {"JetAddColumn", OWNED, 0},
    [CALL_DELETE_COLUMN] = {"JetDeleteColumn", OWNED, JET_bitDeleteColumnIgnoreTemplateColumns},
    [CALL_RENAME_COLUMN] = {"JetRenameColumn", OWNED | RULE_OUTSIDE, 0},
    [CALL_SET_DEFAULT] = {"JetSetColumnDefaultValue", OWNED, 0},
    [CALL_CREATE_INDEX] = {"JetCreateIndex", OWNED, 0},
    [CALL_DELETE_INDEX] = {"JetDeleteIndex", OWNED, 0},
    [CALL_SCHEMA_INFO] = {"JetGetObjectInfo", 0, 0},
    [CALL_CURSOR_INFO] = {"JetGetCursorInfo", 0, 0},

    /* cursors */
    [CALL_OPEN_TABLE] = {"JetOpenTable", 0, OPEN_TABLE_BITS},
    [CALL_CLOSE_TABLE] = {"JetCloseTable", LEAVES, 0},
    [CALL_DUP_CURSOR] = {"JetDupCursor", 0, 0},
    [CALL_MOVE] = {"JetMove", 0, JET_bitMoveKeyNE},
    [CALL_SET_INDEX] = {"JetSetCurrentIndex", 0, JET_bitNoMove},
    [CALL_GET_INDEX] = {"JetGetCurrentIndex", 0, 0},
    [CALL_MAKE_KEY] = {"JetMakeKey", 0, KEY_BITS},
    [CALL_SEEK] = {"JetSeek", 0, SEEK_BITS},
    [CALL_SET_RANGE] = {"JetSetIndexRange", 0, RANGE_BITS},
    [CALL_GET_BOOKMARK] = {"JetGetBookmark", 0, 0},
    [CALL_GOTO_BOOKMARK] = {"JetGotoBookmark", 0, 0},
    [CALL_GOTO_SECONDARY] = {"JetGotoSecondaryIndexBookmark", 0,
                             JET_bitBookmarkPermitVirtualCurrency},
    [CALL_RETRIEVE_KEY] = {"JetRetrieveKey", 0, JET_bitRetrieveCopy},
    [CALL_POSITION] = {"JetGetRecordPosition", 0, 0},
    [CALL_COUNT] = {"JetIndexRecordCount", 0, 0},
    [CALL_HINT] = {"JetSetTableSequential", 0, JET_bitPrereadForward | JET_bitPrereadBackward},
    [CALL_PREREAD] = {"JetPrereadKeys", 0,
                      JET_bitPrereadForward | JET_bitPrereadBackward | JET_bitPrereadFirstPage |
                          JET_bitPrereadNormalizedKey},
    [CALL_FILTER] = {"JetSetCursorFilter", 0, 0},
    [CALL_INTERSECT] = {"JetIntersectIndexes", 0, 0},
    [CALL_LOCAL_STORAGE] = {"JetSetLS", 0, JET_bitLSReset | JET_bitLSCursor | JET_bitLSTable},
    [CALL_CALLBACK] = {"JetRegisterCallback", 0, 0},

    /* rows */
    [CALL_PREPARE] = {"JetPrepareUpdate", RULE_UPDATES, 0},
    [CALL_PREPARE_COPY] = {"JetPrepareUpdate", OWNED | RULE_INSIDE, 0},
    [CALL_SET_COLUMN] = {"JetSetColumn", RULE_UPDATES | RULE_ANY_GRBIT, 0},
    [CALL_SET_LONG_COLUMN] = {"JetSetColumn", OWNED | RULE_ANY_GRBIT, 0},
    [CALL_UPDATE] = {"JetUpdate", OWNED,
                     JET_bitUpdateCheckESE97Compatibility | JET_bitUpdateNoVersion},
    [CALL_DELETE] = {"JetDelete", OWNED, 0},
    [CALL_ESCROW] = {"JetEscrowUpdate", OWNED | RULE_INSIDE, JET_bitEscrowNoRollback},
    [CALL_LOCK] = {"JetGetLock", RULE_INSIDE, JET_bitReadLock | JET_bitWriteLock},
    [CALL_RETRIEVE] = {"JetRetrieveColumn", RULE_ANY_GRBIT, 0},
    [CALL_ENUMERATE] = {"JetEnumerateColumns", 0, ENUMERATE_BITS},
    [CALL_RECORD_SIZE] = {"JetGetRecordSize", 0, SIZE_BITS},
    [CALL_TEMP_TABLE] = {"JetOpenTempTable", 0, TEMP_BITS},
};
