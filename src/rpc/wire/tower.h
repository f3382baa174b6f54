/* SPDX-License-Identifier: Apache-2.0
 *
 * tower.h - protocol towers: how an endpoint map names an interface at an endpoint (rpc-wire 11)
 *
 * A tower is a pile of floors: interface, transfer syntax, RPC protocol, endpoint, address. On the wire
 * everything is little-endian and unaligned, but for ports and addresses, which go in network order.
 * Reading is total on any octets; what a tower says beyond what we know is skipped, not refused.
 */
#ifndef HF_RPC_WIRE_TOWER_H
#define HF_RPC_WIRE_TOWER_H

#include "rpc/wire/wire.h"

#define WIRE_TOWER_FLOORS   6    /* more are refused */
#define WIRE_TOWER_SIZE     2000 /* octets of a tower, by the range of twr_t's length */
#define WIRE_TOWER_ENDPOINT 256  /* characters of an endpoint's name, with its terminator */

/* Protocol identifiers of floors, C706 appendix I; those that we tell apart. */
enum wire_floor {
    WIRE_FLOOR_TCP = 0x07,
    WIRE_FLOOR_UDP = 0x08,
    WIRE_FLOOR_IP = 0x09,
    WIRE_FLOOR_NCADG = 0x0a,
    WIRE_FLOOR_NCACN = 0x0b,
    WIRE_FLOOR_NCALRPC = 0x0c,
    WIRE_FLOOR_UUID = 0x0d,
    WIRE_FLOOR_NAMED_PIPE = 0x0f,
    WIRE_FLOOR_LOCAL_NAME = 0x10,
    WIRE_FLOOR_NETBIOS = 0x11,
    WIRE_FLOOR_HTTP = 0x1f,
    WIRE_FLOOR_UNIX = 0x20,
};

struct wire_tower {
    RPC_SYNTAX_IDENTIFIER interface, transfer;
    uint8_t protocol;                   /* of the third floor */
    uint8_t transport;                  /* of the fourth; 0 when there is none */
    uint16_t port;                      /* where the endpoint is a port */
    uint8_t address[4];                 /* IPv4; zero for none */
    char endpoint[WIRE_TOWER_ENDPOINT]; /* where the endpoint is a name; else "" */
    char host[WIRE_TOWER_ENDPOINT];     /* where the address is a name; else "" */
};

/* False for what is no tower: too many floors, too few, lengths beyond the end, first floors that
 * are not UUIDs, an endpoint's name that is too long or unterminated. */
bool wire_get_tower(const uint8_t *octets, size_t size, struct wire_tower *ret);

/* Writes the tower of a TCP port or of a local name. Returns its size, 0 when there is no room or it
 * is of another transport. */
size_t wire_put_tower(uint8_t *to, size_t room, const struct wire_tower *t);

/* The protocol sequence, or NULL for an unknown one. */
const char *wire_tower_protseq(const struct wire_tower *t);

/* Do two towers go the same way: same protocol and transport? */
bool wire_tower_same_way(const struct wire_tower *a, const struct wire_tower *b);

#endif
