/* SPDX-License-Identifier: Apache-2.0
 *
 * status_test.c - the mapping of fault codes against an independent transcription of the tables
 */
#include "rpc/core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <rpcnterr.h>

/* MS-RPCE 3.1.1.5.5, in the order of the codes: what a client reports. */
static const struct {
    uint32_t fault;
    uint32_t status;
} client[] = {
    {0x1C000001, RPC_S_ZERO_DIVIDE},
    {0x1C000002, RPC_S_ADDRESS_ERROR},
    {0x1C000003, RPC_S_FP_DIV_ZERO},
    {0x1C000004, RPC_S_FP_UNDERFLOW},
    {0x1C000005, RPC_S_FP_OVERFLOW},
    {0x1C000006, RPC_S_INVALID_TAG},
    {0x1C000007, RPC_S_INVALID_BOUND},
    {0x1C000008, RPC_S_PROTOCOL_ERROR},
    {0x1C000009, RPC_S_CALL_FAILED},
    {0x1C00000A, RPC_S_CALL_FAILED_DNE},
    {0x1C00000B, RPC_S_CALL_FAILED},
    {0x1C00000C, RPC_S_CALL_FAILED_DNE},
    {0x1C00000D, RPC_S_CALL_CANCELLED},
    {0x1C00000E, RPC_S_ADDRESS_ERROR},
    {0x1C00000F, RPC_S_FP_OVERFLOW},
    {0x1C000010, RPC_S_ADDRESS_ERROR},
    {0x1C000012, RPC_S_CALL_FAILED},
    {0x1C000013, 0x1C000013},
    {0x1C000014, RPC_X_PIPE_EMPTY},
    {0x1C000015, RPC_X_PIPE_CLOSED},
    {0x1C000016, RPC_X_WRONG_PIPE_ORDER},
    {0x1C000017, RPC_X_PIPE_DISCIPLINE_ERROR},
    {0x1C000018, RPC_S_COMM_FAILURE},
    {0x1C000019, RPC_S_OUT_OF_MEMORY},
    {0x1C00001A, RPC_X_SS_CONTEXT_MISMATCH},
    {0x1C00001B, RPC_S_SERVER_OUT_OF_MEMORY},
    {0x1C00001C, RPC_S_PROTOCOL_ERROR},
    {0x1C00001D, RPC_S_UNSUPPORTED_AUTHN_LEVEL},
    {0x1C00001F, RPC_S_CALL_FAILED_DNE},
    {0x1C000020, RPC_S_CALL_FAILED_DNE},
    {0x1C000021, 0x1C000021},
    {0x1C000022, 0x1C000022},
    {0x1C000023, 0x1C000023},
    {0x1C000024, 0x1C000024},
    {0x1C000025, 0x1C000025},
    {0x1C010001, RPC_S_COMM_FAILURE},
    {0x1C010002, RPC_S_PROCNUM_OUT_OF_RANGE},
    {0x1C010003, RPC_S_UNKNOWN_IF},
    {0x1C010006, 0x1C010006},
    {0x1C010009, RPC_S_CALL_FAILED},
    {0x1C01000B, RPC_S_PROTOCOL_ERROR},
    {0x1C010013, RPC_S_SERVER_OUT_OF_MEMORY},
    {0x1C010014, RPC_S_SERVER_TOO_BUSY},
    {0x1C010017, RPC_S_UNSUPPORTED_TYPE},
    /* not in the table: the program's own, and plain Win32 codes */
    {5, RPC_S_ACCESS_DENIED},
    {0x6BD, RPC_S_NO_CALL_ACTIVE},
    {0x6F7, RPC_X_BAD_STUB_DATA},
    {0x721, RPC_S_SEC_PKG_ERROR},
    {0xE0001234, 0xE0001234},
};

static const uint32_t never_sent[] = {
    0,          0x80000001, 0x80000002, 0x80000003, 0xC0000005, 0xC0000006, 0xC000001D,
    0xC0000096, 0xC00000AA, 0xC00000FD, 0xC0000194, 0xC0000235, 0xC0000409, 0xC0000420,
};

static void client_maps_every_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof client / sizeof *client; i++) {
        if ((uint32_t)rpc_status_from_fault(client[i].fault) != client[i].status)
            fail_msg("fault %x", client[i].fault);
    }
    for (size_t i = 0; i < sizeof never_sent / sizeof *never_sent; i++)
        assert_int_equal(rpc_status_from_fault(never_sent[i]), RPC_S_PROTOCOL_ERROR);
}

/* Whatever a server sends for a status is reported as that status again, where there is a fault
 * code for it at all; 14 alone becomes 1130. */
static void server_applies_the_inverse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof client / sizeof *client; i++) {
        uint32_t status = client[i].status;
        uint32_t fault = rpc_fault_from_status((RPC_STATUS)status);

        if (status == RPC_S_OUT_OF_MEMORY)
            status = RPC_S_SERVER_OUT_OF_MEMORY;
        if ((uint32_t)rpc_status_from_fault(fault) != status)
            fail_msg("status %u is sent as %x", status, fault);
        if (client[i].fault >> 16 == 0x1C00 || client[i].fault >> 16 == 0x1C01)
            assert_true(fault >> 16 == 0x1C00 || fault >> 16 == 0x1C01);
    }
    assert_int_equal(rpc_fault_from_status(6), NCA_S_FAULT_CONTEXT_MISMATCH);
    assert_int_equal(rpc_fault_from_status(14), NCA_S_FAULT_REMOTE_NO_MEMORY);
    assert_int_equal(rpc_fault_from_status(1130), NCA_S_FAULT_REMOTE_NO_MEMORY);
    assert_int_equal(rpc_fault_from_status(1726), NCA_S_FAULT_UNSPEC);
    assert_int_equal(rpc_fault_from_status(1727), NCA_S_MANAGER_NOT_ENTERED);
    assert_int_equal(rpc_fault_from_status(1728), NCA_S_PROTO_ERROR);
    assert_int_equal(rpc_fault_from_status(1733), NCA_S_FAULT_INVALID_TAG);
    assert_int_equal(rpc_fault_from_status(1768), NCA_S_FAULT_ADDR_ERROR);
    assert_int_equal(rpc_fault_from_status(1783), 1783);
    assert_int_equal(rpc_fault_from_status(42), 42);
}

static void exceptions_of_machines_are_not_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof never_sent / sizeof *never_sent; i++) {
        uint32_t fault = rpc_fault_from_status((RPC_STATUS)never_sent[i]);

        assert_true(fault == NCA_S_FAULT_UNSPEC || fault == NCA_S_FAULT_ADDR_ERROR);
    }
    assert_int_equal(rpc_fault_from_status((RPC_STATUS)0xC0000005), NCA_S_FAULT_ADDR_ERROR);
}

static void bind_answers_have_their_status(void **state)
{
    (void)state;
    assert_int_equal(rpc_status_from_nak(0), RPC_S_CALL_FAILED_DNE);
    assert_int_equal(rpc_status_from_nak(1), RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(rpc_status_from_nak(2), RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(rpc_status_from_nak(4), RPC_S_PROTOCOL_ERROR);
    assert_int_equal(rpc_status_from_nak(8), RPC_S_UNKNOWN_AUTHN_SERVICE);
    assert_int_equal(rpc_status_from_nak(9), RPC_S_ACCESS_DENIED);
    assert_int_equal(rpc_status_from_nak(77), RPC_S_CALL_FAILED_DNE);
    assert_int_equal(rpc_status_from_result(0, 9), RPC_S_OK);
    assert_int_equal(rpc_status_from_result(1, 1), RPC_S_CALL_FAILED_DNE);
    assert_int_equal(rpc_status_from_result(2, 1), RPC_S_UNKNOWN_IF);
    assert_int_equal(rpc_status_from_result(2, 2), RPC_S_UNSUPPORTED_TRANS_SYN);
    assert_int_equal(rpc_status_from_result(2, 3), RPC_S_CALL_FAILED_DNE);
    assert_int_equal(rpc_status_from_result(9, 0), RPC_S_CALL_FAILED_DNE);
}

static void every_code_has_name_and_text_once(void **state)
{
    uint32_t last = 0;
    static const uint32_t codes[] = {
#define STATUS(name, code, text) code,
#include "rpc/core/status.def"
    };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const char *name = rpc_status_name((RPC_STATUS)codes[i]);
        const char *text = rpc_status_text((RPC_STATUS)codes[i]);

        assert_true(i == 0 || codes[i] > last || codes[i] >> 16 != 0);
        last = codes[i];
        assert_non_null(name);
        assert_true(text[strlen(text) - 1] == '.' && strlen(text) < 100);
    }
    assert_string_equal(rpc_status_name(1722), "RPC_S_SERVER_UNAVAILABLE");
    assert_string_equal(rpc_status_name(0x1C000013), "NCA_S_FAULT_REMOTE_COMM_FAILURE");
    assert_null(rpc_status_name(4711));
    assert_null(rpc_status_text(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_maps_every_fault),
        cmocka_unit_test(server_applies_the_inverse),
        cmocka_unit_test(exceptions_of_machines_are_not_sent),
        cmocka_unit_test(bind_answers_have_their_status),
        cmocka_unit_test(every_code_has_name_and_text_once),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
