/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_file.c - fuzz target: opening a database and dumping all of it, in every format
 *
 * The input is unpacked as edb_image.h says.
 */
#include "edb_image.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *out;
    struct edb_file *f = NULL;
    struct edb_error error = {0};
    struct edb_build b = {.page_size = size > 0 && data[0] & 1 ? 16384 : 4096};

    if (out == NULL && (out = fopen("/dev/null", "w")) == NULL)
        abort();
    b.size = (size_t)(EDB_BUILD_PAGES + 2) * b.page_size;
    b.data = calloc(1, b.size);
    if (b.data == NULL)
        abort();
    if (size > 0)
        unpack(&b, data + 1, size - 1);
    edb_build_seal(&b);
    if (edb_open_memory(b.data, b.size, "input", EDB_ALLOW_DIRTY | EDB_ALLOW_NEWER, &f, &error) ==
        EDB_OK) {
        dump(out, EDB_PRINT_TEXT, f);
        dump(out, EDB_PRINT_JSON, f);
        dump(out, EDB_PRINT_TRUTH, f);
    } else if (error.text[0] == 0) {
        abort();
    }
    edb_close(f);
    free(b.data);
    return 0;
}
