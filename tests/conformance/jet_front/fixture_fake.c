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

const struct fx_engine fx_engine = {
    .reset = reset, .break_it = fake_break, .restores = true, .verify = verify};
