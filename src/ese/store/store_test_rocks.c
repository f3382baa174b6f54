/* SPDX-License-Identifier: Apache-2.0
 *
 * store_test_rocks.c - the contract's tests on RocksDB
 */
#include "ese/store/store_test_engine.h"

#include <stdio.h>

static const char *start(void)
{
    return NULL;
}

static void stop(void)
{
}

static void path_of(const char *folder, char *ret_path, size_t size)
{
    (void)snprintf(ret_path, size, "%s/s", folder);
}

static const struct store_test_lack lacks[] = {{NULL, NULL}};

const struct store_test_engine store_test_engine = {&store_rocks, start, stop, path_of, lacks};
