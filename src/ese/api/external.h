/* SPDX-License-Identifier: Apache-2.0
 *
 * external.h - what term.c and backup.c know of a backup that is read file by file
 */
#ifndef HF_ESE_API_EXTERNAL_H
#define HF_ESE_API_EXTERNAL_H

#include "ese/api/gate.h"

/* Ends the stream of an instance in which nobody else is, or the caller's own; takes the process lock. */
void jet_stream_abandon(struct jet_instance *instance);

/* Of JetBackupInstance and JetBeginExternalBackupInstance. */
JET_ERR jet_check_incremental(const struct jet_call *call, JET_GRBIT grbit);

/* For the forms that name no instance: JET_errRunningInMultiInstanceMode, JET_errNotInitialized. */
JET_ERR jet_check_one_instance(void);

#endif
