/* SPDX-License-Identifier: Apache-2.0
 *
 * proxy.h - a wire between client and server that can be damaged
 *
 * It forwards whole PDUs. One order at a time may be armed: what to do with the n-th PDU of a type in
 * one direction; it is carried out once.
 */
#ifndef HF_CONFORMANCE_PROXY_H
#define HF_CONFORMANCE_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Types of PDU (C706 12.6.4). */
enum pdu {
    PDU_REQUEST = 0,
    PDU_RESPONSE = 2,
    PDU_FAULT = 3,
    PDU_BIND = 11,
    PDU_BIND_ACK = 12,
    PDU_BIND_NAK = 13,
    PDU_ALTER_CONTEXT = 14,
};
/* Where things are in them. */
#define PDU_FLAGS       3  /* octet of a header */
#define PDU_GROUP       20 /* the association group's id in a bind and its answer, 4 octets */
#define PDU_STUB        24 /* stub data in a request and a response */
#define PDU_DID_NOT_RUN 0x20

enum proxy_direction { TO_SERVER, TO_CLIENT };

enum proxy_action {
    PROXY_SWALLOW, /* the PDU vanishes, all else goes on */
    PROXY_CUT,     /* the PDU vanishes and the connection is ended on both sides */
    PROXY_CUT_AT,  /* so, after `at` octets of it */
    PROXY_AFTER,   /* forwarded, then both sides are ended */
    PROXY_RESET,   /* as CUT, with a reset instead of an orderly end */
    PROXY_ALTER,   /* octet `at` is turned by `with` (exclusive or) */
    PROXY_NOTE,    /* forwarded; proxy_wait_done knows when */
    PROXY_HOLD,    /* kept until proxy_release */
    PROXY_READ,    /* `size` octets from `at` on are copied to `octets`, the PDU goes on */
    PROXY_WRITE,   /* ... are replaced by those of `octets` */
    PROXY_FAULT,   /* a fault of the same call with `status` goes in its place */
};

struct proxy_order {
    enum proxy_direction direction;
    enum pdu type;
    unsigned skip; /* so many of them pass first */
    enum proxy_action action;
    size_t at;
    uint8_t with;
    uint8_t *octets;
    size_t size;
    uint32_t status;
};

struct proxy;

/* Where proxies on unix sockets listen; "/tmp" unless it is set before the first one is made. */
extern const char *proxy_folder;

/* In front of a server at a port of `host` (NULL: 127.0.0.1), or at a unix socket: then port is 0. */
struct proxy *proxy_create(const char *host, int port, const char *path);
void proxy_free(struct proxy *take_p);
int proxy_port(const struct proxy *p);
const char *proxy_path(const struct proxy *p);

void proxy_arm(struct proxy *p, struct proxy_order order);
void proxy_wait_done(struct proxy *p); /* until the order was carried out, or a HOLD is holding */
void proxy_release(struct proxy *p);
void proxy_cut_all(struct proxy *p); /* every connection, now */
/* The n-th that is open, oldest first; returns when both ends are closed. */
void proxy_cut_one(struct proxy *p, unsigned n, bool reset);
void proxy_refuse(struct proxy *p, bool refuse);  /* new connections end at once */
void proxy_retarget(struct proxy *p, int port);   /* new connections go there */
void proxy_from(struct proxy *p, const char *ip); /* ... come from this local address */
void proxy_as(struct proxy *p, uid_t uid);        /* ... are made as this user; needs root */
unsigned proxy_passed(struct proxy *p);           /* PDUs to the server so far */
unsigned proxy_seen(struct proxy *p, enum proxy_direction d, enum pdu type);
unsigned proxy_made(struct proxy *p); /* connections so far */
unsigned proxy_open(struct proxy *p); /* connections that are open */

#endif
