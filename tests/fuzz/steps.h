/* SPDX-License-Identifier: Apache-2.0
 *
 * steps.h - for fuzz targets: an input that is a list of steps
 *
 * A step is an octet of length and as many octets; what it lacks is 0. So a fuzzer can leave a step out,
 * put one in or cut one short, and the others stay what they were; steps_mutator.c does.
 */
#ifndef TESTS_FUZZ_STEPS_H
#define TESTS_FUZZ_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "require.h"

/* The target says how many octets come before its first step. */
extern const size_t steps_begin;

/* Octets still to be read: of an input, or of one of its steps. */
struct steps {
    const uint8_t *at, *end;
};

static inline unsigned steps_octet(struct steps *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

/* The next step; false at the end of the input. */
static inline bool steps_next(struct steps *input, struct steps *ret)
{
    size_t left = (size_t)(input->end - input->at), size;

    if (left == 0)
        return false;
    size = input->at[0] < left - 1 ? input->at[0] : left - 1;
    *ret = (struct steps){input->at + 1, input->at + 1 + size};
    input->at = ret->end;
    return true;
}

#endif
