/* SPDX-License-Identifier: Apache-2.0
 *
 * lifecycle.h - what instance.c and term.c know of each other
 */
#ifndef HF_ESE_API_LIFECYCLE_H
#define HF_ESE_API_LIFECYCLE_H

#include "ese/api/gate.h"

/* Frees an instance without sessions whose slot is retired; the process lock is held. */
void jet_instance_free(struct jet_instance *instance);

/* Frees what a session that is over holds at the front; its slot is retired. */
void jet_session_free(struct jet_session *session);

/* Closes one cursor: the provider's part too, unless the instance is gone. `mine` calls use it. */
bool jet_cursor_close(struct jet_session *session, struct jet_cursor *cursor, uint32_t mine,
                      bool provider_gone);

/* Gives a provider's cursor a handle; on failure closes it. dbid 0: a temporary table. */
JET_ERR jet_cursor_new(const struct jet_call *call, struct ese_cursor *take_engine, JET_DBID dbid,
                       JET_GRBIT grbit, JET_TABLEID *ret_tableid);

#endif
