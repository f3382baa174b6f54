/* SPDX-License-Identifier: Apache-2.0
 *
 * temp_most_test.c - a temporary table that sorts more than memory, with a long value in it, too
 *
 *     jet-temp-most [ROWS [OCTETS]]      so many rows of 1000 octets, and a value of so many octets
 *
 * Memory is what the process has resident beyond what it had before.
 */
#include "fixture.h"

#include <stdlib.h>

#define ROW      1000u
#define PIECE    (1u << 20)
#define MORE_MAX (192ul << 20) /* the temporary store's buffers and caches, and something ... */
#define PART     64 /* ... and of what is written, for the indexes of its files, one part */

static unsigned long rows = 200000, octets = 64ul << 20;

struct most {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID ids[3]; /* key, octets, long value */
    unsigned long base, peak;
    unsigned char piece[PIECE], have[PIECE];
};

static struct most m;

static void look(const char *done)
{
    unsigned long now = fixture_resident();

    if (now > m.peak)
        m.peak = now;
    if (done != NULL)
        print_message("# %s: %lu MiB more, %lu at most\n", done, (now - m.base) >> 20,
                      (m.peak - m.base) >> 20);
}

/* Each number below 2^32 once, in no order. */
static uint32_t scatter(uint32_t n)
{
    n *= 0x9e3779b1u;
    n ^= n >> 15;
    return n * 0x85ebca6bu;
}

static void fill(unsigned char *to, unsigned size, uint64_t r)
{
    for (unsigned i = 0; i < size; i += 8) {
        r = r * UINT64_C(6364136223846793005) + 1442695040888963407u;
        memcpy(to + i, &r, 8);
    }
}

static void make(const struct fixture *f)
{
    static const JET_COLUMNDEF columns[] = {
        {.cbStruct = sizeof *columns,
         .coltyp = JET_coltypUnsignedLong,
         .grbit = JET_bitColumnTTKey},
        {.cbStruct = sizeof *columns, .coltyp = JET_coltypLongBinary},
        {.cbStruct = sizeof *columns, .coltyp = JET_coltypLongBinary},
    };

    m.session = f->session;
    OK(JetOpenTempTable(m.session, columns, 3, JET_bitTTScrollable | JET_bitTTUpdatable, &m.table,
                        m.ids));
    m.base = fixture_resident();
}

static void set(unsigned column, const void *data, unsigned long size)
{
    OK(JetSetColumn(m.session, m.table, m.ids[column], data, size, 0, NULL));
}

static void insert_rows(void)
{
    for (uint32_t n = 0; n < rows; n++) {
        uint32_t key = scatter(n);

        OK(JetPrepareUpdate(m.session, m.table, JET_prepInsert));
        set(0, &key, sizeof key);
        fill(m.piece, ROW, key);
        set(1, m.piece, ROW);
        OK(JetUpdate(m.session, m.table, NULL, 0, NULL));
        if (n % 1000 == 0)
            look(NULL);
    }
}

static void read_rows(void)
{
    JET_ERR err = JetMove(m.session, m.table, JET_MoveFirst, 0);
    unsigned long count = 0, size = 0;
    uint32_t before = 0;

    for (; err == JET_errSuccess; count++) {
        uint32_t key = 0;

        OK(JetRetrieveColumn(m.session, m.table, m.ids[0], &key, sizeof key, NULL, 0, NULL));
        assert_true(count == 0 || key > before);
        before = key;
        OK(JetRetrieveColumn(m.session, m.table, m.ids[1], m.have, ROW, &size, 0, NULL));
        fill(m.piece, ROW, key);
        assert_memory_equal(m.have, m.piece, ROW);
        if (count % 1000 == 0)
            look(NULL);
        err = JetMove(m.session, m.table, JET_MoveNext, 0);
    }
    GIVES(JET_errNoCurrentRecord, err);
    assert_int_equal(count, rows);
}

static unsigned long piece_at(unsigned long at, unsigned long size)
{
    return size - at < PIECE ? size - at : PIECE;
}

static void append_value(void)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    for (unsigned long at = 0; at < octets; at += PIECE) {
        fill(m.piece, PIECE, at);
        OK(JetSetColumn(m.session, m.table, m.ids[2], m.piece, piece_at(at, octets),
                        JET_bitSetAppendLV, &info));
        look(NULL);
    }
}

/* The first `size` octets as they were appended; all but `changed`. */
static void value_is(unsigned long size, unsigned long changed)
{
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    for (unsigned long at = 0; at < size; at += PIECE) {
        unsigned long n = piece_at(at, size), left = 0;

        info.ibLongValue = at;
        GIVES(size - at > PIECE ? JET_wrnBufferTruncated : JET_errSuccess,
              JetRetrieveColumn(m.session, m.table, m.ids[2], m.have, PIECE, &left, 0, &info));
        assert_int_equal(left, size - at);
        fill(m.piece, PIECE, at);
        if (changed >= at && changed < at + n)
            m.piece[changed - at] ^= 0xff;
        assert_memory_equal(m.have, m.piece, n);
        look(NULL);
    }
}

/* A row with a long value, which is read, changed in its middle, cut, and given up. */
static void long_value(void)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1, .ibLongValue = octets / 2};
    unsigned char bookmark[JET_cbBookmarkMost], octet;
    unsigned long size = 0;
    uint32_t key = 0;

    OK(JetPrepareUpdate(m.session, m.table, JET_prepInsert));
    set(0, &key, sizeof key);
    append_value();
    OK(JetPrepareUpdate(m.session, m.table, JET_prepCancel));
    look("a value is streamed, and given up");
    OK(JetPrepareUpdate(m.session, m.table, JET_prepInsert));
    set(0, &key, sizeof key);
    append_value();
    OK(JetUpdate(m.session, m.table, bookmark, sizeof bookmark, &size));
    OK(JetGotoBookmark(m.session, m.table, bookmark, size));
    value_is(octets, octets);
    look("it is there");
    fill(m.piece, PIECE, octets / 2 / PIECE * PIECE);
    octet = m.piece[octets / 2 % PIECE] ^ 0xff;
    OK(JetPrepareUpdate(m.session, m.table, JET_prepReplace));
    OK(JetSetColumn(m.session, m.table, m.ids[2], &octet, 1, JET_bitSetOverwriteLV, &info));
    OK(JetUpdate(m.session, m.table, NULL, 0, NULL));
    value_is(octets, octets / 2);
    OK(JetPrepareUpdate(m.session, m.table, JET_prepReplace));
    OK(JetSetColumn(m.session, m.table, m.ids[2], NULL, PIECE, JET_bitSetSizeLV, &info));
    OK(JetUpdate(m.session, m.table, NULL, 0, NULL));
    value_is(PIECE, octets);
    OK(JetDelete(m.session, m.table));
    look("and changed, cut, deleted");
}

static void more_than_memory(void **state)
{
    make(*state);
    insert_rows();
    look("rows are sorted");
    read_rows();
    look("rows are read");
    long_value();
    OK(JetCloseTable(m.session, m.table));
    print_message("# %lu MiB in rows and a value of %lu MiB: %lu MiB more than before at most\n",
                  rows * ROW >> 20, octets >> 20, (m.peak - m.base) >> 20);
    assert_true(m.peak - m.base < MORE_MAX + (rows * ROW + 2 * octets) / PART);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(more_than_memory, fixture_up, fixture_down),
    };

    if (argc > 1)
        rows = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        octets = strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests_name("jet_temp_most", tests, NULL, NULL);
}
