/* SPDX-License-Identifier: Apache-2.0
 *
 * ndr_program.c - fuzz target: marshalling primitives driven by a small program
 *
 *     octet 0     bit 0 big-endian integers, bit 1 NDR64
 *     octet 1     the n-th allocation fails; 0: none
 *     octet 2     number of instructions n
 *     2n octets   instructions: operation and argument
 *     rest        stub data
 *
 * The program reads the stub data as a stub would. If that succeeds, what was read is written with
 * the same program and read again, and the two readings must be equal.
 */
#include "require.h"
#include "rpc/ndr/ndr_memory.h"

#include "base/mem.h"

#include <stdlib.h>

enum operation {
    OP_SMALL,
    OP_SHORT,
    OP_LONG,
    OP_HYPER,
    OP_INT3264, /* argument: signed */
    OP_ENUM,
    OP_ENUM32,
    OP_COUNT, /* becomes the count of arrays that follow */
    OP_SLICE, /* likewise, within that count */
    OP_UNIQUE,
    OP_REF,
    OP_FULL, /* argument: type */
    OP_ALIGN,
    OP_TAIL,
    OP_ARRAY, /* argument: width */
    OP_VIEW,
    OP_STRING,
    OP_ALLOC, /* argument: size of an element */
    OP_ALLOC_USER,
    OP_ENTER,
    OP_LEAVE,
    OPERATIONS
};

struct step {
    uint8_t op, argument;
    uint32_t count;
    uint64_t value;
    void *data; /* of an array, or the object of a full pointer */
    size_t size;
};

enum { STEPS = 255 };

static const char types[4];

static void *allocate(size_t size)
{
    return mem_alloc(size);
}

static void read_full(struct ndr_in *in, struct step *s)
{
    const void *type = &types[s->argument % 4];
    struct ndr_full f;

    if (!ndr_get_full(in, type, &f))
        return;
    s->value = f.follows ? 2 : 1;
    s->data = f.object;
    if (!f.follows)
        return;
    s->data = ndr_alloc(in, 1, 8);
    ndr_full_bind(in, f.id, type, s->data, 1);
}

static void read_array(struct ndr_in *in, struct step *s, uint32_t count)
{
    size_t width = (size_t)1 << s->argument % 4;

    if (s->op == OP_STRING)
        width = (size_t)1 << s->argument % 2;
    s->count = count;
    s->size = count * width;
    if (!ndr_get_fits(in, count, width))
        return;
    if (s->op == OP_ARRAY) {
        s->data = ndr_alloc(in, count, width);
        ndr_get_array(in, s->data, count, width);
    } else {
        s->data = ndr_get_view(in, count, width);
        require((s->data == NULL) == (in->status != 0));
    }
    if (s->op == OP_STRING)
        ndr_check_string(in, s->data, count, width);
}

static void read_memory(struct ndr_in *in, struct step *s, uint32_t count)
{
    uint8_t *p = s->op == OP_ALLOC ? ndr_alloc(in, count, s->argument)
                                   : ndr_alloc_user(in, count, s->argument);
    size_t size = (size_t)count * s->argument;

    require((p == NULL) == (in->status != 0));
    if (p != NULL && size > 0)
        require(p[0] == 0 && p[size - 1] == 0);
}

/* One instruction; *count is the program's only register. */
static void read_step(struct ndr_in *in, struct step *s, uint32_t *count)
{
    uint32_t offset;

    switch ((enum operation)s->op) {
    case OP_SMALL: s->value = ndr_get_small(in); break;
    case OP_SHORT: s->value = ndr_get_short(in); break;
    case OP_LONG: s->value = ndr_get_long(in); break;
    case OP_HYPER: s->value = ndr_get_hyper(in); break;
    case OP_INT3264: s->value = (uint64_t)ndr_get_int3264(in, s->argument & 1); break;
    case OP_ENUM: s->value = (uint64_t)(int64_t)ndr_get_enum(in); break;
    case OP_ENUM32: s->value = (uint64_t)(int64_t)ndr_get_enum32(in); break;
    case OP_COUNT: s->value = *count = ndr_get_count(in); break;
    case OP_SLICE:
        s->count = *count;
        *count = ndr_get_slice(in, *count, &offset);
        require(offset <= s->count && *count <= s->count - offset);
        s->value = (uint64_t)offset << 32 | *count;
        break;
    case OP_UNIQUE: s->value = ndr_get_unique(in); break;
    case OP_REF: ndr_get_ref(in); break;
    case OP_FULL: read_full(in, s); break;
    case OP_ALIGN: ndr_get_align(in, (size_t)1 << s->argument % 4, 8); break;
    case OP_TAIL: ndr_get_tail(in, (size_t)1 << s->argument % 4); break;
    case OP_ARRAY:
    case OP_VIEW:
    case OP_STRING: read_array(in, s, *count); break;
    case OP_ALLOC:
    case OP_ALLOC_USER: read_memory(in, s, *count < 64 ? *count : 64); break;
    case OP_ENTER: s->value = ndr_get_enter(in); break;
    case OP_LEAVE:
        if (in->depth > 0)
            ndr_get_leave(in);
        break;
    case OPERATIONS: break;
    }
    require(in->pos >= in->base && in->pos <= in->end);
    require(in->status == 0 || in->pos == in->end);
}

static void write_array(struct ndr_out *out, const struct step *s)
{
    size_t width = (size_t)1 << s->argument % (s->op == OP_STRING ? 2 : 4);

    if (s->op == OP_STRING)
        require(ndr_string_count(out, s->data, width, s->count) == s->count || out->status != 0);
    ndr_put_array(out, s->data, s->count, width);
}

static void write_step(struct ndr_out *out, const struct step *s)
{
    switch ((enum operation)s->op) {
    case OP_SMALL: ndr_put_small(out, (uint8_t)s->value); break;
    case OP_SHORT: ndr_put_short(out, (uint16_t)s->value); break;
    case OP_LONG: ndr_put_long(out, (uint32_t)s->value); break;
    case OP_HYPER: ndr_put_hyper(out, s->value); break;
    case OP_INT3264: ndr_put_int3264(out, (int64_t)s->value); break;
    case OP_ENUM: ndr_put_enum(out, (int32_t)s->value); break;
    case OP_ENUM32: ndr_put_enum32(out, (int32_t)s->value); break;
    case OP_COUNT: ndr_put_count(out, s->value); break;
    case OP_SLICE: ndr_put_slice(out, s->count, s->value >> 32, (uint32_t)s->value); break;
    case OP_UNIQUE: (void)ndr_put_unique(out, s->value ? s : NULL); break;
    case OP_REF: ndr_put_ref(out, s); break;
    case OP_FULL:
        require(ndr_put_full(out, &types[s->argument % 4], s->data, 1) == (s->value == 2) ||
                out->status != 0);
        break;
    case OP_ALIGN: ndr_put_align(out, (size_t)1 << s->argument % 4, 8); break;
    case OP_TAIL: ndr_put_tail(out, (size_t)1 << s->argument % 4); break;
    case OP_ARRAY:
    case OP_VIEW:
    case OP_STRING: write_array(out, s); break;
    case OP_ENTER: (void)ndr_put_enter(out); break;
    case OP_LEAVE:
        if (out->depth > 0)
            ndr_put_leave(out);
        break;
    case OP_ALLOC:
    case OP_ALLOC_USER:
    case OPERATIONS: break;
    }
}

static RPC_STATUS read_all(struct ndr_in *in, struct step *steps, unsigned count)
{
    uint32_t elements = 0;

    for (unsigned i = 0; i < count; i++)
        read_step(in, &steps[i], &elements);
    return in->status;
}

/* The segments in one piece; NULL if that fails. */
static uint8_t *gather(const struct ndr_out *out)
{
    uint8_t *all = malloc(ndr_out_size(out) + 1);
    size_t at = 0;

    for (const struct ndr_segment *s = out->first; s != NULL && all != NULL; s = s->next) {
        require(s->size > 0);
        memcpy(all + at, s->data, s->size);
        at += s->size;
    }
    require(all == NULL || at == ndr_out_size(out));
    return all;
}

static void readings_are_equal(const struct step *a, const struct step *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        require(a[i].value == b[i].value && a[i].count == b[i].count && a[i].size == b[i].size);
        if (a[i].op != OP_FULL && a[i].size > 0)
            require(memcmp(a[i].data, b[i].data, a[i].size) == 0);
    }
}

/* Writes what `steps` hold and reads it again. Each has memory of its own. */
static void write_and_read(const struct step *steps, unsigned count, bool ndr64)
{
    static struct step again[STEPS];
    struct ndr_memory out_memory, in_memory;
    struct arena out_arena, in_arena;
    uint8_t first[64], *octets = NULL;
    struct ndr_out out;
    struct ndr_in in;

    arena_init(&out_arena, NULL, 0);
    arena_init(&in_arena, NULL, 0);
    ndr_memory_init(&out_memory, &out_arena, allocate, mem_free);
    ndr_memory_init(&in_memory, &in_arena, allocate, mem_free);
    ndr_out_init(&out, first, sizeof first, 24, ndr64, &out_memory);
    for (unsigned i = 0; i < count; i++)
        write_step(&out, &steps[i]);
    if (ndr_out_finish(&out) == 0)
        octets = gather(&out);
    else
        require(out.status == 14);
    if (octets != NULL) {
        for (unsigned i = 0; i < count; i++)
            again[i] = (struct step){.op = steps[i].op, .argument = steps[i].argument};
        ndr_in_init(&in, octets, ndr_out_size(&out), false, ndr64, &in_memory);
        if (read_all(&in, again, count) == 0)
            readings_are_equal(steps, again, count);
        else
            require(in.status == 14);
    }
    free(octets);
    ndr_memory_discard_nodes(&in_memory);
    arena_fini(&in_arena);
    arena_fini(&out_arena);
}

/* Memory that is asked for has to be filled: a little will do. */
__attribute__((constructor)) static void limit_memory(void)
{
    (void)setenv("HOLDFAST_LIMIT_CALL_MEMORY", "262144", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct step steps[STEPS];
    struct ndr_memory memory;
    struct arena arena;
    struct ndr_in in;
    unsigned count;
    bool ndr64;

    if (size < 3 || size - 3 < 2 * (size_t)data[2])
        return 0;
    ndr64 = data[0] & 2;
    count = data[2];
    for (unsigned i = 0; i < count; i++)
        steps[i] = (struct step){.op = data[3 + 2 * i] % OPERATIONS, .argument = data[4 + 2 * i]};
    (void)mem_fail_at(data[1], 0);
    arena_init(&arena, NULL, 0);
    ndr_memory_init(&memory, &arena, allocate, mem_free);
    ndr_in_init(&in, data + 3 + 2 * count, size - 3 - 2 * count, data[0] & 1, ndr64, &memory);
    if (read_all(&in, steps, count) == 0)
        write_and_read(steps, count, ndr64);
    ndr_memory_discard_nodes(&memory);
    arena_fini(&arena);
    (void)mem_fail_at(0, 0);
    return 0;
}
