/* SPDX-License-Identifier: Apache-2.0
 *
 * ndr.h - marshalling primitives that generated stubs call (wall between compiler and runtime)
 *
 * Pure: memory in, memory out. A stub writes into a `struct ndr_out` and reads from a
 * `struct ndr_in`; it is straight-line code, because failure is sticky: the first failure sets
 * `status`, after it every get returns zero and takes nothing, every put writes nothing. A stub
 * therefore tests `status` only where it would otherwise follow a pointer or run a loop.
 *
 * Names say what a datum means, not how wide it is: a count, a pointer slot, an enum have other
 * widths in NDR64 than in NDR 2.0, and one stub serves both. Where the two differ in alignment the
 * stub states both numbers (`a20`, `a64`).
 *
 * Reading takes both byte orders; writing is little-endian. Alignment counts from the first octet
 * of the call's stub data.
 *
 * Input is hostile. The rules that make it harmless, each kept in one place:
 *   N1  no octet outside [base, end) is read;
 *   N2  a count is at most 2^31-1, and before memory is asked for its elements ndr_get_fits has
 *       shown that their octets can be there;
 *   N3  memory of one call is bounded (LIMIT_CALL_MEMORY), so is nesting (NDR_LIMIT_DEPTH);
 *   N4  the number of elements allocated and the number read are one variable of the stub.
 */
#ifndef HOLDFAST_NDR_H
#define HOLDFAST_NDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <holdfast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this file and of call.h and context.h. Stubs state it in their interface table;
 * the runtime refuses a table of another version (RPC_X_WRONG_STUB_VERSION, 1829). */
#define NDR_STUB_VERSION 1

#if defined __GNUC__ || defined __clang__
#define NDR_API         __attribute__((visibility("default")))
#define NDR_COLD        __attribute__((cold, visibility("default")))
#define NDR_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define NDR_API
#define NDR_COLD
#define NDR_UNLIKELY(x) (x)
#endif

struct arena;
struct ndr_node;
struct ndr_full_pointers;

/* Memory of one call, shared by its reader and its writer. Owned by the runtime. */
struct ndr_memory {
    struct arena *arena;            /* freed with the call */
    void *(*allocate)(size_t);      /* midl_user_allocate of the interface, or NULL */
    void (*release)(void *);        /* midl_user_free */
    struct ndr_node *nodes;         /* what allocate gave since unmarshalling began */
    struct ndr_full_pointers *full; /* referents of [ptr] pointers, both directions */
    size_t budget;                  /* octets this call may still ask for (N3) */
};

/* ---- Reading ---------------------------------------------------------------------------------- */

struct ndr_in {
    const uint8_t *pos; /* next octet */
    const uint8_t *end;
    const uint8_t *base; /* first octet of the stub data, aligned to 8 in memory */
    RPC_STATUS status;   /* 0, or the first failure */
    uint8_t swap;        /* integers of the sender have the other byte order */
    uint8_t ndr64;
    uint16_t depth;
    struct ndr_memory *memory;
};

/* Makes the reading fail with `status` unless it has failed already; nothing is left to read. */
NDR_COLD void ndr_in_fail(struct ndr_in *in, RPC_STATUS status);

/* Fails with RPC_X_BAD_STUB_DATA unless `good`: a consistency check of MS-RPCE 3.1.1.5.3. */
static inline void ndr_in_check(struct ndr_in *in, bool good)
{
    if (NDR_UNLIKELY(!good))
        ndr_in_fail(in, 1783 /* RPC_X_BAD_STUB_DATA */);
}

/* The next `n` octets at a multiple of `align` (1, 2, 4, 8), or NULL after failure. (N1) */
static inline const uint8_t *ndr_in_take(struct ndr_in *in, size_t align, size_t n)
{
    size_t at = ((size_t)(in->pos - in->base) + align - 1) & ~(align - 1);
    size_t size = (size_t)(in->end - in->base);

    if (NDR_UNLIKELY(at > size || size - at < n)) {
        ndr_in_fail(in, 1783 /* RPC_X_BAD_STUB_DATA */);
        return NULL;
    }
    in->pos = in->base + at + n;
    return in->base + at;
}

/* Scalars of fixed width, by their IDL names (the unsigned and character types alike). */
static inline uint8_t ndr_get_small(struct ndr_in *in)
{
    const uint8_t *p = ndr_in_take(in, 1, 1);

    return p == NULL ? 0 : *p;
}

static inline uint16_t ndr_get_short(struct ndr_in *in)
{
    const uint8_t *p = ndr_in_take(in, 2, 2);
    uint16_t v = 0;

    if (p != NULL)
        memcpy(&v, p, sizeof v);
    return in->swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t ndr_get_long(struct ndr_in *in)
{
    const uint8_t *p = ndr_in_take(in, 4, 4);
    uint32_t v = 0;

    if (p != NULL)
        memcpy(&v, p, sizeof v);
    return in->swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t ndr_get_hyper(struct ndr_in *in)
{
    const uint8_t *p = ndr_in_take(in, 8, 8);
    uint64_t v = 0;

    if (p != NULL)
        memcpy(&v, p, sizeof v);
    return in->swap ? __builtin_bswap64(v) : v;
}

static inline float ndr_get_float(struct ndr_in *in)
{
    uint32_t bits = ndr_get_long(in);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double ndr_get_double(struct ndr_in *in)
{
    uint64_t bits = ndr_get_hyper(in);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* __int3264: 4 octets in NDR 2.0, 8 in NDR64; extended by the caller's sign. */
NDR_API int64_t ndr_get_int3264(struct ndr_in *in, bool is_signed);

/* An enum: 2 octets in NDR 2.0, 4 in NDR64; ndr_get_enum32 is for [v1_enum], 4 in both. In NDR 2.0
 * a value above 32767 fails with RPC_X_ENUM_VALUE_OUT_OF_RANGE (1781), as when it is put. */
NDR_API int32_t ndr_get_enum(struct ndr_in *in);
static inline int32_t ndr_get_enum32(struct ndr_in *in)
{
    return (int32_t)ndr_get_long(in);
}

/* A conformance (maximum count); at most 2^31-1. (N2) */
NDR_API uint32_t ndr_get_count(struct ndr_in *in);

/* Offset and actual count of a varying array whose maximum count is `max`; fails unless
 * offset + actual <= max. Returns the actual count. (N2) */
NDR_API uint32_t ndr_get_slice(struct ndr_in *in, uint32_t max, uint32_t *ret_offset);

/* True if `count` elements of at least `min_octets` octets each can be in what is left; else the
 * reading fails. With min_octets 0 only the element limit counts. (N2) */
NDR_API bool ndr_get_fits(struct ndr_in *in, uint32_t count, size_t min_octets);

/* The slot of a [unique] or embedded [ref] pointer: true if there is a pointee. For [ref] a null
 * slot fails (ndr_get_ref). */
NDR_API bool ndr_get_unique(struct ndr_in *in);
NDR_API void ndr_get_ref(struct ndr_in *in);

/* What is known of the object behind a [ptr] pointer. */
struct ndr_full {
    uint64_t id;    /* its referent id, never 0 */
    void *object;   /* NULL: not known yet */
    uint32_t count; /* elements that lie at `object` */
    bool follows;   /* the pointee's octets follow (where deferred pointees do) */
};

/* The slot of a [ptr] pointer: true if there is a pointee. `type` is any address that the stub
 * uses for pointees of this one type: an id that comes back for another type is refused, else a
 * peer could have one object taken for another. `count` likewise: a stub that has several elements
 * behind the pointer takes the known object's count for its own and checks that.
 * When the pointee follows, the caller allocates it - or, at a client, may take `object` if it is
 * not NULL, the program's own that was sent with the request - and calls ndr_full_bind before it
 * reads on. Else the pointer is `object`. */
NDR_API bool ndr_get_full(struct ndr_in *in, const void *type, struct ndr_full *ret);
NDR_API void ndr_full_bind(struct ndr_in *in, uint64_t id, const void *type, void *object,
                           uint32_t count);

/* The same in two steps, for a pointer embedded in a construct: its slot there (the referent id,
 * 0: NULL), and what is known of the object when the turn of the deferred pointees has come. */
NDR_API uint64_t ndr_get_full_slot(struct ndr_in *in);
NDR_API bool ndr_get_full_at(struct ndr_in *in, const void *type, uint64_t id,
                             struct ndr_full *ret);

/* Moves to a multiple of a20 octets (NDR 2.0) or a64 (NDR64): before a structure, union, array of
 * either. ndr_get_tail skips the padding that only NDR64 has after the last member. */
static inline void ndr_get_align(struct ndr_in *in, size_t a20, size_t a64)
{
    (void)ndr_in_take(in, in->ndr64 ? a64 : a20, 0);
}
static inline void ndr_get_tail(struct ndr_in *in, size_t a64)
{
    if (in->ndr64)
        (void)ndr_in_take(in, a64, 0);
}

/* `count` scalars of `width` octets (1, 2, 4, 8), aligned to their width: copied to `to` (which
 * stays as it was after failure), or seen in place (the request itself when byte order allows, else
 * a copy in the arena; the receiver may write to it). NULL after failure and only then: with a
 * count of 0 there is no element, but a pointer. The padding before an array is there with a count
 * of 0 too, since an array is aligned as its elements are. */
NDR_API void ndr_get_array(struct ndr_in *in, void *to, uint32_t count, size_t width);
NDR_API void *ndr_get_view(struct ndr_in *in, uint32_t count, size_t width);

/* Fails unless the last of `count` characters (of 1, 2 or 4 octets) at `chars` is the only
 * terminator (rule "string offset 0 and terminator present"; a count of 0 fails). */
NDR_API void ndr_check_string(struct ndr_in *in, const void *chars, uint32_t count, size_t width);

/* Zeroed memory for `count` objects of `size` octets: from the arena, or from midl_user_allocate.
 * NULL after failure (RPC_S_OUT_OF_MEMORY, 14, when the budget or the memory is gone) and only then:
 * a count of 0 gives a pointer to no object. (N3) */
NDR_API void *ndr_alloc(struct ndr_in *in, uint32_t count, size_t size);
NDR_API void *ndr_alloc_user(struct ndr_in *in, uint32_t count, size_t size);

/* Around each level of a recursive type; false (and failed, 1783) when too deep, or after failure;
 * then there is nothing to leave. (N3) */
NDR_API bool ndr_get_enter(struct ndr_in *in);
static inline void ndr_get_leave(struct ndr_in *in)
{
    in->depth--;
}

/* ---- Writing ---------------------------------------------------------------------------------- */

/* A finished piece of the stub data: memory of the arena, or of the caller (large arrays). */
struct ndr_segment {
    struct ndr_segment *next;
    const uint8_t *data;
    size_t size;
};

/* One pass, no sizing: octets go to the piece being filled, [start, pos); `before` octets lie in
 * the finished ones. What is put by reference must stay until the call has been sent. Fails with
 * RPC_S_OUT_OF_MEMORY (14) when there is no memory, or beyond 2^31-1 octets in all. */
struct ndr_out {
    uint8_t *start, *pos, *end;
    uint32_t before;
    RPC_STATUS status;
    uint8_t ndr64;
    uint16_t depth;
    struct ndr_segment *first, **tail;
    struct ndr_memory *memory;
    uint32_t next_referent;
};

/* Makes the writing fail unless it has already; the piece being filled has no room left. */
NDR_COLD void ndr_out_fail(struct ndr_out *out, RPC_STATUS status);

/* As ndr_out_room below, when the piece being filled has no room for align - 1 + n octets. */
NDR_COLD uint8_t *ndr_out_more(struct ndr_out *out, size_t align, size_t n);

/* Room for `n` octets at a multiple of `align`, padding zeroed; NULL after failure. */
static inline uint8_t *ndr_out_room(struct ndr_out *out, size_t align, size_t n)
{
    size_t offset = out->before + (size_t)(out->pos - out->start);
    size_t pad = (size_t)-offset & (align - 1);
    uint8_t *p = out->pos;

    if (NDR_UNLIKELY((size_t)(out->end - p) < pad + n))
        return ndr_out_more(out, align, n);
    for (size_t i = 0; i < pad; i++)
        *p++ = 0;
    out->pos = p + n;
    return p;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NDR_LE16(v) (v)
#define NDR_LE32(v) (v)
#define NDR_LE64(v) (v)
#else
#define NDR_LE16(v) __builtin_bswap16(v)
#define NDR_LE32(v) __builtin_bswap32(v)
#define NDR_LE64(v) __builtin_bswap64(v)
#endif

static inline void ndr_put_small(struct ndr_out *out, uint8_t v)
{
    uint8_t *p = ndr_out_room(out, 1, 1);

    if (p != NULL)
        *p = v;
}

static inline void ndr_put_short(struct ndr_out *out, uint16_t v)
{
    uint8_t *p = ndr_out_room(out, 2, 2);

    v = NDR_LE16(v);
    if (p != NULL)
        memcpy(p, &v, sizeof v);
}

static inline void ndr_put_long(struct ndr_out *out, uint32_t v)
{
    uint8_t *p = ndr_out_room(out, 4, 4);

    v = NDR_LE32(v);
    if (p != NULL)
        memcpy(p, &v, sizeof v);
}

static inline void ndr_put_hyper(struct ndr_out *out, uint64_t v)
{
    uint8_t *p = ndr_out_room(out, 8, 8);

    v = NDR_LE64(v);
    if (p != NULL)
        memcpy(p, &v, sizeof v);
}

static inline void ndr_put_float(struct ndr_out *out, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    ndr_put_long(out, bits);
}

static inline void ndr_put_double(struct ndr_out *out, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    ndr_put_hyper(out, bits);
}

NDR_API void ndr_put_int3264(struct ndr_out *out, int64_t v);

/* Fails with RPC_X_ENUM_VALUE_OUT_OF_RANGE (1781) outside 0..32767 in NDR 2.0. */
NDR_API void ndr_put_enum(struct ndr_out *out, int32_t v);
static inline void ndr_put_enum32(struct ndr_out *out, int32_t v)
{
    ndr_put_long(out, (uint32_t)v);
}

/* A count above 2^31-1 fails with RPC_X_INVALID_BOUND (1734). ndr_put_slice writes offset and
 * actual count and fails in the same way unless offset + count <= max. */
NDR_API void ndr_put_count(struct ndr_out *out, uint64_t count);
NDR_API void ndr_put_slice(struct ndr_out *out, uint64_t max, uint64_t offset, uint64_t count);

/* Pointer slots. ndr_put_unique returns whether a pointee has to follow (not after failure);
 * ndr_put_ref writes the
 * slot of an embedded [ref] pointer and fails with RPC_X_NULL_REF_POINTER (1780) on NULL;
 * ndr_put_full returns whether this is the first mention of an object of `type` (as in
 * ndr_get_full; `count` elements lie at p) in this direction, so that the pointee has to follow.
 * ndr_out_check_ref only checks: a top-level [ref] pointer has no slot. */
NDR_API bool ndr_put_unique(struct ndr_out *out, const void *p);
NDR_API void ndr_put_ref(struct ndr_out *out, const void *p);
NDR_API bool ndr_put_full(struct ndr_out *out, const void *type, const void *p, uint32_t count);

/* The same in two steps, for a pointer embedded in a construct: its slot there, and, when the turn
 * of the deferred pointees has come, whether this one has to follow now (true once in a direction).
 * Not to be asked for NULL. */
NDR_API void ndr_put_full_slot(struct ndr_out *out, const void *type, const void *p,
                               uint32_t count);
NDR_API bool ndr_put_full_due(struct ndr_out *out, const void *type, const void *p);
static inline void ndr_out_check_ref(struct ndr_out *out, const void *p)
{
    if (NDR_UNLIKELY(p == NULL))
        ndr_out_fail(out, 1780 /* RPC_X_NULL_REF_POINTER */);
}

static inline void ndr_put_align(struct ndr_out *out, size_t a20, size_t a64)
{
    (void)ndr_out_room(out, out->ndr64 ? a64 : a20, 0);
}
static inline void ndr_put_tail(struct ndr_out *out, size_t a64)
{
    if (out->ndr64)
        (void)ndr_out_room(out, a64, 0);
}

/* `count` scalars of `width` octets, aligned to their width (with a count of 0 too); large arrays
 * by reference (the machine being little-endian). NULL for a count above 0 fails with
 * RPC_X_NULL_REF_POINTER. */
NDR_API void ndr_put_array(struct ndr_out *out, const void *from, uint32_t count, size_t width);

/* Characters before and including the terminator of a string of `width`-octet characters that may
 * not reach beyond `max` of them; fails with RPC_X_INVALID_BOUND if there is no terminator. */
NDR_API uint32_t ndr_string_count(struct ndr_out *out, const void *s, size_t width, uint64_t max);

/* As ndr_get_enter; too deep is RPC_S_OUT_OF_MEMORY (14) here. */
NDR_API bool ndr_put_enter(struct ndr_out *out);
static inline void ndr_put_leave(struct ndr_out *out)
{
    out->depth--;
}

/* Octets put so far. */
static inline uint32_t ndr_out_size(const struct ndr_out *out)
{
    return out->before + (uint32_t)(out->pos - out->start);
}

#ifdef __cplusplus
}
#endif
#endif
