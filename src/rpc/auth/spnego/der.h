/* SPDX-License-Identifier: Apache-2.0
 *
 * der.h - as much of DER as SPNEGO needs: definite lengths, one octet of tag
 *
 * Reading borrows, is total and bounded by what it reads. Writing goes backwards, from the last octet
 * to the first, so that lengths are known when they are written.
 */
#ifndef HF_RPC_AUTH_SPNEGO_DER_H
#define HF_RPC_AUTH_SPNEGO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct der {
    const uint8_t *octets;
    size_t size;
};

enum der_tag {
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_SEQUENCE = 0x30,
    DER_APPLICATION_0 = 0x60,
    DER_CONTEXT_0 = 0xa0, /* + n */
};

/* Takes the next element off `from`, if it has this tag: its content, and, if `ret_whole` is not NULL,
 * all of it. False, and nothing is taken, for another tag or what is no element. */
bool der_take(struct der *from, unsigned tag, struct der *ret, struct der *ret_whole);
/* Takes any element off. */
bool der_skip(struct der *from);
bool der_equal(struct der a, struct der b);

struct der_out {
    uint8_t *octets;
    size_t room, at; /* what is written lies in [at, room) */
    bool failed;
};
void der_prepend(struct der_out *o, const void *data, size_t size);
/* Puts tag and length before what was written since `end`, an earlier value of `at`. */
void der_wrap(struct der_out *o, unsigned tag, size_t end);

#endif
