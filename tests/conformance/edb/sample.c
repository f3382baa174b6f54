/* SPDX-License-Identifier: Apache-2.0
 *
 * sample.c - writes the sample database to a file
 *
 *     edb-sample FILE PAGE_SIZE STATE    state 3: clean, 2: dirty
 */
#include "ese/edb/edb_build.h"

#include "ese/format/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define AT_STATE 52

int main(int argc, char **argv)
{
    struct edb_build b;
    FILE *f;
    int outcome = 1;

    if (argc != 4)
        return 2;
    edb_build_sample(&b, (uint32_t)strtoul(argv[2], NULL, 10));
    ese_put_u32(b.data + AT_STATE, (uint32_t)strtoul(argv[3], NULL, 10));
    edb_build_seal(&b);
    f = fopen(argv[1], "wb");
    if (f != NULL && fwrite(b.data, 1, b.size, f) == b.size && fclose(f) == 0)
        outcome = 0;
    edb_build_fini(&b);
    return outcome;
}
