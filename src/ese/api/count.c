/* SPDX-License-Identifier: Apache-2.0
 *
 * count.c - what the store of an instance holds
 */
#include "ese/api/gate.h"

JET_ERR JET_API holdfast_ese_count(JET_INSTANCE instance, HOLDFAST_ESE_COUNTERS *counters)
{
    struct jet_call call;
    JET_ERR err = jet_enter_instance(&call, CALL_INSTANCE_INFO, instance);

    if (err)
        return err;
    if (!counters)
        err = JET_errInvalidParameter;
    else if (!call.provider->count_store)
        err = JET_errFeatureNotAvailable;
    else
        call.provider->count_store(call.instance->engine, counters);
    return jet_leave(&call, err);
}
