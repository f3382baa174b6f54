/* SPDX-License-Identifier: Apache-2.0
 *
 * tower.c - reading and writing protocol towers
 *
 * Spec: rpc-wire 11, C706 appendices I and L, MS-RPCE 2.2.1.2
 */
#include "rpc/wire/tower.h"

#include <string.h>

#define UUID_SIDE 19 /* identifier, UUID, major version */

/* What of a transport's floor is the endpoint. */
enum endpoint_kind { ENDPOINT_PORT, ENDPOINT_NAME };

static const struct way {
    uint8_t protocol, transport;
    enum endpoint_kind kind;
    const char *protseq;
} ways[] = {
    {WIRE_FLOOR_NCACN, WIRE_FLOOR_TCP, ENDPOINT_PORT, "ncacn_ip_tcp"},
    {WIRE_FLOOR_NCALRPC, WIRE_FLOOR_LOCAL_NAME, ENDPOINT_NAME, "ncalrpc"},
    {WIRE_FLOOR_NCACN, WIRE_FLOOR_NAMED_PIPE, ENDPOINT_NAME, "ncacn_np"},
    {WIRE_FLOOR_NCACN, WIRE_FLOOR_HTTP, ENDPOINT_PORT, "ncacn_http"},
    {WIRE_FLOOR_NCACN, WIRE_FLOOR_UNIX, ENDPOINT_NAME, "ncacn_unix_stream"},
    {WIRE_FLOOR_NCADG, WIRE_FLOOR_UDP, ENDPOINT_PORT, "ncadg_ip_udp"},
};

static const struct way *way_of(const struct wire_tower *t)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].protocol == t->protocol && ways[i].transport == t->transport)
            return &ways[i];
    return NULL;
}

const char *wire_tower_protseq(const struct wire_tower *t)
{
    const struct way *w = way_of(t);

    return w != NULL ? w->protseq : NULL;
}

bool wire_tower_same_way(const struct wire_tower *a, const struct wire_tower *b)
{
    return a->protocol == b->protocol && a->transport == b->transport;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

struct octets {
    const uint8_t *at;
    size_t left;
};

static uint16_t read_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

/* The next counted string; false beyond the end. */
static bool take_side(struct octets *o, struct octets *ret)
{
    size_t size;

    if (o->left < 2)
        return false;
    size = read_u16(o->at);
    if (o->left - 2 < size)
        return false;
    *ret = (struct octets){o->at + 2, size};
    o->at += 2 + size;
    o->left -= 2 + size;
    return true;
}

static bool read_syntax(const struct octets *left, const struct octets *right,
                        RPC_SYNTAX_IDENTIFIER *ret)
{
    const uint8_t *p = left->at + 1;

    if (left->left != UUID_SIDE || left->at[0] != WIRE_FLOOR_UUID || right->left < 2)
        return false;
    ret->SyntaxGUID.Data1 = read_u16(p) | (uint32_t)read_u16(p + 2) << 16;
    ret->SyntaxGUID.Data2 = read_u16(p + 4);
    ret->SyntaxGUID.Data3 = read_u16(p + 6);
    memcpy(ret->SyntaxGUID.Data4, p + 8, sizeof ret->SyntaxGUID.Data4);
    ret->SyntaxVersion.MajorVersion = read_u16(p + 16);
    ret->SyntaxVersion.MinorVersion = read_u16(right->at);
    return true;
}

/* A name of at most `room` characters with its terminator; empty ones are none. */
static bool read_name(const struct octets *from, char *to, size_t room)
{
    if (from->left == 0)
        return true;
    if (from->left > room || from->at[from->left - 1] != '\0')
        return false;
    memcpy(to, from->at, from->left);
    return true;
}

static bool read_endpoint(const struct octets *right, struct wire_tower *t)
{
    const struct way *w = way_of(t);

    if (w == NULL)
        return true;
    if (w->kind == ENDPOINT_NAME)
        return read_name(right, t->endpoint, sizeof t->endpoint);
    if (right->left >= 2)
        t->port = (uint16_t)(right->at[0] << 8 | right->at[1]);
    return true;
}

static bool read_address(const struct octets *left, const struct octets *right,
                         struct wire_tower *t)
{
    if (left->at[0] == WIRE_FLOOR_NETBIOS)
        return read_name(right, t->host, sizeof t->host);
    if (left->at[0] == WIRE_FLOOR_IP && right->left == sizeof t->address)
        memcpy(t->address, right->at, sizeof t->address);
    return true;
}

bool wire_get_tower(const uint8_t *octets, size_t size, struct wire_tower *ret)
{
    struct octets o = {octets, size}, left, right;
    unsigned floors;
    bool good = size >= 2;

    *ret = (struct wire_tower){0};
    if (!good)
        return false;
    floors = read_u16(o.at);
    o.at += 2;
    o.left -= 2;
    if (floors < 3 || floors > WIRE_TOWER_FLOORS)
        return false;
    for (unsigned i = 0; good && i < floors; i++) {
        good = take_side(&o, &left) && take_side(&o, &right) && left.left > 0;
        if (!good)
            break;
        switch (i) {
        case 0: good = read_syntax(&left, &right, &ret->interface); break;
        case 1: good = read_syntax(&left, &right, &ret->transfer); break;
        case 2: ret->protocol = left.at[0]; break;
        case 3:
            ret->transport = left.at[0];
            good = read_endpoint(&right, ret);
            break;
        case 4: good = read_address(&left, &right, ret); break;
        default: break; /* what a sixth floor says is not ours to judge */
        }
    }
    return good;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

static uint8_t *put_u16(uint8_t *to, uint16_t v)
{
    to[0] = (uint8_t)v;
    to[1] = (uint8_t)(v >> 8);
    return to + 2;
}

static uint8_t *put_side(uint8_t *to, const void *from, size_t size)
{
    to = put_u16(to, (uint16_t)size);
    memcpy(to, from, size);
    return to + size;
}

static uint8_t *put_floor(uint8_t *to, uint8_t identifier, const void *right, size_t size)
{
    return put_side(put_side(to, &identifier, 1), right, size);
}

static uint8_t *put_syntax(uint8_t *to, const RPC_SYNTAX_IDENTIFIER *s)
{
    to = put_u16(to, UUID_SIDE);
    *to++ = WIRE_FLOOR_UUID;
    to = put_u16(to, (uint16_t)s->SyntaxGUID.Data1);
    to = put_u16(to, (uint16_t)(s->SyntaxGUID.Data1 >> 16));
    to = put_u16(to, s->SyntaxGUID.Data2);
    to = put_u16(to, s->SyntaxGUID.Data3);
    memcpy(to, s->SyntaxGUID.Data4, sizeof s->SyntaxGUID.Data4);
    to = put_u16(to + sizeof s->SyntaxGUID.Data4, s->SyntaxVersion.MajorVersion);
    to = put_u16(to, 2);
    return put_u16(to, s->SyntaxVersion.MinorVersion);
}

size_t wire_put_tower(uint8_t *to, size_t room, const struct wire_tower *t)
{
    const uint8_t minor[2] = {0}, port[2] = {(uint8_t)(t->port >> 8), (uint8_t)t->port};
    bool tcp = t->protocol == WIRE_FLOOR_NCACN && t->transport == WIRE_FLOOR_TCP;
    bool local = t->protocol == WIRE_FLOOR_NCALRPC && t->transport == WIRE_FLOOR_LOCAL_NAME;
    size_t name = strlen(t->endpoint) + 1;
    size_t size = 2 + 2 * (2 + UUID_SIDE + 2 + 2) + 7 + (tcp ? 7 + 9 : 5 + name);
    uint8_t *p = to;

    if ((!tcp && !local) || size > room)
        return 0;
    p = put_u16(p, tcp ? 5 : 4);
    p = put_syntax(p, &t->interface);
    p = put_syntax(p, &t->transfer);
    p = put_floor(p, t->protocol, minor, sizeof minor);
    if (tcp) {
        p = put_floor(p, WIRE_FLOOR_TCP, port, sizeof port);
        (void)put_floor(p, WIRE_FLOOR_IP, t->address, sizeof t->address);
    } else {
        (void)put_floor(p, WIRE_FLOOR_LOCAL_NAME, t->endpoint, name);
    }
    return size;
}
