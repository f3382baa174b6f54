/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - what the layers below say, as JET errors
 */
#include "ese/engine/engine.h"

JET_ERR eng_error(enum store_status status)
{
    static const JET_ERR errors[] = {
        [STORE_OK] = JET_errSuccess,
        [STORE_NOT_FOUND] = JET_errRecordNotFound,
        [STORE_EXISTS] = JET_errKeyDuplicate,
        [STORE_CONFLICT] = JET_errWriteConflict,
        [STORE_TXN_FULL] = JET_errVersionStoreOutOfMemory,
        [STORE_TOO_BIG] = JET_errKeyTooBig,
        [STORE_READ_ONLY] = JET_errTransReadOnly,
        [STORE_IN_USE] = JET_errSystemPathInUse,
        [STORE_MISSING] = JET_errFileNotFound,
        [STORE_FOREIGN] = JET_errBadLogVersion,
        [STORE_LOG_IN_USE] = JET_errLogFilePathInUse,
        [STORE_LOG_FOREIGN] = JET_errBadLogSignature,
        [STORE_LOG_MISSING] = JET_errMissingLogFile,
        [STORE_NO_MEMORY] = JET_errOutOfMemory,
        [STORE_NO_SPACE] = JET_errDiskFull,
        [STORE_IO] = JET_errDiskIO,
        [STORE_CORRUPT] = JET_errReadVerifyFailure,
        [STORE_FAILED] = JET_errInstanceUnavailable,
        [STORE_UNSUPPORTED] = JET_errFeatureNotAvailable,
    };

    return (size_t)status < sizeof errors / sizeof *errors ? errors[status] : JET_errInternalError;
}

JET_ERR eng_format_error(enum ese_format_status status)
{
    static const JET_ERR errors[] = {
        [ESE_FORMAT_OK] = JET_errSuccess,
        [ESE_FORMAT_CORRUPT] = JET_errReadVerifyFailure,
        [ESE_FORMAT_NO_ROOM] = JET_errRecordTooBig,
        [ESE_FORMAT_UNSUPPORTED] = JET_errFeatureNotAvailable,
        [ESE_FORMAT_BAD_VALUE] = JET_errInvalidBufferSize,
        [ESE_FORMAT_TRUNCATED] = JET_errKeyTruncated,
        [ESE_FORMAT_NULL_IN_KEY] = JET_errNullKeyDisallowed,
    };

    return (size_t)status < sizeof errors / sizeof *errors ? errors[status] : JET_errInternalError;
}
