/* SPDX-License-Identifier: Apache-2.0
 *
 * require.h - for fuzz targets: what must hold for every input
 */
#ifndef TESTS_FUZZ_REQUIRE_H
#define TESTS_FUZZ_REQUIRE_H

#include <stdbool.h>
#include <stdlib.h>

static inline void require(bool good)
{
    if (!good)
        abort();
}

#endif
