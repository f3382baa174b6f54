/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - NTLM's three messages: octets <-> structures
 */
#include "rpc/auth/ntlm/message.h"

#include <string.h>

#include "base/limits.h"

static const uint8_t signature[8] = "NTLMSSP";

/* What we say of ourselves where a message has a version: 6.1, revision 15 of the protocol. */
static const uint8_t version[8] = {6, 1, 0, 0, 0, 0, 0, 15};

/* ---- Reading ---------------------------------------------------------------------------------- */

static uint32_t get_u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get_u32(const uint8_t *p)
{
    return get_u16(p) | get_u16(p + 2) << 16;
}

unsigned ntlm_message_type(const uint8_t *m, size_t size)
{
    uint32_t type;

    if (size < 12 || size > RPC_LIMIT_NTLM_TOKEN || memcmp(m, signature, sizeof signature) != 0)
        return 0;
    type = get_u32(m + 8);
    return type >= 1 && type <= 3 ? type : 0;
}

/* A field's payload; empty ones lie nowhere. */
static bool get_field(const uint8_t *m, size_t size, size_t at, struct ntlm_text *ret)
{
    size_t length = get_u16(m + at), offset = get_u32(m + at + 4);

    *ret = (struct ntlm_text){m, 0};
    if (length == 0)
        return true;
    if (offset > size || length > size - offset)
        return false;
    *ret = (struct ntlm_text){m + offset, length};
    return true;
}

bool ntlm_get_negotiate(const uint8_t *m, size_t size, struct ntlm_negotiate *ret)
{
    if (ntlm_message_type(m, size) != 1 || size < 16)
        return false;
    ret->flags = get_u32(m + 12);
    return true;
}

bool ntlm_get_challenge(const uint8_t *m, size_t size, struct ntlm_challenge *ret)
{
    *ret = (struct ntlm_challenge){.info = {m, 0}};
    if (ntlm_message_type(m, size) != 2 || size < 32)
        return false;
    ret->flags = get_u32(m + 20);
    memcpy(ret->challenge, m + 24, sizeof ret->challenge);
    if (!get_field(m, size, 12, &ret->target))
        return false;
    if ((ret->flags & NTLM_TARGET_INFO) == 0)
        return true;
    return size >= 48 && get_field(m, size, 40, &ret->info);
}

/* The first octet that belongs to a field's payload. */
static size_t payload_start(const uint8_t *m, const struct ntlm_authenticate *a, size_t size)
{
    const struct ntlm_text *fields[] = {&a->lm,   &a->nt,          &a->domain,
                                        &a->user, &a->workstation, &a->session_key};
    size_t first = size;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (fields[i]->size > 0 && (size_t)(fields[i]->octets - m) < first)
            first = (size_t)(fields[i]->octets - m);
    return first;
}

bool ntlm_get_authenticate(const uint8_t *m, size_t size, struct ntlm_authenticate *ret)
{
    *ret = (struct ntlm_authenticate){0};
    if (ntlm_message_type(m, size) != 3 || size < 64 || !get_field(m, size, 12, &ret->lm) ||
        !get_field(m, size, 20, &ret->nt) || !get_field(m, size, 28, &ret->domain) ||
        !get_field(m, size, 36, &ret->user) || !get_field(m, size, 44, &ret->workstation) ||
        !get_field(m, size, 52, &ret->session_key))
        return false;
    ret->flags = get_u32(m + 60);
    if (payload_start(m, ret, size) >= NTLM_AUTHENTICATE_SIZE)
        ret->mic = size >= NTLM_AUTHENTICATE_SIZE ? m + NTLM_AUTHENTICATE_MIC : NULL;
    return true;
}

bool ntlm_av_next(struct ntlm_text *pairs, unsigned *ret_id, struct ntlm_text *ret)
{
    size_t size;

    if (pairs->size < 4)
        return false;
    *ret_id = get_u16(pairs->octets);
    size = get_u16(pairs->octets + 2);
    if (*ret_id == NTLM_AV_END || size > pairs->size - 4)
        return false;
    *ret = (struct ntlm_text){pairs->octets + 4, size};
    pairs->octets += 4 + size;
    pairs->size -= 4 + size;
    return true;
}

bool ntlm_av_find(struct ntlm_text pairs, unsigned id, struct ntlm_text *ret)
{
    unsigned have;

    while (ntlm_av_next(&pairs, &have, ret))
        if (have == id)
            return true;
    return false;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

void ntlm_put(struct ntlm_out *o, const void *data, size_t size)
{
    if (o->failed || size > o->room - o->size) {
        o->failed = true;
        return;
    }
    if (size > 0)
        memcpy(o->octets + o->size, data, size);
    o->size += size;
}

static void put_u16(struct ntlm_out *o, unsigned v)
{
    const uint8_t octets[2] = {(uint8_t)v, (uint8_t)(v >> 8)};

    ntlm_put(o, octets, sizeof octets);
}

static void put_u32(struct ntlm_out *o, uint32_t v)
{
    put_u16(o, v & 0xffff);
    put_u16(o, v >> 16);
}

static void put_zeros(struct ntlm_out *o, size_t size)
{
    static const uint8_t zeros[16];

    ntlm_put(o, zeros, size);
}

void ntlm_put_av(struct ntlm_out *o, unsigned id, const void *data, size_t size)
{
    put_u16(o, id);
    put_u16(o, (unsigned)size);
    ntlm_put(o, data, size);
}

/* A field whose payload comes at *at, which moves on. */
static void put_field(struct ntlm_out *o, struct ntlm_text t, size_t *at)
{
    put_u16(o, (unsigned)t.size);
    put_u16(o, (unsigned)t.size);
    put_u32(o, (uint32_t)*at);
    *at += t.size;
}

static void put_start(struct ntlm_out *o, uint32_t type)
{
    ntlm_put(o, signature, sizeof signature);
    put_u32(o, type);
}

void ntlm_put_negotiate(struct ntlm_out *o, const struct ntlm_negotiate *m)
{
    put_start(o, 1);
    put_u32(o, m->flags);
    put_zeros(o, 16); /* neither domain nor workstation */
    ntlm_put(o, version, sizeof version);
}

void ntlm_put_challenge(struct ntlm_out *o, const struct ntlm_challenge *m)
{
    size_t at = NTLM_CHALLENGE_SIZE;

    put_start(o, 2);
    put_field(o, m->target, &at);
    put_u32(o, m->flags);
    ntlm_put(o, m->challenge, sizeof m->challenge);
    put_zeros(o, 8);
    put_field(o, m->info, &at);
    ntlm_put(o, version, sizeof version);
    ntlm_put(o, m->target.octets, m->target.size);
    ntlm_put(o, m->info.octets, m->info.size);
}

void ntlm_put_authenticate(struct ntlm_out *o, const struct ntlm_authenticate *m)
{
    size_t at = NTLM_AUTHENTICATE_SIZE;

    put_start(o, 3);
    put_field(o, m->lm, &at);
    put_field(o, m->nt, &at);
    put_field(o, m->domain, &at);
    put_field(o, m->user, &at);
    put_field(o, m->workstation, &at);
    put_field(o, m->session_key, &at);
    put_u32(o, m->flags);
    ntlm_put(o, version, sizeof version);
    put_zeros(o, 16);
    ntlm_put(o, m->lm.octets, m->lm.size);
    ntlm_put(o, m->nt.octets, m->nt.size);
    ntlm_put(o, m->domain.octets, m->domain.size);
    ntlm_put(o, m->user.octets, m->user.size);
    ntlm_put(o, m->workstation.octets, m->workstation.size);
    ntlm_put(o, m->session_key.octets, m->session_key.size);
}
