/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_model.h - what each session of the crash test writes, as a function of its seed
 *
 * Transaction n of session s is the same wherever it is computed: some slots of the session get a
 * new value or are emptied, and the session's counter row becomes n. So whoever knows n knows all
 * rows. A value is its seed: size and octets follow from it. Transaction n of the session that changes
 * schemas makes table n with some rows and deletes table n - MODEL_TABLES.
 */
#ifndef HF_TESTS_CRASH_JET_MODEL_H
#define HF_TESTS_CRASH_JET_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define MODEL_DATABASE "crash.edb"
#define MODEL_SESSIONS 4 /* that change rows */
#define MODEL_SCHEMA   4 /* the one that makes and deletes tables */
#define MODEL_WRITERS  5
#define MODEL_TABLES   3 /* of its tables that are there at a time */
#define MODEL_SLOTS    40
#define MODEL_CHANGES  6
#define MODEL_SIZE_MAX 12000
#define MODEL_COUNTER  999 /* the slot of the counter row */

/* Told through the pipe when a commit has returned. */
struct model_ack {
    uint32_t session;
    uint32_t durable;
    uint64_t n;
};

struct model_change {
    uint32_t slot;
    uint32_t value; /* 0: the row goes */
};

static inline uint64_t model_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* The changes of one transaction; returns how many. */
static inline unsigned model_changes(uint64_t seed, uint32_t session, uint64_t n,
                                     struct model_change out[MODEL_CHANGES])
{
    uint64_t r = model_mix(seed * 1000003u + session * 7919u + n);
    unsigned count = 1 + (unsigned)(r % MODEL_CHANGES);

    for (unsigned i = 0; i < count; i++) {
        r = model_mix(r + i);
        out[i].slot = (uint32_t)(r % MODEL_SLOTS);
        out[i].value = r >> 33 & 3 ? (uint32_t)(r >> 16 & 0x7fffffff) | 1 : 0;
    }
    return count;
}

static inline bool model_is_durable(uint64_t seed, uint32_t session, uint64_t n)
{
    return model_mix(seed + session * 31u + n * 977u) % 3 != 0;
}

static inline uint32_t model_size(uint32_t value)
{
    uint32_t kind = (uint32_t)(model_mix(value) % 8);

    return kind < 6 ? value % 400 : value % MODEL_SIZE_MAX;
}

static inline void model_bytes(uint32_t value, uint8_t *out)
{
    uint64_t r = value;

    for (uint32_t i = 0; i < model_size(value); i++) {
        if (i % 8 == 0)
            r = model_mix(r + i);
        out[i] = (uint8_t)(r >> 8 * (i % 8));
    }
}

static inline int32_t model_key(uint32_t session, uint32_t slot)
{
    return (int32_t)(session * 1000 + slot);
}

static inline void model_table(uint64_t n, char name[32])
{
    snprintf(name, 32, "s%llu", (unsigned long long)n);
}

static inline uint32_t model_rows(uint64_t n)
{
    return (uint32_t)(n % 7);
}

#endif
