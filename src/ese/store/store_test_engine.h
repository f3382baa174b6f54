/* SPDX-License-Identifier: Apache-2.0
 *
 * store_test_engine.h - the engine that a program of the store's contract tests; one is linked
 */
#ifndef HF_ESE_STORE_TEST_ENGINE_H
#define HF_ESE_STORE_TEST_ENGINE_H

#include "ese/store/store.h"

struct store_test_engine {
    const struct store_ops *ops;

    /* Makes what the engine needs, once a program, and takes it away. `start` returns NULL, or why it
     * cannot be had on this machine. */
    const char *(*start)(void);
    void (*stop)(void);

    /* The path of a store for a test whose folder is `folder`. */
    void (*path)(const char *folder, char *ret_path, size_t size);

    /* Cases that the engine cannot pass, and why; ends with a NULL. */
    const struct store_test_lack {
        const char *test, *why;
    } * lacks;
};

extern const struct store_test_engine store_test_engine;

#endif
