/* SPDX-License-Identifier: Apache-2.0
 *
 * refused_test.c - Windows databases that JetAttachDatabase refuses, each with its error: one that is
 * good, with one number of its header changed
 */
#include "ese/edb/edb_build.h"
#include "ese/format/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <esent.h>

#include <stdio.h>
#include <stdlib.h>

#define PAGE 4096

struct fixture {
    char folder[64], path[80];
    JET_INSTANCE instance;
    JET_SESID session;
};

static int start(void **state)
{
    static struct fixture f;
    char system_path[80];

    snprintf(f.folder, sizeof f.folder, "%s/hf-edb-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f.folder));
    snprintf(f.path, sizeof f.path, "%s/other.edb", f.folder);
    snprintf(system_path, sizeof system_path, "%s/", f.folder);
    f.instance = 0;
    assert_int_equal(JetCreateInstanceA(&f.instance, f.folder), 0);
    assert_int_equal(JetSetSystemParameterA(&f.instance, 0, JET_paramSystemPath, 0, system_path),
                     0);
    assert_int_equal(JetSetSystemParameterA(&f.instance, 0, JET_paramLogFilePath, 0, system_path),
                     0);
    assert_int_equal(JetInit(&f.instance), 0);
    assert_int_equal(JetBeginSessionA(f.instance, &f.session, "", ""), 0);
    *state = &f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    char command[100];

    assert_int_equal(JetTerm(f->instance), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    return system(command);
}

/* The u32 at `offset` of the header has this value, and the header's checksum agrees. */
static void write_database(const struct fixture *f, size_t offset, uint32_t value)
{
    FILE *file = fopen(f->path, "wb");
    struct edb_build b;

    assert_non_null(file);
    edb_build_sample(&b, PAGE);
    if (offset != 0)
        ese_put_u32(b.data + offset, value);
    edb_build_seal(&b);
    assert_int_equal(fwrite(b.data, 1, b.size, file), b.size);
    assert_int_equal(fclose(file), 0);
    edb_build_fini(&b);
}

static void forms_that_are_not_read(void **state)
{
    static const struct {
        const char *what;
        size_t offset;
        uint32_t value;
        JET_ERR want;
    } cases[] = {
        {"nothing is changed", 0, 0, JET_errSuccess},
        {"the next format version", 8, 0x621, JET_errInvalidDatabaseVersion},
        {"an older format version", 8, 0x600, JET_errInvalidDatabaseVersion},
        {"a format update that is not known", 232, 100000, JET_errInvalidDatabaseVersion},
        {"pages of 2 KiB", 236, 2048, JET_errInvalidDatabaseVersion},
        {"a log file", 667, 2, JET_errInvalidDatabaseVersion},
        {"not shut down cleanly", 52, EDB_STATE_DIRTY, JET_errDatabaseDirtyShutdown},
        {"no ESE file", 4, 0x12345678, JET_errDatabaseCorrupted},
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        JET_ERR err;

        write_database(f, cases[i].offset, cases[i].value);
        err = JetAttachDatabaseA(f->session, f->path, JET_bitDbReadOnly);
        if (err != cases[i].want)
            fail_msg("%s: %d, not %d", cases[i].what, err, cases[i].want);
        if (!err)
            assert_int_equal(JetDetachDatabaseA(f->session, f->path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forms_that_are_not_read, start, stop),
    };

    return cmocka_run_group_tests_name("edb_refused", tests, NULL, NULL);
}
