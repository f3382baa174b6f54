/* SPDX-License-Identifier: Apache-2.0
 *
 * put.c - writing PDUs
 *
 * Everything is little-endian. Functions whose output has a fixed size take an array of that size
 * and cannot fail; the others measure first, write nothing when there is no room, and return 0.
 * Spec: MS-RPCE 2.2.2, C706 12.6
 */
#include "rpc/wire/wire.h"

#include <string.h>

#include "rpc/wire/verification.h"

static uint8_t *put_u8(uint8_t *to, uint8_t v)
{
    *to = v;
    return to + 1;
}

static uint8_t *put_u16(uint8_t *to, uint16_t v)
{
    to[0] = (uint8_t)v;
    to[1] = (uint8_t)(v >> 8);
    return to + 2;
}

static uint8_t *put_u32(uint8_t *to, uint32_t v)
{
    return put_u16(put_u16(to, (uint16_t)v), (uint16_t)(v >> 16));
}

static uint8_t *put_zeros(uint8_t *to, size_t n)
{
    memset(to, 0, n);
    return to + n;
}

static uint8_t *put_uuid(uint8_t *to, const UUID *u)
{
    to = put_u32(to, u->Data1);
    to = put_u16(to, u->Data2);
    to = put_u16(to, u->Data3);
    memcpy(to, u->Data4, sizeof u->Data4);
    return to + sizeof u->Data4;
}

static uint8_t *put_syntax(uint8_t *to, const RPC_SYNTAX_IDENTIFIER *s)
{
    to = put_uuid(to, &s->SyntaxGUID);
    to = put_u16(to, s->SyntaxVersion.MajorVersion);
    return put_u16(to, s->SyntaxVersion.MinorVersion);
}

static uint8_t *put_header(uint8_t *to, const struct wire_header *h, size_t frag_length,
                           size_t auth_length)
{
    to = put_u8(to, 5);
    to = put_u8(to, 0);
    to = put_u8(to, h->type);
    to = put_u8(to, h->flags);
    to = put_u32(to, WIRE_DREP);
    to = put_u16(to, (uint16_t)frag_length);
    to = put_u16(to, (uint16_t)auth_length);
    return put_u32(to, h->call_id);
}

void wire_put_header(uint8_t to[WIRE_HEADER_SIZE], const struct wire_header *h)
{
    put_header(to, h, h->frag_length, h->auth_length);
}

void wire_put_trailer(uint8_t to[WIRE_TRAILER_SIZE], const struct wire_auth *auth)
{
    to = put_u8(to, auth->type);
    to = put_u8(to, auth->level);
    to = put_u8(to, auth->pad_length);
    to = put_u8(to, 0);
    put_u32(to, auth->context_id);
}

size_t wire_append_auth(uint8_t *pdu, size_t room, size_t size, const struct wire_auth *auth)
{
    struct wire_auth a = *auth;
    size_t pad = -size & 3;
    size_t body = size + pad + WIRE_TRAILER_SIZE;
    uint8_t *to;

    if (room > UINT16_MAX) /* frag_length has 16 bits */
        room = UINT16_MAX;
    if (size > room || body > room || a.token_length > room - body)
        return 0;
    a.pad_length = 0;
    to = put_zeros(pdu + size, pad);
    wire_put_trailer(to, &a);
    if (a.token_length > 0)
        memcpy(to + WIRE_TRAILER_SIZE, a.token, a.token_length);
    put_u16(pdu + 8, (uint16_t)(body + a.token_length));
    put_u16(pdu + 10, (uint16_t)a.token_length);
    return body + a.token_length;
}

size_t wire_put_bind(uint8_t *to, size_t room, const struct wire_header *h,
                     const struct wire_bind *b, const struct wire_offer *offers, uint8_t count)
{
    size_t size = WIRE_BIND_SIZE;

    for (unsigned i = 0; i < count; i++)
        size += 4 + WIRE_SYNTAX_SIZE + (size_t)offers[i].syntax_count * WIRE_SYNTAX_SIZE;
    if (size > room || size > UINT16_MAX)
        return 0;
    to = put_header(to, h, size, 0);
    to = put_u16(to, b->max_xmit);
    to = put_u16(to, b->max_recv);
    to = put_u32(to, b->group_id);
    to = put_u8(to, count);
    to = put_zeros(to, 3);
    for (unsigned i = 0; i < count; i++) {
        to = put_u16(to, offers[i].id);
        to = put_u8(to, offers[i].syntax_count);
        to = put_u8(to, 0);
        to = put_syntax(to, offers[i].abstract);
        for (unsigned s = 0; s < offers[i].syntax_count; s++)
            to = put_syntax(to, &offers[i].syntaxes[s]);
    }
    return size;
}

size_t wire_put_bind_ack(uint8_t *to, size_t room, const struct wire_header *h,
                         const struct wire_bind_ack *ack, const struct wire_result *results)
{
    size_t before = WIRE_HEADER_SIZE + 10 + ack->address_length;
    size_t pad = -before & 3;
    size_t size = before + pad + 4 + (size_t)ack->result_count * WIRE_RESULT_SIZE;

    if (size > room || size > UINT16_MAX)
        return 0;
    to = put_header(to, h, size, 0);
    to = put_u16(to, ack->max_xmit);
    to = put_u16(to, ack->max_recv);
    to = put_u32(to, ack->group_id);
    to = put_u16(to, ack->address_length);
    if (ack->address_length > 0)
        memcpy(to, ack->address, ack->address_length);
    to = put_zeros(to + ack->address_length, pad);
    to = put_u8(to, ack->result_count);
    to = put_zeros(to, 3);
    for (unsigned i = 0; i < ack->result_count; i++) {
        to = put_u16(to, results[i].result);
        to = put_u16(to, results[i].reason);
        to = put_syntax(to, &results[i].syntax);
    }
    return size;
}

void wire_put_bind_nak(uint8_t to[WIRE_BIND_NAK_SIZE], const struct wire_header *h, uint16_t reason)
{
    to = put_header(to, h, WIRE_BIND_NAK_SIZE, 0);
    to = put_u16(to, reason);
    to = put_u8(to, 1); /* one version is supported: */
    to = put_u8(to, 5);
    to = put_u8(to, 0);
    put_zeros(to, 3);
}

size_t wire_put_request(uint8_t to[WIRE_REQUEST_OBJECT_SIZE], const struct wire_header *h,
                        const struct wire_request *r)
{
    struct wire_header own = *h;

    own.flags &= (uint8_t)~WIRE_OBJECT_UUID;
    if (r->has_object)
        own.flags |= WIRE_OBJECT_UUID;
    to = put_header(to, &own, h->frag_length, h->auth_length);
    to = put_u32(to, r->alloc_hint);
    to = put_u16(to, r->context_id);
    to = put_u16(to, r->opnum);
    if (!r->has_object)
        return WIRE_REQUEST_SIZE;
    put_uuid(to, &r->object);
    return WIRE_REQUEST_OBJECT_SIZE;
}

/* A command and its length; returns where its data goes. `last` points to the one before. */
static uint8_t *put_command(uint8_t *to, enum wire_verify_command command, uint16_t size,
                            uint8_t **last)
{
    *last = to;
    return put_u16(put_u16(to, command), size);
}

size_t wire_put_verification(uint8_t to[WIRE_VERIFICATION_MAX], const struct wire_verification *v)
{
    uint8_t *start = to, *last = to;

    memcpy(to, wire_verify_signature, WIRE_VERIFY_SIGNATURE_SIZE);
    to += WIRE_VERIFY_SIGNATURE_SIZE;
    if (v->has_bitmask) {
        to = put_command(to, WIRE_VERIFY_BITMASK, WIRE_VERIFY_BITMASK_SIZE, &last);
        to = put_u32(to, v->bitmask);
    }
    if (v->has_presentation) {
        to = put_command(to, WIRE_VERIFY_PRESENTATION, WIRE_VERIFY_PRESENTATION_SIZE, &last);
        to = put_syntax(put_syntax(to, &v->interface), &v->transfer);
    }
    if (v->has_header) {
        to = put_command(to, WIRE_VERIFY_HEADER, WIRE_VERIFY_HEADER_SIZE, &last);
        to = put_zeros(put_u8(to, v->header.type), 3);
        memcpy(to, v->header.drep, sizeof v->header.drep);
        to = put_u32(to + sizeof v->header.drep, v->header.call_id);
        to = put_u16(put_u16(to, v->header.context_id), v->header.opnum);
    }
    last[1] |= WIRE_VERIFY_END >> 8;
    return (size_t)(to - start);
}

size_t wire_put_response(uint8_t to[WIRE_REQUEST_SIZE], const struct wire_header *h,
                         const struct wire_response *r)
{
    to = put_header(to, h, h->frag_length, h->auth_length);
    to = put_u32(to, r->alloc_hint);
    to = put_u16(to, r->context_id);
    to = put_u8(to, r->cancel_count);
    put_u8(to, 0);
    return WIRE_REQUEST_SIZE;
}

void wire_put_fault(uint8_t to[WIRE_FAULT_SIZE], const struct wire_header *h,
                    const struct wire_fault *f)
{
    to = put_header(to, h, WIRE_FAULT_SIZE, 0);
    to = put_u32(to, WIRE_FAULT_SIZE);
    to = put_u16(to, f->context_id);
    to = put_u8(to, f->cancel_count);
    to = put_u8(to, f->flags);
    to = put_u32(to, f->status);
    put_zeros(to, 4);
}

void wire_put_auth3(uint8_t to[WIRE_AUTH3_SIZE], const struct wire_header *h)
{
    to = put_header(to, h, WIRE_AUTH3_SIZE, 0);
    put_zeros(to, 4);
}

void wire_put_control(uint8_t to[WIRE_HEADER_SIZE], const struct wire_header *h)
{
    put_header(to, h, WIRE_HEADER_SIZE, 0);
}
