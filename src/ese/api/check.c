/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - a database compared with itself
 */
#include "ese/api/databases.h"
#include "ese/api/gate.h"

JET_ERR JET_API holdfast_ese_check(JET_SESID sesid, JET_DBID dbid, HOLDFAST_ESE_CHECK *check)
{
    struct jet_call call;
    JET_ERR err = jet_enter(&call, CALL_SCHEMA_INFO, sesid);

    if (err)
        return err;
    err = check ? jet_check_database(call.session, dbid) : JET_errInvalidParameter;
    if (!err && !call.provider->check_database)
        err = JET_errFeatureNotAvailable;
    if (!err)
        err = call.provider->check_database(call.session->engine, dbid, check);
    return jet_leave(&call, err);
}
