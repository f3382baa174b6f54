/* SPDX-License-Identifier: Apache-2.0
 *
 * verification.h - for put.c and get.c: what a verification trailer is made of (MS-RPCE 2.2.2.13)
 */
#ifndef HF_RPC_WIRE_VERIFICATION_H
#define HF_RPC_WIRE_VERIFICATION_H

#include <stdint.h>

#define WIRE_VERIFY_REACH 1024u /* octets from the end of the stub data in which it is looked for */

/* A command's first two octets: which it is, and two flags. */
enum wire_verify_command {
    WIRE_VERIFY_BITMASK = 1,
    WIRE_VERIFY_PRESENTATION = 2, /* pcontext */
    WIRE_VERIFY_HEADER = 3,       /* header2 */
    WIRE_VERIFY_COMMAND = 0x3fff,
    WIRE_VERIFY_END = 0x4000,
    WIRE_VERIFY_MUST = 0x8000, /* who does not know it refuses the request */
};

enum wire_verify_sizes {
    WIRE_VERIFY_SIGNATURE_SIZE = 8,
    WIRE_VERIFY_BITMASK_SIZE = 4,
    WIRE_VERIFY_PRESENTATION_SIZE = 40,
    WIRE_VERIFY_HEADER_SIZE = 16,
};

extern const uint8_t wire_verify_signature[WIRE_VERIFY_SIGNATURE_SIZE];

#endif
