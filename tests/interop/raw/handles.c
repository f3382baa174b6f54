/* SPDX-License-Identifier: Apache-2.0
 *
 * handles.c - the interfaces of context handles that smbtorture opens, shares, steals and closes
 */
#include <rpc.h>

#include "drsuapi.h"
#include "lsarpc.h"
#include "samr.h"

static char something; /* that every handle stands for; nothing has to be freed */

/* ---- lsarpc ----------------------------------------------------------------------------------- */

#define UNUSED(n)                   \
    void lsa_unused_##n(handle_t b) \
    {                               \
        (void)b;                    \
    }
#define UNUSED_TEN(n) \
    UNUSED(n##0)      \
    UNUSED(n##1)      \
    UNUSED(n##2)      \
    UNUSED(n##3) UNUSED(n##4) UNUSED(n##5) UNUSED(n##6) UNUSED(n##7) UNUSED(n##8) UNUSED(n##9)

UNUSED(1)
UNUSED(2)
UNUSED(4)
UNUSED(5)
UNUSED(7)
UNUSED(8)
UNUSED(9)
UNUSED_TEN(1)
UNUSED_TEN(2)
UNUSED_TEN(3)
UNUSED(40)
UNUSED(41)
UNUSED(42)
UNUSED(43)

error_status_t lsa_open(handle_t b, policy *p)
{
    (void)b;
    *p = &something;
    return 0;
}

error_status_t lsa_open_2(handle_t b, policy *p)
{
    return lsa_open(b, p);
}

error_status_t lsa_query_security(policy p, int32_t **descriptor)
{
    (void)p;
    *descriptor = NULL;
    return 0;
}

error_status_t lsa_close(policy *p)
{
    *p = NULL;
    return 0;
}

void __RPC_USER policy_rundown(policy p)
{
    (void)p;
}

/* ---- samr ------------------------------------------------------------------------------------- */

error_status_t samr_connect(handle_t b, account_server *s)
{
    (void)b;
    *s = &something;
    return 0;
}

error_status_t samr_close(account_server *s)
{
    *s = NULL;
    return 0;
}

void __RPC_USER account_server_rundown(account_server s)
{
    (void)s;
}

/* ---- drsuapi ---------------------------------------------------------------------------------- */

error_status_t drs_bind(handle_t b, int32_t **extensions, directory *d)
{
    (void)b;
    *extensions = NULL;
    *d = &something;
    return 0;
}

error_status_t drs_unbind(directory *d)
{
    *d = NULL;
    return 0;
}

void __RPC_USER directory_rundown(directory d)
{
    (void)d;
}
