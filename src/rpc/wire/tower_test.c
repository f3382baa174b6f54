/* SPDX-License-Identifier: Apache-2.0
 *
 * tower_test.c - towers as other implementations write them, ours, and broken ones
 */
#include "rpc/wire/tower.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ncacn_ip_tcp, port 49664, 192.0.2.7: as C706 appendix L lays it out. */
static const uint8_t tcp[] = {
    5,    0,                                                          /* floors */
    19,   0,    0x0d, 0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, /* interface */
    0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb, 1,    0,    2,
    0,    7,    0,                                                    /* its minor version */
    19,   0,    0x0d, 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, /* NDR */
    0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2,    0,    2,
    0,    0,    0,                                     /* */
    1,    0,    0x0b, 2,    0,    0,    0,             /* connection-oriented */
    1,    0,    0x07, 2,    0,    0xc2, 0x00,          /* port */
    1,    0,    0x09, 4,    0,    192,  0,    2,    7, /* address */
};

static const RPC_SYNTAX_IDENTIFIER netlogon = {
    {0x12345678, 0x1234, 0xabcd, {0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb}}, {1, 7}};

static void reads_tcp(void **state)
{
    struct wire_tower t;

    (void)state;
    assert_int_equal(sizeof tcp, 75);
    assert_true(wire_get_tower(tcp, sizeof tcp, &t));
    assert_true(wire_syntax_equal(&t.interface, &netlogon));
    assert_true(wire_syntax_equal(&t.transfer, &wire_ndr20));
    assert_int_equal(t.protocol, WIRE_FLOOR_NCACN);
    assert_int_equal(t.transport, WIRE_FLOOR_TCP);
    assert_int_equal(t.port, 49664);
    assert_memory_equal(t.address, ((uint8_t[]){192, 0, 2, 7}), 4);
    assert_string_equal(wire_tower_protseq(&t), "ncacn_ip_tcp");
}

static void writes_tcp(void **state)
{
    struct wire_tower t = {.interface = netlogon,
                           .transfer = wire_ndr20,
                           .protocol = WIRE_FLOOR_NCACN,
                           .transport = WIRE_FLOOR_TCP,
                           .port = 49664,
                           .address = {192, 0, 2, 7}};
    uint8_t to[WIRE_TOWER_SIZE];

    (void)state;
    assert_int_equal(wire_put_tower(to, sizeof to, &t), sizeof tcp);
    assert_memory_equal(to, tcp, sizeof tcp);
    assert_int_equal(wire_put_tower(to, sizeof tcp - 1, &t), 0);
    t.transport = WIRE_FLOOR_HTTP;
    assert_int_equal(wire_put_tower(to, sizeof to, &t), 0);
}

static void local_names(void **state)
{
    struct wire_tower t = {.interface = netlogon,
                           .transfer = wire_ndr64,
                           .protocol = WIRE_FLOOR_NCALRPC,
                           .transport = WIRE_FLOOR_LOCAL_NAME,
                           .endpoint = "/run/holdfast/notebook"};
    struct wire_tower back;
    uint8_t to[WIRE_TOWER_SIZE];
    size_t size = wire_put_tower(to, sizeof to, &t);

    (void)state;
    assert_int_not_equal(size, 0);
    assert_true(wire_get_tower(to, size, &back));
    assert_string_equal(back.endpoint, t.endpoint);
    assert_true(wire_syntax_equal(&back.transfer, &wire_ndr64));
    assert_true(wire_tower_same_way(&t, &back));
    assert_string_equal(wire_tower_protseq(&back), "ncalrpc");
    to[size - 1] = 'x'; /* the terminator */
    assert_false(wire_get_tower(to, size, &back));
}

/* A tower cut anywhere is none; nothing behind the end is read (asan). */
static void cut_towers(void **state)
{
    struct wire_tower t;

    (void)state;
    for (size_t n = 0; n < sizeof tcp; n++)
        assert_false(wire_get_tower(tcp, n, &t));
}

static void wrong_towers(void **state)
{
    uint8_t bad[sizeof tcp + 64];
    struct wire_tower t;

    (void)state;
    memset(bad, 0, sizeof bad);
    memcpy(bad, tcp, sizeof tcp);
    bad[0] = 7; /* more than 6 floors */
    assert_false(wire_get_tower(bad, sizeof bad, &t));
    bad[0] = 2; /* no protocol */
    assert_false(wire_get_tower(bad, sizeof bad, &t));
    bad[0] = 5;
    bad[4] = 0x0c; /* the first floor is no UUID */
    assert_false(wire_get_tower(bad, sizeof bad, &t));
    bad[4] = 0x0d;
    bad[2] = 0xff; /* a side beyond the end */
    bad[3] = 0xff;
    assert_false(wire_get_tower(bad, sizeof bad, &t));
    memcpy(bad, tcp, sizeof tcp);
    bad[54] = 0x55; /* a transport nobody knows: read, without name */
    bad[61] = 0x56;
    assert_true(wire_get_tower(bad, sizeof tcp, &t));
    assert_null(wire_tower_protseq(&t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tcp),  cmocka_unit_test(writes_tcp),   cmocka_unit_test(local_names),
        cmocka_unit_test(cut_towers), cmocka_unit_test(wrong_towers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
