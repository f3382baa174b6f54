/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_mutator.c - for fuzz targets whose inputs are lists of steps (steps.h): changes that know of steps
 *
 * libFuzzer's own changes tear a list apart at its lengths: what comes behind means something else then. Here
 * steps are left out, repeated, moved and put together with another input's; inside of one step, and now and
 * then anywhere, libFuzzer changes what it likes. replay.c uses the same changes.
 */
#include <string.h>

#include "steps.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t room, unsigned seed);

enum { STEPS_MAX = 512, STEP_OCTETS = 256 };

/* Where the steps of an input begin; at[count] is its end. */
struct places {
    size_t at[STEPS_MAX + 1];
    unsigned count;
};

static uint32_t state;

static unsigned below(unsigned limit)
{
    state = state * 1664525 + 1013904223;
    return (unsigned)((uint64_t)state * limit >> 32);
}

static void find_steps(struct places *p, const uint8_t *data, size_t size)
{
    struct steps input = {data + (steps_begin < size ? steps_begin : size), data + size}, s;

    p->count = 0;
    do {
        p->at[p->count] = (size_t)(input.at - data);
    } while (p->count < STEPS_MAX && steps_next(&input, &s) && ++p->count);
}

static size_t leave_out(uint8_t *data, size_t size, const struct places *p)
{
    unsigned i = below(p->count), n = 1 + below(below(4) == 0 ? p->count - i : 1);

    memmove(data + p->at[i], data + p->at[i + n], size - p->at[i + n]);
    return size - (p->at[i + n] - p->at[i]);
}

/* Some steps once more, at the same place or another. */
static size_t repeat(uint8_t *data, size_t size, size_t room, const struct places *p)
{
    unsigned i = below(p->count), n = 1 + below(below(4) == 0 ? p->count - i : 1);
    size_t to = p->at[below(p->count + 1)], length = p->at[i + n] - p->at[i];
    uint8_t copy[8 * STEP_OCTETS];

    if (length > sizeof copy || length > room - size)
        return size;
    memcpy(copy, data + p->at[i], length);
    memmove(data + to + length, data + to, size - to);
    memcpy(data + to, copy, length);
    return size + length;
}

static size_t swap(uint8_t *data, size_t size, const struct places *p)
{
    unsigned i = below(p->count - 1);
    uint8_t first[STEP_OCTETS];
    size_t length = p->at[i + 1] - p->at[i], next = p->at[i + 2] - p->at[i + 1];

    memcpy(first, data + p->at[i], length);
    memmove(data + p->at[i], data + p->at[i + 1], next);
    memcpy(data + p->at[i] + next, first, length);
    return size;
}

/* One step is changed, and its length with it. */
static size_t change_inside(uint8_t *data, size_t size, size_t room, const struct places *p)
{
    unsigned i = below(p->count);
    size_t at = p->at[i], end = p->at[i + 1], now;
    uint8_t step[STEP_OCTETS];

    memcpy(step, data + at + 1, end - at - 1);
    now = LLVMFuzzerMutate(step, end - at - 1, STEP_OCTETS - 1);
    if (size - end + at + 1 + now > room)
        return size;
    memmove(data + at + 1 + now, data + end, size - end);
    memcpy(data + at + 1, step, now);
    data[at] = (uint8_t)now;
    return size - (end - at) + 1 + now;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    struct places p;

    state = seed;
    find_steps(&p, data, size);
    if (p.count == 0)
        return LLVMFuzzerMutate(data, size, room);
    switch (below(8)) {
    case 0: return LLVMFuzzerMutate(data, size, room);
    case 1: return leave_out(data, size, &p);
    case 2: return repeat(data, size, room, &p);
    case 3: return p.count > 1 ? swap(data, size, &p) : repeat(data, size, room, &p);
    default: return change_inside(data, size, room, &p);
    }
}

/* The beginning of one, with all before its first step, and the rest of another. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t room, unsigned seed)
{
    struct places p, q;
    size_t head, from, tail;

    state = seed;
    find_steps(&p, a, a_size);
    find_steps(&q, b, b_size);
    head = p.at[below(p.count + 1)];
    from = q.at[below(q.count + 1)];
    if (head > room)
        head = room;
    tail = b_size - from < room - head ? b_size - from : room - head;
    memcpy(out, a, head);
    memcpy(out + head, b + from, tail);
    return head + tail;
}
