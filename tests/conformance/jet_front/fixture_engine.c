/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture_engine.c - the front over the engine of this library, or over a server at HOLDFAST_ADDRESS
 *
 * Both break as in life: the connections to a server end, a commit's write to the log fails.
 */
#include "fixture.h"

#include "fault.h"

#include <dirent.h>
#include <errno.h>
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

/* The log of the folder fails, once for all, under the commit of another session. */
static void fail_log(int error, JET_ERR commit)
{
    struct fx other;

    fx_second(&fx, &other);
    fault_arm(FAULT_WRITE, ".log", 1, 0, error);
    assert_jet(do_begin(&other, 0), JET_errSuccess);
    assert_jet(do_insert(&other, 1234567), JET_errSuccess);
    assert_jet(do_commit(&other, 0), commit);
    fault_disarm();
}

/* Nobody knows before something is asked of the server: here another session does. */
static void lose_server(void)
{
    struct fx other;

    fx_second(&fx, &other);
    cut_connections();
    assert_jet(do_insert(&other, 1234567), JET_errInstanceUnavailable);
}

static void break_it(void)
{
    if (at_address())
        lose_server();
    else
        fail_log(EIO, JET_errLogWriteFail);
}

static bool in_folder(void)
{
    return !at_address();
}

static void fill_its_disk(void)
{
    fail_log(ENOSPC, JET_errLogDiskFull);
}

const struct fx_engine fx_engine = {.reset = nothing,
                                    .break_it = break_it,
                                    .can_fill = in_folder,
                                    .fill_its_disk = fill_its_disk,
                                    .can_restore = in_folder,
                                    .verify = nothing};
