/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - SPNEGO's two messages: octets <-> structures (RFC 4178 4.2)
 *
 * Pure and total. What is read borrows from the token; absent parts are empty.
 */
#ifndef HF_RPC_AUTH_SPNEGO_MESSAGE_H
#define HF_RPC_AUTH_SPNEGO_MESSAGE_H

#include "rpc/auth/spnego/der.h"

#define SPNEGO_MECHANISMS 16 /* looked at in a list */

struct spnego_init {
    struct der list; /* the list of mechanisms as an element: what mechListMIC signs */
    struct der mechanisms[SPNEGO_MECHANISMS]; /* OIDs' contents */
    unsigned count;
    struct der token, mic;
};

enum spnego_state {
    SPNEGO_COMPLETED = 0,
    SPNEGO_INCOMPLETE = 1,
    SPNEGO_REJECT = 2,
    SPNEGO_REQUEST_MIC = 3,
    SPNEGO_UNSTATED = 255,
};

struct spnego_response {
    enum spnego_state state;
    struct der mechanism, token, mic;
};

bool spnego_get_init(const uint8_t *token, size_t size, struct spnego_init *ret);
bool spnego_get_response(const uint8_t *token, size_t size, struct spnego_response *ret);

/* Of `m` mechanisms, count, token and mic are written. */
void spnego_put_init(struct der_out *o, const struct spnego_init *m);
void spnego_put_response(struct der_out *o, const struct spnego_response *m);
/* The list of mechanisms alone, as in spnego_init.list. */
void spnego_put_list(struct der_out *o, const struct spnego_init *m);

#endif
