/* SPDX-License-Identifier: Apache-2.0
 *
 * in.c - reading stub data: what is not inline in ndr.h
 *
 * All octets are taken by ndr_in_take (N1). A failure leaves the reader at its end, so that nothing
 * more can be taken.
 * Spec: MS-RPCE 2.2.4, 2.2.5, 3.1.1.5.3; C706 chapter 14
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/limits.h"

enum {
    STATUS_BAD_STUB_DATA = 1783,     /* RPC_X_BAD_STUB_DATA */
    STATUS_ENUM_OUT_OF_RANGE = 1781, /* RPC_X_ENUM_VALUE_OUT_OF_RANGE */
    STATUS_NO_MEMORY = 14,           /* RPC_S_OUT_OF_MEMORY */
    ENUM_MAX = 0x7fff,
};

void ndr_in_init(struct ndr_in *in, const uint8_t *base, size_t size, bool swap, bool ndr64,
                 struct ndr_memory *memory)
{
    static const uint8_t nothing;

    if (base == NULL)
        base = &nothing;
    *in = (struct ndr_in){.pos = base,
                          .end = base + size,
                          .base = base,
                          .swap = swap,
                          .ndr64 = ndr64,
                          .memory = memory};
}

void ndr_in_fail(struct ndr_in *in, RPC_STATUS status)
{
    if (in->status == 0)
        in->status = status;
    in->pos = in->end;
}

/* A datum that is a u32 in NDR 2.0 and a u64 in NDR64. */
static uint64_t get_wide(struct ndr_in *in)
{
    return in->ndr64 ? ndr_get_hyper(in) : ndr_get_long(in);
}

int64_t ndr_get_int3264(struct ndr_in *in, bool is_signed)
{
    if (in->ndr64)
        return (int64_t)ndr_get_hyper(in);
    return is_signed ? (int64_t)(int32_t)ndr_get_long(in) : (int64_t)ndr_get_long(in);
}

int32_t ndr_get_enum(struct ndr_in *in)
{
    uint16_t v;

    if (in->ndr64)
        return (int32_t)ndr_get_long(in);
    v = ndr_get_short(in);
    if (v > ENUM_MAX) {
        ndr_in_fail(in, STATUS_ENUM_OUT_OF_RANGE);
        return 0;
    }
    return v;
}

uint32_t ndr_get_count(struct ndr_in *in)
{
    uint64_t v = get_wide(in);

    ndr_in_check(in, v <= NDR_LIMIT_ELEMENTS);
    return in->status == 0 ? (uint32_t)v : 0;
}

uint32_t ndr_get_slice(struct ndr_in *in, uint32_t max, uint32_t *ret_offset)
{
    uint64_t offset = get_wide(in);
    uint64_t actual = get_wide(in);

    ndr_in_check(in, offset <= NDR_LIMIT_ELEMENTS && actual <= NDR_LIMIT_ELEMENTS &&
                         offset + actual <= max);
    if (in->status != 0)
        offset = actual = 0;
    *ret_offset = (uint32_t)offset;
    return (uint32_t)actual;
}

bool ndr_get_fits(struct ndr_in *in, uint32_t count, size_t min_octets)
{
    size_t octets;

    ndr_in_check(in, count <= NDR_LIMIT_ELEMENTS &&
                         !__builtin_mul_overflow(count, min_octets, &octets) &&
                         octets <= (size_t)(in->end - in->pos));
    return in->status == 0;
}

bool ndr_get_unique(struct ndr_in *in)
{
    return get_wide(in) != 0;
}

void ndr_get_ref(struct ndr_in *in)
{
    ndr_in_check(in, get_wide(in) != 0);
}

uint64_t ndr_get_full_slot(struct ndr_in *in)
{
    return get_wide(in);
}

bool ndr_get_full(struct ndr_in *in, const void *type, struct ndr_full *ret)
{
    return ndr_get_full_at(in, type, get_wide(in), ret);
}

bool ndr_get_full_at(struct ndr_in *in, const void *type, uint64_t id, struct ndr_full *ret)
{
    const struct ndr_full_object *o;

    *ret = (struct ndr_full){.id = id};
    if (id == 0 || in->status != 0) {
        ret->id = 0;
        return false;
    }
    o = ndr_full_by_id(in->memory, ret->id);
    if (o == NULL || (o->type != type && !o->in)) { /* a peer may use our ids anew for his own */
        ret->follows = true;
        return true;
    }
    if (o->type != type) {
        *ret = (struct ndr_full){0};
        ndr_in_fail(in, STATUS_BAD_STUB_DATA);
        return false;
    }
    ret->object = (void *)(uintptr_t)o->at;
    ret->count = o->count;
    ret->follows = !o->in;
    return true;
}

void ndr_full_bind(struct ndr_in *in, uint64_t id, const void *type, void *object, uint32_t count)
{
    struct ndr_full_object *o;

    if (in->status != 0)
        return;
    o = ndr_full_by_id(in->memory, id);
    if (o == NULL)
        o = ndr_full_add(in->memory, id, object, type, count);
    else
        ndr_full_move(in->memory, o, object, type, count);
    if (o == NULL)
        ndr_in_fail(in, STATUS_NO_MEMORY);
    else
        o->in = true;
}

/* Turns the octets of each element round; eight octets at a time. */
static void swap_elements(uint8_t *to, const uint8_t *from, size_t size, size_t width)
{
    const uint64_t low = UINT64_C(0x00ff00ff00ff00ff);
    size_t i = 0;
    uint64_t v;

    for (; size - i >= sizeof v; i += sizeof v) {
        memcpy(&v, from + i, sizeof v);
        if (width == 2) {
            v = (v >> 8 & low) | (v & low) << 8;
        } else {
            v = __builtin_bswap64(v);
            if (width == 4)
                v = v >> 32 | v << 32;
        }
        memcpy(to + i, &v, sizeof v);
    }
    for (; i < size; i += width) { /* less than eight octets are left */
        for (size_t b = 0; b < width; b++)
            to[i + b] = from[i + width - 1 - b];
    }
}

/* The octets of an array, or NULL after failure. */
static const uint8_t *take_array(struct ndr_in *in, uint32_t count, size_t width, size_t *ret_size)
{
    if (in->status != 0)
        return NULL;
    if (__builtin_mul_overflow(count, width, ret_size)) {
        ndr_in_fail(in, STATUS_BAD_STUB_DATA);
        return NULL;
    }
    return ndr_in_take(in, width, *ret_size);
}

void ndr_get_array(struct ndr_in *in, void *to, uint32_t count, size_t width)
{
    size_t size;
    const uint8_t *from = take_array(in, count, width, &size);

    if (from == NULL || size == 0)
        return;
    if (in->swap && width > 1)
        swap_elements(to, from, size, width);
    else
        memcpy(to, from, size);
}

void *ndr_get_view(struct ndr_in *in, uint32_t count, size_t width)
{
    size_t size;
    const uint8_t *from = take_array(in, count, width, &size);
    void *copy;

    if (from == NULL)
        return NULL;
    if ((!in->swap || width == 1) && (uintptr_t)from % width == 0)
        return (void *)(uintptr_t)from;
    copy = ndr_alloc(in, count, width);
    if (copy == NULL || size == 0)
        return copy;
    if (in->swap && width > 1)
        swap_elements(copy, from, size, width);
    else
        memcpy(copy, from, size);
    return copy;
}

/* The index of the first terminator, or `count` if there is none. */
static uint32_t find_terminator(const void *chars, uint32_t count, size_t width)
{
    static const uint8_t zeros[4];
    const uint8_t *p = chars;
    uint32_t i;

    if (width == 1) {
        p = memchr(chars, 0, count);
        return p == NULL ? count : (uint32_t)(p - (const uint8_t *)chars);
    }
    for (i = 0; i < count && memcmp(p, zeros, width) != 0; i++)
        p += width;
    return i;
}

void ndr_check_string(struct ndr_in *in, const void *chars, uint32_t count, size_t width)
{
    if (in->status != 0)
        return;
    ndr_in_check(in,
                 count > 0 && chars != NULL && find_terminator(chars, count, width) == count - 1);
}

bool ndr_get_enter(struct ndr_in *in)
{
    ndr_in_check(in, in->depth < NDR_LIMIT_DEPTH);
    if (in->status != 0)
        return false;
    in->depth++;
    return true;
}
