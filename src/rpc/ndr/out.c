/* SPDX-License-Identifier: Apache-2.0
 *
 * out.c - writing stub data: what is not inline in ndr.h
 *
 * The output is a list of finished segments and the piece being filled. A piece is finished when it
 * is full or when an array goes by reference; what is left of it is filled on after the array.
 *
 *     first chunk (the caller's)        arena
 *     [reserve|segment][segment|room]   [segment|room]
 *                  ^ array by reference
 *
 * Invariants:  O1 before + (pos - start) is the offset in the stub data. It is checked against
 *                 2^31-1 when a piece begins and at the end, so it never reaches 2^32.
 *              O2 no segment is empty.
 *              O3 after failure end == pos, so that the inline functions come here and get nothing.
 */
#include "rpc/ndr/ndr_memory.h"

#include "base/limits.h"
#include "base/mem.h"

#define STUB_MAX    ((size_t)0x7fffffff)
#define CHUNK_MIN   ((size_t)4096)
#define CHUNK_MAX   ((size_t)1 << 20)
#define BY_REF_FROM ((size_t)4096) /* shorter arrays are cheaper to copy than to send apart */

enum {
    STATUS_NO_MEMORY = 14,           /* RPC_S_OUT_OF_MEMORY */
    STATUS_INVALID_BOUND = 1734,     /* RPC_X_INVALID_BOUND */
    STATUS_NULL_REF = 1780,          /* RPC_X_NULL_REF_POINTER */
    STATUS_ENUM_OUT_OF_RANGE = 1781, /* RPC_X_ENUM_VALUE_OUT_OF_RANGE */
    ENUM_MAX = 0x7fff,
    FIRST_REFERENT = 0x20000,
    REFERENT_STEP = 4,
};

void ndr_out_init(struct ndr_out *out, uint8_t *first, size_t size, size_t reserve, bool ndr64,
                  struct ndr_memory *memory)
{
    static uint8_t nothing; /* has an address and no room */

    if (first == NULL || size < reserve) {
        first = &nothing;
        size = reserve = 0;
    }
    *out = (struct ndr_out){.start = first + reserve,
                            .pos = first + reserve,
                            .end = first + size,
                            .ndr64 = ndr64,
                            .memory = memory,
                            .next_referent = FIRST_REFERENT};
    out->tail = &out->first;
}

void ndr_out_fail(struct ndr_out *out, RPC_STATUS status)
{
    if (out->status == 0)
        out->status = status;
    out->end = out->pos; /* O3 */
}

static bool append_segment(struct ndr_out *out, const uint8_t *data, size_t size)
{
    struct ndr_segment *s = arena_alloc(out->memory->arena, sizeof *s);

    if (s == NULL) {
        ndr_out_fail(out, STATUS_NO_MEMORY);
        return false;
    }
    *s = (struct ndr_segment){.data = data, .size = size};
    *out->tail = s;
    out->tail = &s->next;
    out->before += (uint32_t)size;
    return true;
}

/* Finishes what has been filled; the rest of the piece stays open. */
static bool finish_piece(struct ndr_out *out)
{
    size_t size = (size_t)(out->pos - out->start);

    if (size == 0) /* O2 */
        return out->status == 0;
    if (out->status != 0 || !append_segment(out, out->start, size))
        return false;
    out->start = out->pos;
    return true;
}

/* False, and failed, if `more` octets would be too many. (O1) */
static bool may_grow(struct ndr_out *out, size_t more)
{
    if (out->status == 0 && ndr_out_size(out) + more > STUB_MAX)
        ndr_out_fail(out, STATUS_NO_MEMORY);
    return out->status == 0;
}

uint8_t *ndr_out_more(struct ndr_out *out, size_t align, size_t n)
{
    size_t pad = (size_t)-ndr_out_size(out) & (align - 1);
    size_t chunk;
    uint8_t *p;

    if (n > STUB_MAX || !may_grow(out, pad + n) || !finish_piece(out)) {
        ndr_out_fail(out, STATUS_NO_MEMORY);
        return NULL;
    }
    chunk = out->before; /* as much as there is already: the number of chunks stays small */
    chunk = chunk < CHUNK_MIN ? CHUNK_MIN : chunk > CHUNK_MAX ? CHUNK_MAX : chunk;
    if (chunk < pad + n)
        chunk = pad + n;
    p = arena_alloc(out->memory->arena, chunk);
    if (p == NULL) {
        ndr_out_fail(out, STATUS_NO_MEMORY);
        return NULL;
    }
    out->start = p;
    out->end = p + chunk;
    memset(p, 0, pad);
    out->pos = p + pad + n;
    return p + pad;
}

RPC_STATUS ndr_out_finish(struct ndr_out *out)
{
    if (may_grow(out, 0))
        (void)finish_piece(out);
    return out->status;
}

/* A datum that is a u32 in NDR 2.0 and a u64 in NDR64. */
static void put_wide(struct ndr_out *out, uint64_t v)
{
    if (out->ndr64)
        ndr_put_hyper(out, v);
    else
        ndr_put_long(out, (uint32_t)v);
}

void ndr_put_int3264(struct ndr_out *out, int64_t v)
{
    put_wide(out, (uint64_t)v);
}

void ndr_put_enum(struct ndr_out *out, int32_t v)
{
    if (out->ndr64)
        ndr_put_long(out, (uint32_t)v);
    else if (v < 0 || v > ENUM_MAX)
        ndr_out_fail(out, STATUS_ENUM_OUT_OF_RANGE);
    else
        ndr_put_short(out, (uint16_t)v);
}

void ndr_put_count(struct ndr_out *out, uint64_t count)
{
    if (count > NDR_LIMIT_ELEMENTS)
        ndr_out_fail(out, STATUS_INVALID_BOUND);
    else
        put_wide(out, count);
}

void ndr_put_slice(struct ndr_out *out, uint64_t max, uint64_t offset, uint64_t count)
{
    if (max > NDR_LIMIT_ELEMENTS || offset > max || count > max - offset) {
        ndr_out_fail(out, STATUS_INVALID_BOUND);
        return;
    }
    put_wide(out, offset);
    put_wide(out, count);
}

static uint32_t new_referent(struct ndr_out *out)
{
    uint32_t id = out->next_referent;

    out->next_referent += REFERENT_STEP;
    return id;
}

bool ndr_put_unique(struct ndr_out *out, const void *p)
{
    put_wide(out, p == NULL ? 0 : new_referent(out));
    return p != NULL && out->status == 0;
}

void ndr_put_ref(struct ndr_out *out, const void *p)
{
    ndr_out_check_ref(out, p);
    put_wide(out, new_referent(out));
}

void ndr_put_full_slot(struct ndr_out *out, const void *type, const void *p, uint32_t count)
{
    struct ndr_full_object *o;
    uint32_t id;

    if (p == NULL || out->status != 0) {
        put_wide(out, 0);
        return;
    }
    o = ndr_full_by_object(out->memory, p, type);
    if (o == NULL) {
        do { /* the peer's ids are taken */
            id = new_referent(out);
        } while (id == 0 || ndr_full_by_id(out->memory, id) != NULL);
        o = ndr_full_add(out->memory, id, p, type, count);
    }
    if (o == NULL)
        ndr_out_fail(out, STATUS_NO_MEMORY);
    else
        put_wide(out, o->id);
}

bool ndr_put_full_due(struct ndr_out *out, const void *type, const void *p)
{
    struct ndr_full_object *o = out->status == 0 ? ndr_full_by_object(out->memory, p, type) : NULL;

    if (o == NULL || o->out)
        return false;
    return o->out = true;
}

bool ndr_put_full(struct ndr_out *out, const void *type, const void *p, uint32_t count)
{
    ndr_put_full_slot(out, type, p, count);
    return p != NULL && ndr_put_full_due(out, type, p);
}

/* Room for an array is not needed if it may stay where it is. */
static void put_array_by_reference(struct ndr_out *out, const void *from, size_t size, size_t width)
{
    (void)ndr_out_room(out, width, 0); /* padding */
    if (may_grow(out, size) && finish_piece(out))
        (void)append_segment(out, from, size);
}

static void copy_little_endian(uint8_t *to, const uint8_t *from, size_t size, size_t width)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    (void)width;
    memcpy(to, from, size);
#else
    for (size_t i = 0; i < size; i += width) {
        for (size_t b = 0; b < width; b++)
            to[i + b] = from[i + width - 1 - b];
    }
#endif
}

void ndr_put_array(struct ndr_out *out, const void *from, uint32_t count, size_t width)
{
    bool as_is = width == 1 || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    size_t size;
    uint8_t *to;

    if (count > 0)
        ndr_out_check_ref(out, from);
    if (__builtin_mul_overflow(count, width, &size) || size > STUB_MAX)
        ndr_out_fail(out, STATUS_NO_MEMORY);
    if (out->status != 0)
        return;
    if (as_is && size >= BY_REF_FROM) {
        put_array_by_reference(out, from, size, width);
        return;
    }
    to = ndr_out_room(out, width, size);
    if (to != NULL && size > 0)
        copy_little_endian(to, from, size, width);
}

uint32_t ndr_string_count(struct ndr_out *out, const void *s, size_t width, uint64_t max)
{
    static const uint8_t zeros[4];
    const uint8_t *p = s;
    size_t n = 0;

    ndr_out_check_ref(out, s);
    if (out->status != 0)
        return 0;
    if (max > NDR_LIMIT_ELEMENTS)
        max = NDR_LIMIT_ELEMENTS;
    if (width == 1) {
        n = strnlen(s, max);
    } else {
        while (n < max && memcmp(p + n * width, zeros, width) != 0)
            n++;
    }
    if (n >= max) {
        ndr_out_fail(out, STATUS_INVALID_BOUND);
        return 0;
    }
    return (uint32_t)n + 1;
}

bool ndr_put_enter(struct ndr_out *out)
{
    if (out->depth >= NDR_LIMIT_DEPTH)
        ndr_out_fail(out, STATUS_NO_MEMORY);
    if (out->status != 0)
        return false;
    out->depth++;
    return true;
}
