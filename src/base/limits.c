/* SPDX-License-Identifier: Apache-2.0
 *
 * limits.c - the settable limits, as the environment lowers them
 */
#include "base/limits.h"

#include <stdatomic.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

static const struct {
    uint32_t value;
    const char *variable;
} limits[LIMIT_COUNT] = {
#define LIMIT_ROW(name, most, named) [name] = {most, named},
    LIMITS(LIMIT_ROW)
#undef LIMIT_ROW
};

/* 0: not asked for yet; then the value, which is never 0. Two threads that ask at once find the
 * same. */
static atomic_uint_least32_t in_force[LIMIT_COUNT];

/* A decimal number below the limit's own value; anything else leaves the limit as it is. */
static uint32_t lowered(enum limit limit)
{
    const char *text = getenv(limits[limit].variable);
    char *end = NULL;
    unsigned long wanted = 0;

    if (text != NULL && *text >= '0' && *text <= '9')
        wanted = strtoul(text, &end, 10);
    if (wanted == 0 || *end != '\0' || wanted > limits[limit].value)
        return limits[limit].value;
    return (uint32_t)wanted;
}

uint32_t limit_of(enum limit limit)
{
    uint32_t value = atomic_load_explicit(&in_force[limit], memory_order_relaxed);

    if (value == 0) {
        value = lowered(limit);
        atomic_store_explicit(&in_force[limit], value, memory_order_relaxed);
    }
    return value;
}

/* ---- Reached ---------------------------------------------------------------------------------- */

static atomic_uint_fast64_t times[LIMIT_COUNT];

void limit_reached(enum limit limit)
{
    uint64_t n = atomic_fetch_add_explicit(&times[limit], 1, memory_order_relaxed) + 1;

    if ((n & (n - 1)) == 0)
        log_line(LOG_LEVEL_WARNING, "a limit was reached limit=%s value=%u times=%" PRIu64,
                 limits[limit].variable, limit_of(limit), n);
}

uint64_t limit_times(enum limit limit)
{
    return atomic_load_explicit(&times[limit], memory_order_relaxed);
}

const char *limit_name(enum limit limit)
{
    return limits[limit].variable;
}
