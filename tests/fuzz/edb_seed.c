/* SPDX-License-Identifier: Apache-2.0
 *
 * edb_seed.c - writes the first inputs of edb_file and ese_record, from the sample database
 *
 *     edb-seed FOLDER    FOLDER/edb_file/... and FOLDER/ese_record/...
 */
#include "edb_image.h"

#include "ese/edb/edb.h"
#include "ese/edb/edb_build.h"
#include "ese/format/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *create(const char *folder, const char *name, unsigned number)
{
    char path[1000];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s%u", folder, name, number);
    f = fopen(path, "wb");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    return f;
}

static bool is_zero(const uint8_t *unit)
{
    static const uint8_t zeros[EDB_IMAGE_UNIT];

    return memcmp(unit, zeros, EDB_IMAGE_UNIT) == 0;
}

static void write_image(const char *folder, const struct edb_build *b, unsigned number)
{
    FILE *f = create(folder, "edb_file/sample", number);
    size_t units = b->size / EDB_IMAGE_UNIT;

    (void)fputc(b->page_size == 16384, f);
    for (size_t i = 0; i < units;) {
        uint8_t run[EDB_IMAGE_HEADER];
        size_t n = 0;

        while (i + n < units && (n + 1) * EDB_IMAGE_UNIT <= 255 &&
               !is_zero(b->data + (i + n) * EDB_IMAGE_UNIT))
            n++;
        if (n > 0) {
            ese_put_u16(run, (uint16_t)i);
            run[2] = (uint8_t)(n * EDB_IMAGE_UNIT);
            (void)fwrite(run, 1, sizeof run, f);
            (void)fwrite(b->data + i * EDB_IMAGE_UNIT, 1, n * EDB_IMAGE_UNIT, f);
        }
        i += n > 0 ? n : 1;
    }
    (void)fclose(f);
}

static void write_records(const char *folder, const struct edb_build *b, unsigned *number)
{
    struct edb_file *file = NULL;
    struct edb_scan *s = NULL;
    struct edb_error e;

    if (edb_open_memory(b->data, b->size, "sample", 0, &file, &e) != EDB_OK ||
        edb_scan_open(file, edb_table_find(file, "people"), &s) != EDB_OK)
        exit(1);
    while (edb_scan_next(s) == EDB_OK) {
        const struct ese_record *r = edb_scan_record(s);
        FILE *f = create(folder, "ese_record/person", (*number)++);

        (void)fputc(r->form == ESE_RECORD_LARGE, f);
        (void)fwrite(r->data, 1, r->size, f);
        (void)fclose(f);
    }
    edb_scan_close(s);
    edb_close(file);
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {4096, 16384};
    unsigned records = 0;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: edb-seed FOLDER\n");
        return 2;
    }
    for (unsigned i = 0; i < 2; i++) {
        struct edb_build b;

        edb_build_sample(&b, sizes[i]);
        write_image(argv[1], &b, i);
        edb_build_seal(&b);
        write_records(argv[1], &b, &records);
        edb_build_fini(&b);
    }
    return 0;
}
