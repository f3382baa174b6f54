/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - connection-oriented PDUs: octets <-> structures
 *
 * Pure and total: every function terminates on every input, reads nothing outside [pdu, pdu + size),
 * allocates nothing and keeps no state. Structures borrow from the PDU they were read from.
 *
 * Reading takes both byte orders, as the header's drep says; writing is little-endian, padding 0.
 *
 * The way of a PDU that arrives:
 *
 *     wire_get_header      16 octets are there; says how many octets the whole fragment has
 *     wire_get_bind, ...   the whole fragment is there
 *
 * Errors are told apart as far as the answers of a server differ (the M rows of the wire rules), no
 * further. When a function fails, the members of its result that precede the fault in the PDU are
 * set and the others are zero, because an answer repeats some of them (call_id, context_id).
 *
 *     error                   bind             alter_context    auth3            request
 *     WIRE_SHORT, _BAD_FRAG_LENGTH   close silently (M41)
 *     WIRE_BAD_VERSION, _MINOR, _DREP  nak 4 (M7); on a PDU that is no bind a protocol error
 *     WIRE_TRUNCATED          nak 4            protocol error   protocol error   protocol error
 *     WIRE_BAD_AUTH_LENGTH    nak 4 (M3)       protocol error   protocol error   protocol error
 *     WIRE_AUTH_UNALIGNED     nak 0 (M28)      protocol error   protocol error   protocol error
 *     WIRE_BAD_AUTH_PAD       nak 4 (M29)      protocol error   0x1C00001B       protocol error
 *     WIRE_NO_AUTH            -                -                0x1C00001B (M35) -
 *     WIRE_NO_ELEMENTS        nak 4 (M2)       protocol error (M9)
 *     WIRE_NO_SYNTAXES        nak 0 (M5)       protocol error (M9)
 *
 * Spec: MS-RPCE 2.2.2, C706 chapter 12.
 */
#ifndef HF_RPC_WIRE_WIRE_H
#define HF_RPC_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <holdfast/call.h>

enum wire_error {
    WIRE_OK,
    WIRE_SHORT,           /* fewer octets than the common header has */
    WIRE_BAD_FRAG_LENGTH, /* frag_length below 16: there is no telling where the next PDU begins */
    WIRE_BAD_VERSION,     /* rpc_vers is not 5 */
    WIRE_BAD_MINOR,       /* rpc_vers_minor is not 0 */
    WIRE_BAD_DREP,        /* other than big- or little-endian integers, ASCII, IEEE floats */
    WIRE_BAD_TYPE,        /* the PDU is not of the type that was asked for */
    WIRE_TRUNCATED,       /* the body does not fit into the fragment */
    WIRE_BAD_AUTH_LENGTH, /* no room for trailer and token behind the body */
    WIRE_AUTH_UNALIGNED,  /* the trailer's offset is no multiple of 4 */
    WIRE_BAD_AUTH_PAD,    /* auth_pad_length beyond what precedes the trailer */
    WIRE_NO_AUTH,         /* an auth3 without token */
    WIRE_NO_ELEMENTS,     /* no presentation context element */
    WIRE_NO_SYNTAXES,     /* an element without transfer syntaxes */
    WIRE_ERRORS
};

/* What is wrong, for logs: a phrase without full stop; never NULL. */
const char *wire_error_text(enum wire_error error);

enum wire_type {
    WIRE_REQUEST = 0,
    WIRE_RESPONSE = 2,
    WIRE_FAULT = 3,
    WIRE_BIND = 11,
    WIRE_BIND_ACK = 12,
    WIRE_BIND_NAK = 13,
    WIRE_ALTER_CONTEXT = 14,
    WIRE_ALTER_CONTEXT_RESP = 15,
    WIRE_AUTH3 = 16,
    WIRE_SHUTDOWN = 17,
    WIRE_CO_CANCEL = 18,
    WIRE_ORPHANED = 19,
};

enum wire_flags {
    WIRE_FIRST_FRAG = 0x01,
    WIRE_LAST_FRAG = 0x02,
    WIRE_WHOLE = WIRE_FIRST_FRAG | WIRE_LAST_FRAG,
    WIRE_PENDING_CANCEL = 0x04, /* of a request */
    WIRE_HEADER_SIGN = 0x04,    /* of bind, alter_context, their answers, auth3 */
    WIRE_CONC_MPX = 0x10,
    WIRE_DID_NOT_EXECUTE = 0x20, /* of a fault */
    WIRE_MAYBE = 0x40,
    WIRE_OBJECT_UUID = 0x80, /* of a request */
};

/* result of a presentation context, and the reason for a provider_rejection */
enum wire_result_code {
    WIRE_ACCEPTANCE = 0,
    WIRE_USER_REJECTION = 1,
    WIRE_PROVIDER_REJECTION = 2,
    WIRE_NEGOTIATE_ACK = 3, /* reason holds the features granted */
};
enum wire_reject_reason {
    WIRE_REASON_NONE = 0,
    WIRE_ABSTRACT_SYNTAX_NOT_SUPPORTED = 1,
    WIRE_TRANSFER_SYNTAXES_NOT_SUPPORTED = 2,
    WIRE_LOCAL_LIMIT_EXCEEDED = 3,
};
enum wire_nak_reason {
    WIRE_NAK_NOT_SPECIFIED = 0,
    WIRE_NAK_CONGESTION = 1, /* never sent; a client takes it for the next */
    WIRE_NAK_LOCAL_LIMIT = 2,
    WIRE_NAK_PROTOCOL = 4,
    WIRE_NAK_AUTH_TYPE = 8,
    WIRE_NAK_CHECKSUM = 9,
};
enum wire_features {
    WIRE_FEATURE_SECURITY_MULTIPLEXING = 0x01,
    WIRE_FEATURE_KEEP_ON_ORPHAN = 0x02,
};

#define WIRE_DREP 0x10 /* the first octet of what we send: little-endian, ASCII, IEEE; then zeros */

enum wire_sizes {
    WIRE_HEADER_SIZE = 16,
    WIRE_REQUEST_SIZE = 24,        /* up to the stub data; also of a response */
    WIRE_REQUEST_OBJECT_SIZE = 40, /* the same with an object UUID */
    WIRE_FAULT_SIZE = 32,
    WIRE_BIND_SIZE = 28, /* up to the first element */
    WIRE_BIND_NAK_SIZE = 24,
    WIRE_AUTH3_SIZE = 20,
    WIRE_SYNTAX_SIZE = 20,
    WIRE_RESULT_SIZE = 24,
    WIRE_TRAILER_SIZE = 8, /* without the token */
};

extern const RPC_SYNTAX_IDENTIFIER wire_ndr20, wire_ndr64;

bool wire_uuid_equal(const UUID *a, const UUID *b);
bool wire_syntax_equal(const RPC_SYNTAX_IDENTIFIER *a, const RPC_SYNTAX_IDENTIFIER *b);

/* True if `s` is a bind-time feature request (6cb71c2c-9812-4540-..., version 1.0); then the bits
 * asked for are stored, enum wire_features and reserved ones alike. */
bool wire_syntax_features(const RPC_SYNTAX_IDENTIFIER *s, uint8_t *ret_bits);
/* The syntax that asks for `bits`. */
RPC_SYNTAX_IDENTIFIER wire_features_syntax(uint8_t bits);

/* ---- The common header ------------------------------------------------------------------------ */

struct wire_header {
    uint8_t type;  /* enum wire_type, or any other octet */
    uint8_t flags; /* enum wire_flags */
    uint8_t version, minor;
    uint8_t drep[4];
    uint16_t frag_length;
    uint16_t auth_length;
    uint32_t call_id;
    bool swap; /* the sender's integers have the other byte order than ours */
};

/* Reads the common header; `size` is what has arrived so far. With WIRE_SHORT nothing is set, with
 * any other error everything is. */
enum wire_error wire_get_header(const uint8_t *pdu, size_t size, struct wire_header *ret);

/* Writes it with version 5.0 and our drep: type, flags, lengths and call_id are the caller's. */
void wire_put_header(uint8_t to[WIRE_HEADER_SIZE], const struct wire_header *h);

/* ---- The security trailer --------------------------------------------------------------------- */

struct wire_auth {
    bool present;       /* auth_length was not 0; else all is zero */
    uint8_t type;       /* 0 none, 9 SPNEGO, 10 NTLM, 16 Kerberos, ... */
    uint8_t level;      /* 1 none ... 6 privacy */
    uint8_t pad_length; /* octets of padding between body and trailer */
    uint32_t context_id;
    size_t offset;        /* of the trailer in the PDU */
    const uint8_t *token; /* the rest of the PDU */
    size_t token_length;
};

/* Octets that follow stub data so that the trailer starts at a multiple of 16 from its start. */
static inline uint8_t wire_auth_pad(size_t stub_length)
{
    return (uint8_t)(-stub_length & 15);
}

/* Writes the 8 octets before the token of a request or response. */
void wire_put_trailer(uint8_t to[WIRE_TRAILER_SIZE], const struct wire_auth *auth);

/* Appends trailer and token to a finished bind, alter_context, their answers, or auth3 of `size`
 * octets, and corrects its lengths; `auth->pad_length` is taken as 0. Returns the new size, or 0
 * when there is no room or the PDU would be too long. */
size_t wire_append_auth(uint8_t *pdu, size_t room, size_t size, const struct wire_auth *auth);

/* ---- bind, alter_context ---------------------------------------------------------------------- */

struct wire_bind {
    uint16_t max_xmit, max_recv;
    uint32_t group_id;
    uint8_t element_count;
    struct wire_auth auth;
    const uint8_t *next; /* for wire_next_element */
    uint8_t left;
    bool swap;
};

/* One context element as read. */
struct wire_element {
    uint16_t id;
    uint8_t syntax_count;
    RPC_SYNTAX_IDENTIFIER abstract;
    const uint8_t *syntaxes;
    bool swap;
};

/* One context element to be written. */
struct wire_offer {
    uint16_t id;
    uint8_t syntax_count;
    const RPC_SYNTAX_IDENTIFIER *abstract;
    const RPC_SYNTAX_IDENTIFIER *syntaxes;
};

/* Success means that all elements are whole and have at least one transfer syntax each. */
enum wire_error wire_get_bind(const uint8_t *pdu, size_t size, const struct wire_header *h,
                              struct wire_bind *ret);

/* The next element of a bind that was read with success; false after the last. */
bool wire_next_element(struct wire_bind *bind, struct wire_element *ret);

/* The i-th transfer syntax of an element (i < syntax_count). */
void wire_element_syntax(const struct wire_element *e, unsigned i, RPC_SYNTAX_IDENTIFIER *ret);

/* Writes a bind or alter_context (h->type); h's lengths are ours. Of `b` the sizes and the group id
 * are taken. Returns the size, or 0 when there is no room. */
size_t wire_put_bind(uint8_t *to, size_t room, const struct wire_header *h,
                     const struct wire_bind *b, const struct wire_offer *offers, uint8_t count);

/* ---- bind_ack, alter_context_resp ------------------------------------------------------------- */

struct wire_result {
    uint16_t result; /* enum wire_result_code */
    uint16_t reason; /* enum wire_reject_reason, or features */
    RPC_SYNTAX_IDENTIFIER syntax;
};

struct wire_bind_ack {
    uint16_t max_xmit, max_recv;
    uint32_t group_id;
    const char *address;     /* secondary address; as read it need not be terminated */
    uint16_t address_length; /* with its terminator; 0: none */
    uint8_t result_count;
    struct wire_auth auth;
    const uint8_t *next; /* for wire_next_result */
    uint8_t left;
    bool swap;
};

enum wire_error wire_get_bind_ack(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                  struct wire_bind_ack *ret);
bool wire_next_result(struct wire_bind_ack *ack, struct wire_result *ret);

/* Writes a bind_ack or alter_context_resp (h->type); h's lengths are ours. Returns the size, or 0
 * when there is no room. */
size_t wire_put_bind_ack(uint8_t *to, size_t room, const struct wire_header *h,
                         const struct wire_bind_ack *ack, const struct wire_result *results);

/* ---- bind_nak --------------------------------------------------------------------------------- */

/* Extended error information behind the versions is ignored. */
enum wire_error wire_get_bind_nak(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                  uint16_t *ret_reason);
void wire_put_bind_nak(uint8_t to[WIRE_BIND_NAK_SIZE], const struct wire_header *h,
                       uint16_t reason);

/* ---- request ---------------------------------------------------------------------------------- */

struct wire_request {
    uint32_t alloc_hint;
    uint16_t context_id;
    uint16_t opnum;
    bool has_object;
    UUID object;
    size_t stub_offset; /* 24 or 40 */
    size_t stub_length; /* without the padding before a trailer */
    struct wire_auth auth;
};

enum wire_error wire_get_request(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                 struct wire_request *ret);

/* Writes what precedes the stub data; h's lengths are the caller's, OBJECT_UUID is set or cleared
 * as has_object says. Returns 24 or 40. */
size_t wire_put_request(uint8_t to[WIRE_REQUEST_OBJECT_SIZE], const struct wire_header *h,
                        const struct wire_request *r);

/* ---- The verification trailer of a protected request (MS-RPCE 2.2.2.13) ------------------------- */

/* What a client says of its request, where it is signed, behind all stub data. */
struct wire_verification {
    bool has_bitmask, has_presentation, has_header;
    uint32_t bitmask; /* bit 0: the client asks for header signing */
    RPC_SYNTAX_IDENTIFIER interface, transfer;
    struct { /* fields of the request's header and what follows it */
        uint8_t type;
        uint8_t drep[4];
        uint32_t call_id;
        uint16_t context_id, opnum;
    } header;
};

#define WIRE_VERIFY_HEADER_SIGNING 1u /* of the bitmask */
#define WIRE_VERIFICATION_MAX      80u /* octets of all commands, behind stub data of a multiple of 4 */

/* Writes the commands that are set, at least one; returns the size. */
size_t wire_put_verification(uint8_t to[WIRE_VERIFICATION_MAX], const struct wire_verification *v);

/* Where it begins in the stub data of a whole request; `size` if there is none. */
size_t wire_find_verification(const uint8_t *stub, size_t size);
/* Reads it. False: it is malformed, says something twice, or demands what is not known here. */
bool wire_get_verification(const uint8_t *trailer, size_t size, struct wire_verification *ret);

/* ---- response, fault --------------------------------------------------------------------------- */

struct wire_response {
    uint32_t alloc_hint;
    uint16_t context_id;
    uint8_t cancel_count;
    size_t stub_offset; /* 24 */
    size_t stub_length;
    struct wire_auth auth;
};

enum wire_error wire_get_response(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                  struct wire_response *ret);
size_t wire_put_response(uint8_t to[WIRE_REQUEST_SIZE], const struct wire_header *h,
                         const struct wire_response *r);

struct wire_fault {
    uint32_t alloc_hint; /* as written always WIRE_FAULT_SIZE */
    uint16_t context_id;
    uint8_t cancel_count;
    uint8_t flags; /* bit 0: extended error information follows */
    uint32_t status;
    struct wire_auth auth;
};

enum wire_error wire_get_fault(const uint8_t *pdu, size_t size, const struct wire_header *h,
                               struct wire_fault *ret);

/* Writes a fault without trailer; h's lengths are ours. (A trailer after it is the caller's: then
 * he writes the header again with wire_put_header.) */
void wire_put_fault(uint8_t to[WIRE_FAULT_SIZE], const struct wire_header *h,
                    const struct wire_fault *f);

/* ---- auth3, co_cancel, orphaned, shutdown ----------------------------------------------------- */

/* auth3: the trailer is required. */
enum wire_error wire_get_auth3(const uint8_t *pdu, size_t size, const struct wire_header *h,
                               struct wire_auth *ret);
/* Writes the part before the trailer, which wire_append_auth adds. */
void wire_put_auth3(uint8_t to[WIRE_AUTH3_SIZE], const struct wire_header *h);

/* co_cancel, orphaned, shutdown: a header, perhaps a trailer. */
enum wire_error wire_get_control(const uint8_t *pdu, size_t size, const struct wire_header *h,
                                 struct wire_auth *ret);
void wire_put_control(uint8_t to[WIRE_HEADER_SIZE], const struct wire_header *h);

#endif
