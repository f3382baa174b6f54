/* SPDX-License-Identifier: Apache-2.0
 *
 * idl_text.c - the IDL compiler on arbitrary preprocessed text: lex, parse, check, plan, emit
 *
 * Text after a zero octet is an ACF file. The property: no crash, no leak, and outputs if and only
 * if there is no error.
 */
#include "idl/idl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct idl_options o = {.input = "t.idl", .prefix_client = "", .prefix_server = "s_"};
    struct idl_output outputs[3];
    struct arena arena;
    const uint8_t *zero = size == 0 ? NULL : memchr(data, 0, size);
    size_t text_size = zero == NULL ? size : (size_t)(zero - data);
    uint32_t errors;

    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "we");
    /* An import would read files. */
    if (memmem(data, size, "import", 6) != NULL)
        return 0;
    errors = idl_compile_text(&o, (const char *)data, text_size,
                              zero == NULL ? NULL : (const char *)zero + 1,
                              zero == NULL ? 0 : size - text_size - 1, nowhere, outputs, &arena);
    if ((errors == 0) !=
        (outputs[0].text != NULL && outputs[1].text != NULL && outputs[2].text != NULL))
        abort();
    arena_fini(&arena);
    return 0;
}
