/* SPDX-License-Identifier: Apache-2.0
 *
 * databases.h - which databases a session has open
 */
#ifndef HF_ESE_API_DATABASES_H
#define HF_ESE_API_DATABASES_H

#include "ese/api/state.h"

/* JET_errInvalidDatabaseId unless the session, which the caller is inside of, has it open. */
JET_ERR jet_check_database(struct jet_session *session, JET_DBID dbid);

#endif
