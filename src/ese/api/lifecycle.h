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

/* A place for a cursor that the provider is to open; dbid 0: a temporary table, without a name.
 * JET_errOutOfCursors, JET_errTooManyOpenTables, JET_errTooManySorts. */
JET_ERR jet_cursor_take(const struct jet_call *call, JET_DBID dbid, const char *name,
                        struct jet_cursor **ret_cursor);
/* The same on the table of another cursor. */
JET_ERR jet_cursor_take_like(const struct jet_call *call, const struct jet_cursor *other,
                             struct jet_cursor **ret_cursor);
/* The provider has opened it, and it gets its handle; or `err` was an error, and the place is given
 * up. Gives `err`. */
JET_ERR jet_cursor_give(const struct jet_call *call, struct jet_cursor *take_cursor, JET_ERR err,
                        struct ese_cursor *take_engine, JET_GRBIT grbit, JET_TABLEID *ret_tableid);

/* opened.c */
void jet_opened_init(struct jet_instance *instance);
void jet_opened_fini(struct jet_instance *instance);
JET_ERR jet_opened_take(struct jet_instance *instance, JET_DBID dbid, const char *name,
                        struct jet_opened **ret);
void jet_opened_hold(struct jet_instance *instance, struct jet_opened *table);
void jet_opened_release(struct jet_instance *instance, struct jet_opened *take_table);
/* Tells the program, by JET_paramRuntimeCallback, that what it has stored is no longer kept. */
void jet_storage_free(const struct jet_instance *instance, JET_LS storage, JET_CBTYP why);

#endif
