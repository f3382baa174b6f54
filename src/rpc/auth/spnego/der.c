/* SPDX-License-Identifier: Apache-2.0
 *
 * der.c - as much of DER as SPNEGO needs
 */
#include "rpc/auth/spnego/der.h"

#include <string.h>

/* The element at the front: how many octets tag and length take, and the content. */
static bool element(struct der from, size_t *ret_head, size_t *ret_size)
{
    size_t head = 2, size;

    if (from.size < 2)
        return false;
    size = from.octets[1];
    if (size >= 0x80) {
        unsigned octets = size & 0x7f;

        if (octets == 0 || octets > 3 || from.size < 2 + (size_t)octets)
            return false;
        size = 0;
        for (unsigned i = 0; i < octets; i++)
            size = size << 8 | from.octets[2 + i];
        head += octets;
    }
    if (size > from.size - head)
        return false;
    *ret_head = head;
    *ret_size = size;
    return true;
}

bool der_take(struct der *from, unsigned tag, struct der *ret, struct der *ret_whole)
{
    size_t head, size;

    if (!element(*from, &head, &size) || from->octets[0] != tag)
        return false;
    *ret = (struct der){from->octets + head, size};
    if (ret_whole != NULL)
        *ret_whole = (struct der){from->octets, head + size};
    from->octets += head + size;
    from->size -= head + size;
    return true;
}

bool der_skip(struct der *from)
{
    struct der content;

    return from->size > 0 && der_take(from, from->octets[0], &content, NULL);
}

bool der_equal(struct der a, struct der b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.octets, b.octets, a.size) == 0);
}

void der_prepend(struct der_out *o, const void *data, size_t size)
{
    if (o->failed || size > o->at) {
        o->failed = true;
        return;
    }
    o->at -= size;
    if (size > 0)
        memcpy(o->octets + o->at, data, size);
}

void der_wrap(struct der_out *o, unsigned tag, size_t end)
{
    size_t size = end - o->at;
    uint8_t head[4] = {(uint8_t)tag};
    size_t n = 1;

    if (size > 0xffff) {
        o->failed = true;
        return;
    }
    if (size > 0xff) {
        head[n++] = 0x82;
        head[n++] = (uint8_t)(size >> 8);
    } else if (size > 0x7f) {
        head[n++] = 0x81;
    }
    head[n++] = (uint8_t)size;
    der_prepend(o, head, n);
}
