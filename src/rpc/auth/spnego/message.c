/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - SPNEGO's two messages: octets <-> structures
 */
#include "rpc/auth/spnego/message.h"

static const uint8_t spnego_oid[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};

/* An optional part [n] that holds one element of a type. False if it is there and holds another. */
static bool get_part(struct der *from, unsigned n, unsigned tag, struct der *ret)
{
    struct der part;

    if (!der_take(from, DER_CONTEXT_0 + n, &part, NULL))
        return true;
    return der_take(&part, tag, ret, NULL);
}

bool spnego_get_init(const uint8_t *token, size_t size, struct spnego_init *ret)
{
    struct der from = {token, size}, oid, body, fields, part, list, flags;

    *ret = (struct spnego_init){0};
    if (!der_take(&from, DER_APPLICATION_0, &body, NULL) || !der_take(&body, DER_OID, &oid, NULL) ||
        !der_equal(oid, (struct der){spnego_oid, sizeof spnego_oid}) ||
        !der_take(&body, DER_CONTEXT_0, &part, NULL) ||
        !der_take(&part, DER_SEQUENCE, &fields, NULL) ||
        !der_take(&fields, DER_CONTEXT_0, &part, NULL) ||
        !der_take(&part, DER_SEQUENCE, &list, &ret->list))
        return false;
    while (list.size > 0 && ret->count < SPNEGO_MECHANISMS)
        if (!der_take(&list, DER_OID, &ret->mechanisms[ret->count++], NULL))
            return false;
    (void)der_take(&fields, DER_CONTEXT_0 + 1, &flags, NULL); /* obsolete */
    if (ret->count == 0 || !get_part(&fields, 2, DER_OCTETS, &ret->token))
        return false;
    if (fields.size > 0 && fields.octets[0] == DER_CONTEXT_0 + 3) /* Windows' hints look so, too */
        (void)get_part(&fields, 3, DER_OCTETS, &ret->mic);
    return true;
}

bool spnego_get_response(const uint8_t *token, size_t size, struct spnego_response *ret)
{
    struct der from = {token, size}, body, fields, state = {0};

    *ret = (struct spnego_response){.state = SPNEGO_UNSTATED};
    if (!der_take(&from, DER_CONTEXT_0 + 1, &body, NULL) ||
        !der_take(&body, DER_SEQUENCE, &fields, NULL) ||
        !get_part(&fields, 0, DER_ENUMERATED, &state) ||
        !get_part(&fields, 1, DER_OID, &ret->mechanism) ||
        !get_part(&fields, 2, DER_OCTETS, &ret->token) ||
        !get_part(&fields, 3, DER_OCTETS, &ret->mic))
        return false;
    if (state.size == 0)
        return true;
    if (state.size != 1 || state.octets[0] > SPNEGO_REQUEST_MIC)
        return false;
    ret->state = state.octets[0];
    return true;
}

/* ---- Writing, backwards ----------------------------------------------------------------------- */

static void put_part(struct der_out *o, unsigned n, unsigned tag, struct der content)
{
    size_t end = o->at;

    if (content.size == 0)
        return;
    der_prepend(o, content.octets, content.size);
    der_wrap(o, tag, end);
    der_wrap(o, DER_CONTEXT_0 + n, end);
}

void spnego_put_list(struct der_out *o, const struct spnego_init *m)
{
    size_t end = o->at;

    for (unsigned i = m->count; i-- > 0;) {
        size_t one = o->at;

        der_prepend(o, m->mechanisms[i].octets, m->mechanisms[i].size);
        der_wrap(o, DER_OID, one);
    }
    der_wrap(o, DER_SEQUENCE, end);
}

void spnego_put_init(struct der_out *o, const struct spnego_init *m)
{
    size_t end = o->at, at;

    put_part(o, 3, DER_OCTETS, m->mic);
    put_part(o, 2, DER_OCTETS, m->token);
    at = o->at;
    spnego_put_list(o, m);
    der_wrap(o, DER_CONTEXT_0, at);
    der_wrap(o, DER_SEQUENCE, end);
    der_wrap(o, DER_CONTEXT_0, end);
    at = o->at;
    der_prepend(o, spnego_oid, sizeof spnego_oid);
    der_wrap(o, DER_OID, at);
    der_wrap(o, DER_APPLICATION_0, end);
}

void spnego_put_response(struct der_out *o, const struct spnego_response *m)
{
    const uint8_t state = (uint8_t)m->state;
    size_t end = o->at;

    put_part(o, 3, DER_OCTETS, m->mic);
    put_part(o, 2, DER_OCTETS, m->token);
    put_part(o, 1, DER_OID, m->mechanism);
    if (m->state != SPNEGO_UNSTATED)
        put_part(o, 0, DER_ENUMERATED, (struct der){&state, 1});
    der_wrap(o, DER_SEQUENCE, end);
    der_wrap(o, DER_CONTEXT_0 + 1, end);
}
