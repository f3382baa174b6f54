/* SPDX-License-Identifier: Apache-2.0
 *
 * file_error.h - what an errno of a file is as a JET error
 */
#ifndef HF_ESE_FILE_ERROR_H
#define HF_ESE_FILE_ERROR_H

#include <errno.h>
#include <esent.h>

/* Never success. */
static inline JET_ERR ese_file_error(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR: return JET_errFileNotFound;
    case ENOSPC:
    case EDQUOT: return JET_errDiskFull;
    case ENOMEM: return JET_errOutOfMemory;
    case EMFILE:
    case ENFILE: return JET_errOutOfFileHandles;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP: return JET_errFileAccessDenied;
    default: return JET_errDiskIO;
    }
}

#endif
