/* SPDX-License-Identifier: Apache-2.0
 *
 * wire_pdu.c - fuzz target: every PDU reader on arbitrary octets
 *
 * The input is one PDU. Its own reader and, since a reader must be total, all others look at it.
 * What is accepted must lie inside the input, and a bind that was understood must come out of
 * writing and reading again as it went in.
 */
#include "require.h"
#include "rpc/wire/wire.h"

#include <stdlib.h>
#include <string.h>

/* Reads octets, so that a sanitizer sees where they lie. */
static void touch(const void *octets, size_t size)
{
    const volatile uint8_t *p = octets;

    for (size_t i = 0; i < size; i++)
        (void)p[i];
}

static void check_auth(const uint8_t *pdu, size_t size, const struct wire_auth *a)
{
    if (!a->present) {
        require(a->token == NULL && a->token_length == 0);
        return;
    }
    require(a->offset % 4 == 0 && a->offset + WIRE_TRAILER_SIZE + a->token_length <= size);
    require(a->token == pdu + a->offset + WIRE_TRAILER_SIZE);
    touch(a->token, a->token_length);
}

static void check_stub(const uint8_t *pdu, size_t size, size_t offset, size_t length,
                       const struct wire_auth *a)
{
    require(offset <= size && length <= size - offset);
    require(!a->present || offset + length + a->pad_length == a->offset);
    touch(pdu + offset, length);
    check_auth(pdu, size, a);
}

enum { OFFERS = 4, SYNTAXES = 8 };

/* Writes what was read, in our byte order, and reads it again. */
static void bind_survives(const struct wire_header *h, struct wire_bind b)
{
    RPC_SYNTAX_IDENTIFIER abstract[OFFERS], syntaxes[OFFERS][SYNTAXES], s;
    struct wire_offer offers[OFFERS];
    struct wire_bind again = b;
    struct wire_header h2 = *h;
    struct wire_element e;
    uint8_t pdu[2048], count = 0;
    size_t size;

    while (wire_next_element(&b, &e)) {
        if (count == OFFERS || e.syntax_count > SYNTAXES)
            return;
        for (unsigned i = 0; i < e.syntax_count; i++)
            wire_element_syntax(&e, i, &syntaxes[count][i]);
        abstract[count] = e.abstract;
        offers[count] =
            (struct wire_offer){e.id, e.syntax_count, &abstract[count], syntaxes[count]};
        count++;
    }
    size = wire_put_bind(pdu, sizeof pdu, h, &again, offers, count);
    require(size > 0 && wire_get_header(pdu, size, &h2) == WIRE_OK);
    require(wire_get_bind(pdu, size, &h2, &b) == WIRE_OK);
    require(b.max_xmit == again.max_xmit && b.max_recv == again.max_recv);
    require(b.group_id == again.group_id && b.element_count == count);
    for (unsigned n = 0; wire_next_element(&b, &e); n++) {
        require(e.id == offers[n].id && e.syntax_count == offers[n].syntax_count);
        require(wire_syntax_equal(&e.abstract, &abstract[n]));
        for (unsigned i = 0; i < e.syntax_count; i++) {
            wire_element_syntax(&e, i, &s);
            require(wire_syntax_equal(&s, &syntaxes[n][i]));
        }
    }
}

static void look_at_binds(const uint8_t *pdu, size_t size, const struct wire_header *h)
{
    struct wire_bind_ack ack;
    struct wire_result result;
    struct wire_bind bind;
    uint16_t reason;

    if (wire_get_bind(pdu, size, h, &bind) == WIRE_OK) {
        check_auth(pdu, size, &bind.auth);
        bind_survives(h, bind);
    }
    if (wire_get_bind_ack(pdu, size, h, &ack) == WIRE_OK) {
        unsigned count = 0;

        check_auth(pdu, size, &ack.auth);
        touch(ack.address, ack.address_length);
        while (wire_next_result(&ack, &result))
            count++;
        require(count == ack.result_count);
    }
    (void)wire_get_bind_nak(pdu, size, h, &reason);
}

static void look_at_calls(const uint8_t *pdu, size_t size, const struct wire_header *h)
{
    struct wire_request q;
    struct wire_response r;
    struct wire_fault f;
    struct wire_auth a;

    if (wire_get_request(pdu, size, h, &q) == WIRE_OK)
        check_stub(pdu, h->frag_length, q.stub_offset, q.stub_length, &q.auth);
    if (wire_get_response(pdu, size, h, &r) == WIRE_OK)
        check_stub(pdu, h->frag_length, r.stub_offset, r.stub_length, &r.auth);
    if (wire_get_fault(pdu, size, h, &f) == WIRE_OK)
        check_auth(pdu, size, &f.auth);
    if (wire_get_auth3(pdu, size, h, &a) == WIRE_OK) {
        require(a.present);
        check_auth(pdu, size, &a);
    }
    if (wire_get_control(pdu, size, h, &a) == WIRE_OK)
        check_auth(pdu, size, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_header h;
    enum wire_error error = wire_get_header(data, size, &h);

    require(wire_error_text(error) != NULL);
    look_at_binds(data, size, &h); /* whatever the error was */
    look_at_calls(data, size, &h);
    for (unsigned type = 0; type < 20; type++) {
        h.type = (uint8_t)type;
        look_at_binds(data, size, &h);
        look_at_calls(data, size, &h);
    }
    return 0;
}
