/* SPDX-License-Identifier: Apache-2.0
 *
 * proxy.h - a wire between client and server that the test can damage
 *
 * It forwards whole PDUs. One order at a time may be armed: what to do with the n-th PDU of a type in
 * one direction; it is carried out once.
 */
#ifndef TESTS_CONFORMANCE_RULES_PROXY_H
#define TESTS_CONFORMANCE_RULES_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum proxy_direction { TO_SERVER, TO_CLIENT };

enum proxy_action {
    PROXY_SWALLOW, /* the PDU vanishes, all else goes on */
    PROXY_CUT,     /* the PDU vanishes and the connection is ended on both sides */
    PROXY_CUT_AT,  /* so, after `at` octets of it */
    PROXY_AFTER,   /* forwarded, then both sides are ended */
    PROXY_RESET,   /* as CUT, with a reset instead of an orderly end */
    PROXY_ALTER,   /* octet `at` is turned by `with` (exclusive or) */
    PROXY_HOLD,    /* kept until proxy_release */
    PROXY_READ,    /* 20 octets from `at` on are copied to `handle`, the PDU goes on */
    PROXY_WRITE,   /* ... are replaced by those of `handle` */
};

struct proxy_order {
    enum proxy_direction direction;
    unsigned type; /* of the PDU: wire_ptype */
    unsigned skip; /* so many of them pass first */
    enum proxy_action action;
    size_t at;
    uint8_t with;
    uint8_t *handle;
};

struct proxy;

/* In front of a server at a port or a unix socket; exactly one of the two is given. */
struct proxy *proxy_create(int port, const char *path);
void proxy_free(struct proxy *take_p);
int proxy_port(const struct proxy *p);
const char *proxy_path(const struct proxy *p);

void proxy_arm(struct proxy *p, struct proxy_order order);
void proxy_wait_done(struct proxy *p); /* until the order was carried out, or a HOLD is holding */
void proxy_release(struct proxy *p);
void proxy_cut_all(struct proxy *p); /* every connection, now */
/* The n-th that is open, oldest first; returns when both ends are closed. */
void proxy_cut_one(struct proxy *p, unsigned n, bool reset);
void proxy_refuse(struct proxy *p, bool refuse); /* new connections end at once */
void proxy_retarget(struct proxy *p, int port);  /* new connections go there */
unsigned proxy_open(struct proxy *p);            /* connections that are open */

#endif
