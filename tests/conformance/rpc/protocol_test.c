/* SPDX-License-Identifier: Apache-2.0
 *
 * protocol_test.c - smoke
 */
#include "raw.h"
#include "probe.h"

#include <cmocka.h>
#include <string.h>

static uint16_t port;

static int serve(void **state)
{
    (void)state;
    port = probe_serve();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    probe_stop();
    return 0;
}

static void smoke(void **state)
{
    struct raw r;
    uint8_t out[64];
    int32_t value = 42;
    size_t size = sizeof out;
    uint8_t handle[20];

    (void)state;
    raw_connect(&r, port);
    raw_bind(&r, &probe_interface.id, 0, 0);
    size = 0;
    assert_int_equal(raw_call(&r, PROBE_NULL, NULL, 0, NULL, &size), 0);
    size = sizeof out;
    assert_int_equal(raw_call(&r, PROBE_OPEN, &value, 4, out, &size), 0);
    assert_int_equal(size, 20);
    memcpy(handle, out, 20);
    size = sizeof out;
    assert_int_equal(raw_call(&r, PROBE_USE, handle, 20, out, &size), 0);
    assert_int_equal(out[0], 42);
    size = sizeof out;
    assert_int_equal(raw_call(&r, PROBE_CLOSE, handle, 20, out, &size), 0);
    assert_int_equal(raw_call(&r, PROBE_USE, handle, 20, out, &size), 0x1C00001A);
    raw_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(smoke, serve, stop),
    };

    return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
