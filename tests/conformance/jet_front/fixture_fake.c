/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture_fake.c - the front over the fake provider
 */
#include "fixture.h"

#include "ese/api/providers.h"
#include "fake.h"

static void reset(void)
{
    jet_provider_use(&fake_provider);
    fake_reset();
}

static void verify(void)
{
    assert_int_equal(fake_counts.overlaps, 0);
}

static bool always(void)
{
    return true;
}

static void break_it(void)
{
    fake_break(JET_errInstanceUnavailable);
}

static void fill_its_disk(void)
{
    fake_break(JET_errInstanceUnavailableDueToFatalLogDiskFull);
}

const struct fx_engine fx_engine = {.reset = reset,
                                    .break_it = break_it,
                                    .can_fill = always,
                                    .fill_its_disk = fill_its_disk,
                                    .can_restore = always,
                                    .verify = verify};
