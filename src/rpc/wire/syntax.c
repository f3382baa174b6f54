/* SPDX-License-Identifier: Apache-2.0
 *
 * syntax.c - the syntaxes and signatures every peer knows, and the texts of decoding errors
 */
#include "rpc/wire/wire.h"

#include <string.h>

#include "rpc/wire/verification.h"

const uint8_t wire_verify_signature[] = {0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};

const RPC_SYNTAX_IDENTIFIER wire_ndr20 = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}};
const RPC_SYNTAX_IDENTIFIER wire_ndr64 = {
    {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, {1, 0}};

/* The bits of a feature request are the last 8 octets, the lowest first. */
static const RPC_SYNTAX_IDENTIFIER features = {{0x6cb71c2c, 0x9812, 0x4540, {0}}, {1, 0}};

bool wire_uuid_equal(const UUID *a, const UUID *b)
{
    return a->Data1 == b->Data1 && a->Data2 == b->Data2 && a->Data3 == b->Data3 &&
           memcmp(a->Data4, b->Data4, sizeof a->Data4) == 0;
}

bool wire_syntax_equal(const RPC_SYNTAX_IDENTIFIER *a, const RPC_SYNTAX_IDENTIFIER *b)
{
    return wire_uuid_equal(&a->SyntaxGUID, &b->SyntaxGUID) &&
           a->SyntaxVersion.MajorVersion == b->SyntaxVersion.MajorVersion &&
           a->SyntaxVersion.MinorVersion == b->SyntaxVersion.MinorVersion;
}

bool wire_syntax_features(const RPC_SYNTAX_IDENTIFIER *s, uint8_t *ret_bits)
{
    RPC_SYNTAX_IDENTIFIER prefix = *s;

    memset(prefix.SyntaxGUID.Data4, 0, sizeof prefix.SyntaxGUID.Data4);
    if (!wire_syntax_equal(&prefix, &features))
        return false;
    *ret_bits = s->SyntaxGUID.Data4[0];
    return true;
}

RPC_SYNTAX_IDENTIFIER wire_features_syntax(uint8_t bits)
{
    RPC_SYNTAX_IDENTIFIER s = features;

    s.SyntaxGUID.Data4[0] = bits;
    return s;
}

const char *wire_error_text(enum wire_error error)
{
    static const char *const texts[WIRE_ERRORS] = {
        [WIRE_OK] = "no error",
        [WIRE_SHORT] = "PDU shorter than its common header",
        [WIRE_BAD_FRAG_LENGTH] = "frag_length below 16",
        [WIRE_BAD_VERSION] = "rpc_vers is not 5",
        [WIRE_BAD_MINOR] = "rpc_vers_minor is not 0",
        [WIRE_BAD_DREP] = "data representation that is not supported",
        [WIRE_BAD_TYPE] = "PDU of a type that is not expected here",
        [WIRE_TRUNCATED] = "body longer than its fragment",
        [WIRE_BAD_AUTH_LENGTH] = "auth_length beyond the fragment",
        [WIRE_AUTH_UNALIGNED] = "security trailer not at a multiple of 4 octets",
        [WIRE_BAD_AUTH_PAD] = "auth_pad_length beyond the body",
        [WIRE_NO_AUTH] = "auth3 without a security token",
        [WIRE_NO_ELEMENTS] = "no presentation context element",
        [WIRE_NO_SYNTAXES] = "presentation context element without transfer syntaxes",
    };

    return (unsigned)error < WIRE_ERRORS ? texts[error] : "unknown error";
}
