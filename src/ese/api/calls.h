/* SPDX-License-Identifier: Apache-2.0
 *
 * calls.h - the rules of each call, as a table
 */
#ifndef HF_ESE_API_CALLS_H
#define HF_ESE_API_CALLS_H

#include "ese/api/api.h"

enum jet_call_id {
    CALL_BEGIN_SESSION,
    CALL_INSTANCE_INFO,
    CALL_BACKUP,
    CALL_EXTERNAL_BACKUP,
    CALL_DUP_SESSION,
    CALL_END_SESSION,
    CALL_SET_CONTEXT,
    CALL_RESET_CONTEXT,
    CALL_SESSION_PARAMETER,
    CALL_SESSION_INFO,
    CALL_SYSTEM_PARAMETER,
    CALL_VERSION,
    CALL_IDLE,
    CALL_BEGIN,
    CALL_COMMIT,
    CALL_ROLLBACK,
    CALL_PREPARE_COMMIT,
    CALL_CREATE_DATABASE,
    CALL_ATTACH_DATABASE,
    CALL_DETACH_DATABASE,
    CALL_OPEN_DATABASE,
    CALL_CLOSE_DATABASE,
    CALL_DATABASE_INFO,
    CALL_DATABASE_UPKEEP,
    CALL_CREATE_TABLE,
    CALL_DELETE_TABLE,
    CALL_RENAME_TABLE,
    CALL_ADD_COLUMN,
    CALL_DELETE_COLUMN,
    CALL_RENAME_COLUMN,
    CALL_SET_DEFAULT,
    CALL_CREATE_INDEX,
    CALL_DELETE_INDEX,
    CALL_SCHEMA_INFO,
    CALL_CURSOR_INFO,
    CALL_OPEN_TABLE,
    CALL_CLOSE_TABLE,
    CALL_DUP_CURSOR,
    CALL_MOVE,
    CALL_SET_INDEX,
    CALL_GET_INDEX,
    CALL_MAKE_KEY,
    CALL_SEEK,
    CALL_SET_RANGE,
    CALL_GET_BOOKMARK,
    CALL_GOTO_BOOKMARK,
    CALL_GOTO_SECONDARY,
    CALL_RETRIEVE_KEY,
    CALL_POSITION,
    CALL_COUNT,
    CALL_HINT,
    CALL_PREREAD,
    CALL_FILTER,
    CALL_INTERSECT,
    CALL_LOCAL_STORAGE,
    CALL_CALLBACK,
    CALL_PREPARE,
    CALL_PREPARE_COPY,
    CALL_SET_COLUMN,
    CALL_SET_LONG_COLUMN,
    CALL_UPDATE,
    CALL_DELETE,
    CALL_ESCROW,
    CALL_LOCK,
    CALL_RETRIEVE,
    CALL_ENUMERATE,
    CALL_RECORD_SIZE,
    CALL_TEMP_TABLE,
    CALL_ID_COUNT
};

enum jet_rule {
    RULE_AFTER_STOP = 1 << 0,  /* 8: allowed after JetStopService* */
    RULE_OUTSIDE = 1 << 1,     /* not in a transaction: -1108 */
    RULE_INSIDE = 1 << 2,      /* only in a transaction: -1054 */
    RULE_UPDATES = 1 << 3,     /* not in a read-only transaction: -1110 */
    RULE_OWNER = 1 << 4,       /* 4: only the transaction's thread or context: -1910 */
    RULE_NO_CALLBACK = 1 << 5, /* not by the program's function within a call: -1906 */
    RULE_ANY_GRBIT = 1 << 6,   /* flags are masked or judged elsewhere */
    RULE_BRIEF = 1 << 7,       /* over in no time: whoever comes meanwhile waits (handles.h H4) */
};

struct jet_call_def {
    const char *name; /* for the log */
    unsigned rules;
    JET_GRBIT grbits; /* others: -900 */
};

extern const struct jet_call_def jet_calls[CALL_ID_COUNT];

#endif
