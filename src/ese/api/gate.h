/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.h - who may call what, when: the rules of sessions, threads and contexts
 *
 *     struct jet_call call;
 *     JET_ERR err = jet_enter_cursor(&call, CALL_SEEK, sesid, tableid);
 *
 *     if (err)
 *         return err;
 *     err = jet_allowed(&call, grbit);
 *     if (!err)
 *         err = call.provider->seek(call.session->engine, call.cursor->engine, grbit);
 *     return jet_leave(&call, err);
 *
 * Every exported function that takes a handle enters here and is judged by its row of the table in
 * calls.c. "4" and so on in comments of this room are sections of the session rules.
 */
#ifndef HF_ESE_API_GATE_H
#define HF_ESE_API_GATE_H

#include "ese/api/calls.h"
#include "ese/api/state.h"

struct jet_call {
    const struct jet_call_def *def;
    struct jet_instance *instance;
    struct jet_session *session; /* NULL: entered by the instance */
    struct jet_cursor *cursor;   /* NULL: entered without one */
    const struct ese_provider *provider;
    bool retired; /* the object that was entered is no more: leave does not touch it */
};

/* 3. 0 means inside: jet_leave must follow. */
JET_ERR jet_enter(struct jet_call *call, enum jet_call_id id, JET_SESID sesid);
JET_ERR jet_enter_cursor(struct jet_call *call, enum jet_call_id id, JET_SESID sesid,
                         JET_TABLEID tableid);
/* A further cursor of a session that is entered. */
JET_ERR jet_cursor_of(const struct jet_call *call, JET_TABLEID tableid, struct jet_cursor **ret);

/* 10. By the instance's handle, which must be that of a running instance. */
JET_ERR jet_enter_instance(struct jet_call *call, enum jet_call_id id, JET_INSTANCE handle);

/* The row's rules on flags, levels, read-only transactions and threads, in that order. */
JET_ERR jet_allowed(const struct jet_call *call, JET_GRBIT grbit);

/* Gives `err` back. An update that says "must roll back" is remembered. */
JET_ERR jet_leave(struct jet_call *call, JET_ERR err);

/* 4: is this thread the owner of the open transaction? Level 0: always. */
JET_ERR jet_check_owner(const struct jet_session *session);

/* 10: the instance behind a handle, in whatever state; the process lock is held. Nil and 0 name the
 * only instance of a process in single-instance mode. */
JET_ERR jet_instance_find(JET_INSTANCE handle, struct jet_instance **ret_instance);

/* 10: what the marks of a running instance say to a call; 0: go on. */
JET_ERR jet_judge_marks(unsigned marks, bool exempt_from_stop);

/* While the program's own function runs for a call, the same thread may come back for the same
 * session. */
struct jet_callback {
    struct jet_session *session;
    struct jet_instance *instance;
    struct jet_callback *outer;
};
void jet_callback_begin(struct jet_callback *callback, const struct jet_call *call);
void jet_callback_end(struct jet_callback *callback);
bool jet_in_callback_of_session(const struct jet_session *session);
bool jet_in_callback_of_instance(const struct jet_instance *instance);

#endif
