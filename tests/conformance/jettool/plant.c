/* SPDX-License-Identifier: Apache-2.0
 *
 * plant.c - puts faults into a closed store, for the test of `holdfast check`
 *
 *     plant STORE list                       every tree of the first database, its keys and sizes
 *     plant STORE erase TREE KEY             removes a key
 *     plant STORE move TREE KEY NEW          gives a key's value to another key
 *     plant STORE copy TREE KEY NEW          gives it to another key, too
 *     plant STORE cut TREE KEY SIZE          leaves the first octets of a value
 *     plant STORE set TREE KEY VALUE         gives a key another value
 *
 * Trees are numbers, keys hexadecimal.
 */
#include "ese/store/store.h"

#include "base/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE  ((uint64_t)1 << 32)
#define TREES_MAX 64
#define KEY_MAX   4096

static void print_hex(struct store_slice s)
{
    for (size_t i = 0; i < s.size; i++)
        (void)printf("%02x", ((const unsigned char *)s.data)[i]);
}

static enum store_status list_tree(struct store *store, struct store_txn *txn, uint64_t tree)
{
    struct store_cursor *cursor = NULL;
    enum store_status s = store_cursor_open(store, tree, &cursor);

    if (s == STORE_OK)
        s = store_cursor_seek(cursor, txn, STORE_FIRST, (struct store_slice){NULL, 0});
    while (s == STORE_OK) {
        (void)printf("%llu ", (unsigned long long)tree);
        print_hex(store_cursor_key(cursor));
        (void)printf(" %zu\n", store_cursor_value(cursor).size);
        s = store_cursor_step(cursor, txn, STORE_NEXT);
    }
    store_cursor_close(cursor);
    return s == STORE_NOT_FOUND ? STORE_OK : s;
}

static enum store_status list(struct store *store, struct store_txn *txn)
{
    enum store_status s = STORE_OK;

    for (uint64_t n = 1; n < TREES_MAX && s == STORE_OK; n++)
        s = list_tree(store, txn, DATABASE | n);
    return s;
}

/* Puts the first `size` octets of the value of one key under another, or the same. */
static enum store_status copy(struct store_txn *txn, uint64_t tree, struct store_slice from,
                              struct store_slice to, size_t size)
{
    struct store_value v = {0};
    enum store_status s = store_get(txn, tree, from, &v);

    if (s == STORE_OK)
        s = store_put(txn, tree, to, (struct store_slice){v.data, v.size < size ? v.size : size},
                      STORE_UPSERT);
    store_value_release(&v);
    return s;
}

static enum store_status change(struct store_txn *txn, const char *how, char **args)
{
    uint8_t key[KEY_MAX], other[KEY_MAX];
    uint64_t tree = strtoull(args[0], NULL, 10);
    struct store_slice from = {key, testing_hex(args[1], key, sizeof key)};
    struct store_slice to = {other, 0};
    enum store_status s = STORE_UNSUPPORTED;

    if (strcmp(how, "erase") == 0)
        return store_erase(txn, tree, from, STORE_ERASE_PRESENT);
    if (strcmp(how, "cut") == 0)
        return copy(txn, tree, from, from, strtoul(args[2], NULL, 10));
    to.size = testing_hex(args[2], other, sizeof other);
    if (strcmp(how, "set") == 0)
        return store_put(txn, tree, from, to, STORE_UPSERT);
    if (strcmp(how, "move") == 0 || strcmp(how, "copy") == 0) {
        s = copy(txn, tree, from, to, SIZE_MAX);
        if (s == STORE_OK && strcmp(how, "move") == 0)
            s = store_erase(txn, tree, from, STORE_ERASE_PRESENT);
    }
    return s;
}

int main(int argc, char **argv)
{
    struct store_options options = {0};
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    enum store_status s = argc >= 3 ? STORE_OK : STORE_UNSUPPORTED;

    if (s == STORE_OK)
        s = store_open(&store_rocks, argv[1], &options, &store);
    if (s == STORE_OK)
        s = store_begin(store, 0, &txn);
    if (s == STORE_OK)
        s = argc == 3 ? list(store, txn) : change(txn, argv[2], argv + 3);
    if (s == STORE_OK)
        s = store_commit(txn, STORE_DURABLE, NULL);
    else
        store_abort(txn);
    if (store != NULL && store_close(store) != STORE_OK)
        s = STORE_IO;
    if (s != STORE_OK)
        (void)fprintf(stderr, "plant: %s\n", store_status_name(s));
    return s == STORE_OK ? 0 : 1;
}
