/* SPDX-License-Identifier: Apache-2.0
 *
 * speaker.c - a client made by hand that signs for itself
 */
#include "speaker.h"

#include <string.h>

#include "probe.h"

#include <cmocka.h>

#define TOKEN 16

struct wire_auth speaker_leg(uint8_t level, uint32_t id, const char *token)
{
    return (struct wire_auth){.type = AUTH_TYPE_TEST,
                              .level = level,
                              .context_id = id,
                              .token = (const uint8_t *)token,
                              .token_length = strlen(token)};
}

void speaker_begin(struct speaker *s, uint8_t type, uint8_t level, uint32_t id)
{
    const struct auth_client with = {.type = AUTH_TYPE_TEST, .level = level};
    struct wire_auth leg = speaker_leg(level, id, id == ADA ? "Hada" : "Heve");
    struct raw_reply reply;
    RPC_STATUS status;

    s->auth[id] = auth_test_provider.client(&with, &status);
    s->level[id] = level;
    assert_non_null(s->auth[id]);
    raw_send_leg(&s->r, type, &probe_interface.id, &leg);
    assert_true(raw_receive(&s->r, &reply));
    assert_int_equal(reply.h.type, type == WIRE_BIND ? WIRE_BIND_ACK : WIRE_ALTER_CONTEXT_RESP);
}

void speaker_finish(struct speaker *s, uint32_t id, const char *password)
{
    struct wire_auth leg = speaker_leg(s->level[id], id, password);

    raw_send_leg(&s->r, WIRE_AUTH3, &probe_interface.id, &leg);
}

void speaker_pending(struct speaker *s, uint16_t port, uint8_t level)
{
    *s = (struct speaker){0};
    raw_connect(&s->r, port);
    speaker_begin(s, WIRE_BIND, level, ADA);
}

void speaker_authentic(struct speaker *s, uint16_t port, uint8_t level)
{
    speaker_pending(s, port, level);
    speaker_finish(s, ADA, "Rright");
}

void speaker_both_authentic(struct speaker *s, uint16_t port, uint8_t level, uint8_t level_of_eve)
{
    speaker_authentic(s, port, level);
    speaker_begin(s, WIRE_ALTER_CONTEXT, level_of_eve, EVE);
    speaker_finish(s, EVE, "Rright");
}

void speaker_request(struct speaker *s, uint8_t flags, uint32_t call_id, uint32_t id, uint8_t level,
                     uint16_t opnum, const void *stub, size_t size)
{
    uint8_t pdu[1024] = {0}, pad = wire_auth_pad(size);
    const struct auth_message m = {.octets = pdu,
                                   .size = WIRE_REQUEST_SIZE + size + pad + WIRE_TRAILER_SIZE,
                                   .body_at = WIRE_REQUEST_SIZE,
                                   .body_size = size + pad};
    const struct wire_header h = {.type = WIRE_REQUEST,
                                  .flags = flags,
                                  .frag_length = (uint16_t)(m.size + TOKEN),
                                  .auth_length = TOKEN,
                                  .call_id = call_id};
    const struct wire_request q = {.alloc_hint = (uint32_t)(2 * size), .opnum = opnum};
    const struct wire_auth a = {
        .type = AUTH_TYPE_TEST, .level = level, .pad_length = pad, .context_id = id};

    assert_true(m.size + TOKEN <= sizeof pdu);
    (void)wire_put_request(pdu, &h, &q);
    if (size > 0)
        memcpy(pdu + WIRE_REQUEST_SIZE, stub, size);
    wire_put_trailer(pdu + m.size - WIRE_TRAILER_SIZE, &a);
    assert_true(auth_test_provider.wrap(s->auth[id], &m, pdu + m.size, TOKEN));
    raw_send(&s->r, pdu, m.size + TOKEN);
}

void speaker_leave(struct speaker *s)
{
    raw_close(&s->r);
    for (unsigned id = ADA; id <= EVE; id++)
        if (s->auth[id] != NULL)
            auth_test_provider.end(s->auth[id]);
}

void speaker_refused(struct speaker *s, uint32_t fault, bool dne)
{
    struct raw_reply reply;

    assert_true(raw_receive(&s->r, &reply));
    assert_int_equal(reply.h.type, WIRE_FAULT);
    assert_int_equal(reply.fault, fault);
    assert_int_equal((reply.h.flags & WIRE_DID_NOT_EXECUTE) != 0, dne);
    assert_true(raw_is_closed(&s->r));
    speaker_leave(s);
}

void speaker_answered(struct speaker *s)
{
    struct raw_reply reply;

    assert_true(raw_receive(&s->r, &reply));
    assert_int_equal(reply.h.type, WIRE_RESPONSE);
}
