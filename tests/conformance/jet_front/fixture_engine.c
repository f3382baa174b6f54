/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture_engine.c - the front over the engine of this library, or over a server at HOLDFAST_ADDRESS
 *
 * A server breaks as in life: the connections to it end. A folder does not break on demand.
 */
#include "fixture.h"

#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

static void nothing(void)
{
}

static bool at_address(void)
{
    return getenv("HOLDFAST_ADDRESS") != NULL;
}

static void cut_connections(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry = NULL;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (strtol(entry->d_name, NULL, 10) > STDERR_FILENO)
            (void)shutdown((int)strtol(entry->d_name, NULL, 10), SHUT_RDWR);
    (void)closedir(dir);
}

/* Nobody knows before something is asked of the server: here another session does. */
static void break_it(void)
{
    struct fx other;

    fx_second(&fx, &other);
    cut_connections();
    assert_jet(do_insert(&other, 1234567), JET_errInstanceUnavailable);
}

const struct fx_engine fx_engine = {
    .reset = nothing, .can_break = at_address, .break_it = break_it, .verify = nothing};
