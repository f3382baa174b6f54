/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_file.c - fuzz target: opening a database, dumping all of it, and walking its trees as a store's
 *
 *     octet 0     bit 0 large pages; bits 1-2 the format of the dump, 0: all
 *     rest        unpacked as edb_image.h says
 */
#include "edb_image.h"

#include "ese/edb/as_store.h"
#include "ese/edb/edb.h"
#include "ese/edb/edb_build.h"
#include "ese/format/bytes.h"
#include "tool/edb_print.h"

#include <stdlib.h>
#include <string.h>

static void unpack(struct edb_build *b, const uint8_t *data, size_t size)
{
    while (size >= EDB_IMAGE_HEADER) {
        size_t at = (size_t)ese_get_u16(data) * EDB_IMAGE_UNIT, length = data[2];

        data += EDB_IMAGE_HEADER;
        size -= EDB_IMAGE_HEADER;
        if (length > size)
            length = size;
        if (at < b->size)
            memcpy(b->data + at, data, length < b->size - at ? length : b->size - at);
        data += length;
        size -= length;
    }
}

static void dump(FILE *out, enum edb_print_format format, struct edb_file *f)
{
    size_t tables;
    const struct edb_table *t = edb_tables(f, &tables);

    edb_print_header(out, format, f);
    for (size_t i = 0; i < tables; i++)
        if (edb_print_table(out, format, f, &t[i], true) != EDB_OK &&
            edb_file_error(f)->text[0] == 0)
            abort(); /* a failure without a reason */
}

#define STEPS_MAX 300 /* of one walk; leaves may be linked in a circle */

/* There and back, and from the middle: keys ascend, and what is found once is found again. */
static void walk_tree(struct store *store, struct store_txn *txn, uint64_t tree)
{
    const struct store_slice none = {NULL, 0};
    struct store_cursor *c = NULL;
    struct store_value v = {0};
    enum store_status s;
    uint8_t *key = NULL;
    size_t key_size = 0, steps = 0;

    if (store_cursor_open(store, tree, &c) != STORE_OK)
        abort();
    for (s = store_cursor_seek(c, txn, STORE_FIRST, none); s == STORE_OK && steps < STEPS_MAX;
         s = store_cursor_step(c, txn, STORE_NEXT), steps++) {
        struct store_slice k = store_cursor_key(c);

        (void)store_cursor_value(c);
        if (k.size == 0)
            continue;
        free(key);
        key = malloc(k.size);
        if (key == NULL)
            abort();
        memcpy(key, k.data, k.size);
        key_size = k.size;
        if (store_get(txn, tree, k, &v) == STORE_OK)
            store_value_release(&v);
    }
    for (int how = STORE_EQ; key != NULL && how <= STORE_LT; how++)
        for (int where = STORE_NEXT; where <= STORE_PREVIOUS; where++) {
            s = store_cursor_seek(c, txn, (enum store_seek)how,
                                  (struct store_slice){key, key_size});
            if (s == STORE_OK || s == STORE_NOT_FOUND)
                s = store_cursor_step(c, txn, (enum store_step)where);
        }
    s = store_cursor_seek(c, txn, STORE_LAST, none);
    for (steps = 0; s == STORE_OK && steps < STEPS_MAX; steps++)
        s = store_cursor_step(c, txn, STORE_PREVIOUS);
    store_cursor_close(c);
    free(key);
}

static void walk(struct edb_file *take_file)
{
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    size_t tables;
    const struct edb_table *t = edb_tables(take_file, &tables);

    if (edb_store_new(take_file, &store) != STORE_OK ||
        store_begin(store, STORE_TXN_READ_ONLY, &txn) != STORE_OK)
        abort();
    for (size_t i = 0; i < tables; i++) {
        if (t[i].objid != 0)
            walk_tree(store, txn, t[i].objid);
        if (t[i].lv_objid != 0)
            walk_tree(store, txn, t[i].lv_objid);
        for (size_t k = 0; k < t[i].index_count; k++)
            if (t[i].indexes[k].def.objid != 0)
                walk_tree(store, txn, t[i].indexes[k].def.objid);
    }
    store_abort(txn);
    (void)store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum edb_print_format formats[] = {EDB_PRINT_TEXT, EDB_PRINT_JSON,
                                                    EDB_PRINT_TRUTH};
    static uint8_t small[(EDB_BUILD_PAGES + 2) * 4096], large[(EDB_BUILD_PAGES + 2) * 16384];
    static FILE *out;
    struct edb_file *f = NULL;
    struct edb_error error = {0};
    bool is_large = size > 0 && data[0] & 1;
    unsigned format = size > 0 ? data[0] >> 1 & 3 : 0;
    struct edb_build b = {.page_size = is_large ? 16384 : 4096,
                          .size = is_large ? sizeof large : sizeof small,
                          .data = is_large ? large : small};

    if (out == NULL && (out = fopen("/dev/null", "w")) == NULL)
        abort();
    memset(b.data, 0, b.size);
    if (size > 0)
        unpack(&b, data + 1, size - 1);
    edb_build_seal(&b);
    if (edb_open_memory(b.data, b.size, "input", EDB_ALLOW_DIRTY | EDB_ALLOW_NEWER, &f, &error) ==
        EDB_OK) {
        for (unsigned i = 0; i < 3; i++)
            if (format == 0 || format == i + 1)
                dump(out, formats[i], f);
        walk(f);
    } else if (error.text[0] == 0) {
        abort();
    }
    return 0;
}
