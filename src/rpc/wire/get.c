/* SPDX-License-Identifier: Apache-2.0
 *
 * get.c - reading PDUs
 *
 * Invariants:  G1 octets are read through a cursor, which knows where the readable part ends.
 *              G2 the readable part of a body ends at the security trailer, if there is one.
 *              G3 a cursor that was asked for too much fails, yields zeros and stays failed.
 * Spec:        MS-RPCE 2.2.2, C706 12.6
 */
#include "rpc/wire/wire.h"

#include <string.h>

#include "rpc/wire/verification.h"

struct cursor {
    const uint8_t *pdu;
    size_t pos, end;
    bool swap, failed;
};

static const uint8_t *take(struct cursor *c, size_t n)
{
    const uint8_t *p = c->pdu + c->pos;

    if (c->failed || c->end - c->pos < n) {
        c->failed = true;
        return NULL;
    }
    c->pos += n;
    return p;
}

static uint8_t get_u8(struct cursor *c)
{
    const uint8_t *p = take(c, 1);

    return p == NULL ? 0 : *p;
}

static uint16_t get_u16(struct cursor *c)
{
    const uint8_t *p = take(c, 2);
    uint16_t v = 0;

    if (p != NULL)
        memcpy(&v, p, sizeof v);
    return c->swap ? __builtin_bswap16(v) : v;
}

static uint32_t get_u32(struct cursor *c)
{
    const uint8_t *p = take(c, 4);
    uint32_t v = 0;

    if (p != NULL)
        memcpy(&v, p, sizeof v);
    return c->swap ? __builtin_bswap32(v) : v;
}

static void get_uuid(struct cursor *c, UUID *ret)
{
    const uint8_t *p;

    ret->Data1 = get_u32(c);
    ret->Data2 = get_u16(c);
    ret->Data3 = get_u16(c);
    p = take(c, sizeof ret->Data4);
    if (p != NULL)
        memcpy(ret->Data4, p, sizeof ret->Data4);
}

static void get_syntax(struct cursor *c, RPC_SYNTAX_IDENTIFIER *ret)
{
    uint32_t version;

    get_uuid(c, &ret->SyntaxGUID);
    version = get_u32(c);
    ret->SyntaxVersion.MajorVersion = (uint16_t)version;
    ret->SyntaxVersion.MinorVersion = (uint16_t)(version >> 16);
}

enum wire_error wire_get_header(const uint8_t *pdu, size_t size, struct wire_header *ret)
{
    struct cursor c = {.pdu = pdu, .end = size};
    const uint8_t *drep;

    *ret = (struct wire_header){0};
    if (size < WIRE_HEADER_SIZE)
        return WIRE_SHORT;
    ret->version = get_u8(&c);
    ret->minor = get_u8(&c);
    ret->type = get_u8(&c);
    ret->flags = get_u8(&c);
    drep = take(&c, sizeof ret->drep);
    memcpy(ret->drep, drep, sizeof ret->drep);
    ret->swap = (drep[0] >> 4 != 0) != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    c.swap = ret->swap;
    ret->frag_length = get_u16(&c);
    ret->auth_length = get_u16(&c);
    ret->call_id = get_u32(&c);
    if (ret->frag_length < WIRE_HEADER_SIZE)
        return WIRE_BAD_FRAG_LENGTH; /* M41 */
    if (ret->version != 5)
        return WIRE_BAD_VERSION; /* M7 */
    if (ret->minor != 0)
        return WIRE_BAD_MINOR; /* M7 */
    if ((drep[0] != 0x00 && drep[0] != 0x10) || drep[1] != 0)
        return WIRE_BAD_DREP; /* M7; the other two octets are reserved */
    return WIRE_OK;
}

/* A cursor behind the common header. The PDU must be of type `a` or `b` and all there. */
static enum wire_error open_body(struct cursor *c, const uint8_t *pdu, size_t size,
                                 const struct wire_header *h, enum wire_type a, enum wire_type b)
{
    *c = (struct cursor){.pdu = pdu, .pos = WIRE_HEADER_SIZE, .end = size, .swap = h->swap};
    if (h->type != a && h->type != b)
        return WIRE_BAD_TYPE;
    if (size < WIRE_HEADER_SIZE || h->frag_length < WIRE_HEADER_SIZE || size < h->frag_length)
        return WIRE_TRUNCATED;
    c->end = h->frag_length;
    return WIRE_OK;
}

/* Reads the security trailer, if there is one, and makes the body end before it (G2). At least
 * `body` octets of the PDU precede it; padding is counted from `pad_start`, which in a bind is the
 * place where a request's stub would start (M29). */
static enum wire_error get_auth(struct cursor *c, const struct wire_header *h, size_t body,
                                size_t pad_start, struct wire_auth *ret)
{
    size_t length = h->auth_length;
    struct cursor t = *c;

    if (length == 0)
        return WIRE_OK;
    if (c->end < body || c->end - body < WIRE_TRAILER_SIZE + length)
        return WIRE_BAD_AUTH_LENGTH; /* M3 */
    t.pos = c->end - length - WIRE_TRAILER_SIZE;
    c->end = t.pos;
    ret->present = true;
    ret->offset = t.pos;
    ret->type = get_u8(&t);
    ret->level = get_u8(&t);
    ret->pad_length = get_u8(&t);
    (void)get_u8(&t);
    ret->context_id = get_u32(&t);
    ret->token = take(&t, length);
    ret->token_length = length;
    if (ret->offset % 4 != 0)
        return WIRE_AUTH_UNALIGNED; /* M28 */
    if (ret->pad_length != 0 &&
        (ret->offset < pad_start || ret->offset - pad_start < ret->pad_length))
        return WIRE_BAD_AUTH_PAD; /* M29 */
    return WIRE_OK;
}

/* Steps over all elements, so that wire_next_element need not fail. */
static enum wire_error check_elements(struct cursor c, unsigned count)
{
    if (count == 0)
        return WIRE_NO_ELEMENTS; /* M2, M9 */
    while (count-- > 0) {
        unsigned syntaxes;

        (void)get_u16(&c);
        syntaxes = get_u8(&c);
        (void)take(&c, 1 + WIRE_SYNTAX_SIZE);
        if (c.failed)
            return WIRE_TRUNCATED;
        if (syntaxes == 0)
            return WIRE_NO_SYNTAXES; /* M5, M9 */
        if (take(&c, (size_t)syntaxes * WIRE_SYNTAX_SIZE) == NULL)
            return WIRE_TRUNCATED;
    }
    return WIRE_OK;
}

enum wire_error wire_get_bind(const uint8_t *pdu, size_t size, const struct wire_header *h,
                              struct wire_bind *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_bind){.swap = h->swap};
    error = open_body(&c, pdu, size, h, WIRE_BIND, WIRE_ALTER_CONTEXT);
    if (error)
        return error;
    ret->max_xmit = get_u16(&c);
    ret->max_recv = get_u16(&c);
    ret->group_id = get_u32(&c);
    ret->element_count = get_u8(&c);
    if (!c.failed && ret->element_count == 0 && h->auth_length == 0) /* even without the padding */
        return WIRE_NO_ELEMENTS;
    (void)take(&c, 3);
    if (c.failed)
        return WIRE_TRUNCATED;
    error = get_auth(&c, h, WIRE_BIND_SIZE, WIRE_REQUEST_SIZE, &ret->auth);
    if (error)
        return error;
    error = check_elements(c, ret->element_count);
    if (error)
        return error;
    ret->next = pdu + WIRE_BIND_SIZE;
    ret->left = ret->element_count;
    return WIRE_OK;
}

bool wire_next_element(struct wire_bind *bind, struct wire_element *ret)
{
    struct cursor c = {.pdu = bind->next, .end = 4 + WIRE_SYNTAX_SIZE, .swap = bind->swap};

    *ret = (struct wire_element){.swap = bind->swap};
    if (bind->left == 0)
        return false;
    bind->left--;
    ret->id = get_u16(&c);
    ret->syntax_count = get_u8(&c);
    (void)get_u8(&c);
    get_syntax(&c, &ret->abstract);
    ret->syntaxes = bind->next + c.pos;
    bind->next = ret->syntaxes + (size_t)ret->syntax_count * WIRE_SYNTAX_SIZE;
    return true;
}

void wire_element_syntax(const struct wire_element *e, unsigned i, RPC_SYNTAX_IDENTIFIER *ret)
{
    struct cursor c = {.pdu = e->syntaxes,
                       .pos = (size_t)i * WIRE_SYNTAX_SIZE,
                       .end = (size_t)e->syntax_count * WIRE_SYNTAX_SIZE,
                       .swap = e->swap};

    *ret = (RPC_SYNTAX_IDENTIFIER){0};
    if (i < e->syntax_count)
        get_syntax(&c, ret);
}

enum wire_error wire_get_bind_ack(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                  struct wire_bind_ack *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_bind_ack){.swap = h->swap};
    error = open_body(&c, pdu, size, h, WIRE_BIND_ACK, WIRE_ALTER_CONTEXT_RESP);
    if (error)
        return error;
    ret->max_xmit = get_u16(&c);
    ret->max_recv = get_u16(&c);
    ret->group_id = get_u32(&c);
    error = get_auth(&c, h, c.pos, WIRE_REQUEST_SIZE, &ret->auth);
    if (error)
        return error;
    ret->address_length = get_u16(&c);
    ret->address = (const char *)take(&c, ret->address_length);
    (void)take(&c, -c.pos & 3);
    ret->result_count = get_u8(&c);
    (void)take(&c, 3);
    ret->next = take(&c, (size_t)ret->result_count * WIRE_RESULT_SIZE);
    if (c.failed)
        return WIRE_TRUNCATED;
    if (ret->address_length == 0)
        ret->address = NULL;
    ret->left = ret->result_count;
    return WIRE_OK;
}

bool wire_next_result(struct wire_bind_ack *ack, struct wire_result *ret)
{
    struct cursor c = {.pdu = ack->next, .end = WIRE_RESULT_SIZE, .swap = ack->swap};

    *ret = (struct wire_result){0};
    if (ack->left == 0)
        return false;
    ack->left--;
    ack->next += WIRE_RESULT_SIZE;
    ret->result = get_u16(&c);
    ret->reason = get_u16(&c);
    get_syntax(&c, &ret->syntax);
    return true;
}

enum wire_error wire_get_bind_nak(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                  uint16_t *ret_reason)
{
    struct cursor c;
    enum wire_error error = open_body(&c, pdu, size, h, WIRE_BIND_NAK, WIRE_BIND_NAK);

    *ret_reason = 0;
    if (error)
        return error;
    *ret_reason = get_u16(&c);
    return c.failed ? WIRE_TRUNCATED : WIRE_OK;
}

/* The trailer of a PDU with stub data, and how long that is without padding. */
static enum wire_error get_stub(struct cursor *c, const struct wire_header *h,
                                struct wire_auth *ret_auth, size_t *ret_offset, size_t *ret_length)
{
    enum wire_error error = get_auth(c, h, c->pos, c->pos, ret_auth);

    if (error)
        return error;
    *ret_offset = c->pos;
    *ret_length = c->end - c->pos - ret_auth->pad_length;
    return WIRE_OK;
}

enum wire_error wire_get_request(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                 struct wire_request *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_request){0};
    error = open_body(&c, pdu, size, h, WIRE_REQUEST, WIRE_REQUEST);
    if (error)
        return error;
    ret->alloc_hint = get_u32(&c);
    ret->context_id = get_u16(&c);
    ret->opnum = get_u16(&c);
    if (h->flags & WIRE_OBJECT_UUID) {
        ret->has_object = true;
        get_uuid(&c, &ret->object);
    }
    if (c.failed)
        return WIRE_TRUNCATED;
    return get_stub(&c, h, &ret->auth, &ret->stub_offset, &ret->stub_length);
}

size_t wire_find_verification(const uint8_t *stub, size_t size)
{
    size_t lowest = size > WIRE_VERIFY_REACH ? size - WIRE_VERIFY_REACH : 0;

    if (size < WIRE_VERIFY_SIGNATURE_SIZE)
        return size;
    for (size_t at = (size - WIRE_VERIFY_SIGNATURE_SIZE) & ~(size_t)3;; at -= 4) {
        if (memcmp(stub + at, wire_verify_signature, WIRE_VERIFY_SIGNATURE_SIZE) == 0)
            return at;
        if (at < lowest + 4)
            return size;
    }
}

/* One command's data; `c` ends with it. False: not of its length, or there already. */
static bool get_command(struct cursor *c, unsigned command, struct wire_verification *v)
{
    const uint8_t *drep;
    bool *has = command == WIRE_VERIFY_BITMASK        ? &v->has_bitmask
                : command == WIRE_VERIFY_PRESENTATION ? &v->has_presentation
                                                      : &v->has_header;

    if (*has)
        return false;
    *has = true;
    switch (command) {
    case WIRE_VERIFY_BITMASK: v->bitmask = get_u32(c); break;
    case WIRE_VERIFY_PRESENTATION:
        get_syntax(c, &v->interface);
        get_syntax(c, &v->transfer);
        break;
    default:
        v->header.type = get_u8(c);
        (void)take(c, 3);
        drep = take(c, sizeof v->header.drep);
        if (drep != NULL)
            memcpy(v->header.drep, drep, sizeof v->header.drep);
        v->header.call_id = get_u32(c);
        v->header.context_id = get_u16(c);
        v->header.opnum = get_u16(c);
    }
    return !c->failed && c->pos == c->end;
}

bool wire_get_verification(const uint8_t *trailer, size_t size, struct wire_verification *ret)
{
    struct cursor all = {.pdu = trailer, .end = size};
    unsigned word;

    *ret = (struct wire_verification){0};
    (void)take(&all, WIRE_VERIFY_SIGNATURE_SIZE);
    do {
        unsigned command;
        struct cursor one;
        size_t length;

        word = get_u16(&all);
        length = get_u16(&all);
        command = word & WIRE_VERIFY_COMMAND;
        one = (struct cursor){.pdu = trailer, .pos = all.pos, .end = all.pos + length};
        if (take(&all, length) == NULL || length % 4 != 0)
            return false;
        if (command >= WIRE_VERIFY_BITMASK && command <= WIRE_VERIFY_HEADER) {
            if (!get_command(&one, command, ret))
                return false;
        } else if (word & WIRE_VERIFY_MUST) {
            return false;
        }
    } while ((word & WIRE_VERIFY_END) == 0);
    return true;
}

enum wire_error wire_get_response(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                  struct wire_response *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_response){0};
    error = open_body(&c, pdu, size, h, WIRE_RESPONSE, WIRE_RESPONSE);
    if (error)
        return error;
    ret->alloc_hint = get_u32(&c);
    ret->context_id = get_u16(&c);
    ret->cancel_count = get_u8(&c);
    (void)get_u8(&c);
    if (c.failed)
        return WIRE_TRUNCATED;
    return get_stub(&c, h, &ret->auth, &ret->stub_offset, &ret->stub_length);
}

enum wire_error wire_get_fault(const uint8_t *pdu, size_t size, const struct wire_header *h,
                               struct wire_fault *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_fault){0};
    error = open_body(&c, pdu, size, h, WIRE_FAULT, WIRE_FAULT);
    if (error)
        return error;
    ret->alloc_hint = get_u32(&c);
    ret->context_id = get_u16(&c);
    ret->cancel_count = get_u8(&c);
    ret->flags = get_u8(&c);
    ret->status = get_u32(&c);
    (void)get_u32(&c);
    if (c.failed)
        return WIRE_TRUNCATED;
    return get_auth(&c, h, WIRE_FAULT_SIZE, WIRE_FAULT_SIZE, &ret->auth);
}

enum wire_error wire_get_auth3(const uint8_t *pdu, size_t size, const struct wire_header *h,
                               struct wire_auth *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_auth){0};
    error = open_body(&c, pdu, size, h, WIRE_AUTH3, WIRE_AUTH3);
    if (error)
        return error;
    if (h->auth_length == 0)
        return WIRE_NO_AUTH; /* M35 */
    return get_auth(&c, h, WIRE_AUTH3_SIZE, WIRE_REQUEST_SIZE, ret);
}

enum wire_error wire_get_control(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                 struct wire_auth *ret)
{
    enum wire_error error;
    struct cursor c;

    *ret = (struct wire_auth){0};
    error = open_body(&c, pdu, size, h, WIRE_CO_CANCEL, WIRE_ORPHANED);
    if (error == WIRE_BAD_TYPE)
        error = open_body(&c, pdu, size, h, WIRE_SHUTDOWN, WIRE_SHUTDOWN);
    if (error)
        return error;
    return get_auth(&c, h, WIRE_HEADER_SIZE, WIRE_HEADER_SIZE, ret);
}
