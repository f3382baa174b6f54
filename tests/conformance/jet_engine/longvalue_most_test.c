/* SPDX-License-Identifier: Apache-2.0
 *
 * longvalue_most_test.c - the longest value there is, and how little of it is in memory
 *
 *     jet-longvalue-most [OCTETS]      2 GiB - 1 when it is not told
 *
 * Memory is what the process has resident, compared with what it had when the store's own buffers and
 * cache were full of other work. It grows by the indexes of the store's files, a hundredth of what lies
 * in them, which is the value several times over.
 */
#include "fixture.h"

#include <stdlib.h>

#define PIECE    (1u << 20)
#define WARM     (300u << 20)
#define MORE_MAX (200ul << 20)

static unsigned long most = 0x7fffffff;

struct most {
    JET_SESID session;
    JET_TABLEID table;
    JET_COLUMNID key, value;
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
        print_message("# %s: %lu MiB resident, %lu at most\n", done, now >> 20, m.peak >> 20);
}

/* Each MiB has octets of its own. */
static void fill(unsigned char *to, unsigned long at)
{
    uint64_t r = at / PIECE * UINT64_C(0x9e3779b97f4a7c15) + 1;

    for (unsigned i = 0; i < PIECE; i += 8) {
        r ^= r << 13;
        r ^= r >> 7;
        r ^= r << 17;
        memcpy(to + i, &r, 8);
    }
}

static unsigned long piece_at(unsigned long at, unsigned long size)
{
    return size - at < PIECE ? size - at : PIECE;
}

static void append(unsigned long size)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    for (unsigned long at = 0; at < size; at += PIECE) {
        fill(m.piece, at);
        OK(JetSetColumn(m.session, m.table, m.value, m.piece, piece_at(at, size),
                        JET_bitSetAppendLV, &info));
        look(NULL);
    }
}

static void begin_row(int32_t key)
{
    OK(JetPrepareUpdate(m.session, m.table, JET_prepInsert));
    OK(JetSetColumn(m.session, m.table, m.key, &key, sizeof key, 0, NULL));
}

static void end_row(void)
{
    unsigned char b[JET_cbBookmarkMost];
    unsigned long size = 0;

    OK(JetUpdate(m.session, m.table, b, sizeof b, &size));
    OK(JetCommitTransaction(m.session, 0));
    OK(JetBeginTransaction(m.session));
    OK(JetGotoBookmark(m.session, m.table, b, size));
    look(NULL);
}

static void resize(unsigned long size)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    OK(JetPrepareUpdate(m.session, m.table, JET_prepReplace));
    OK(JetSetColumn(m.session, m.table, m.value, NULL, size, JET_bitSetSizeLV, &info));
    end_row();
}

/* `kept` octets as they were appended, then zeros; all but `changed`. */
static void is(unsigned long size, unsigned long kept, unsigned long changed)
{
    JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    for (unsigned long at = 0; at < size; at += PIECE) {
        unsigned long n = piece_at(at, size), left = 0;

        info.ibLongValue = at;
        GIVES(size - at > PIECE ? JET_wrnBufferTruncated : JET_errSuccess,
              JetRetrieveColumn(m.session, m.table, m.value, m.have, PIECE, &left, 0, &info));
        assert_int_equal(left, size - at);
        fill(m.piece, at);
        if (at + n > kept)
            memset(m.piece + (at < kept ? kept - at : 0), 0, PIECE - (at < kept ? kept - at : 0));
        if (changed >= at && changed < at + n)
            m.piece[changed - at] ^= 0xff;
        assert_memory_equal(m.have, m.piece, n);
        look(NULL);
    }
}

static void flip(unsigned long at)
{
    JET_RETINFO from = {.cbStruct = sizeof from, .itagSequence = 1, .ibLongValue = at};
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1, .ibLongValue = at};
    unsigned char octet = 0;

    (void)JetRetrieveColumn(m.session, m.table, m.value, &octet, 1, NULL, 0, &from);
    octet ^= 0xff;
    OK(JetPrepareUpdate(m.session, m.table, JET_prepReplace));
    OK(JetSetColumn(m.session, m.table, m.value, &octet, 1, JET_bitSetOverwriteLV, &info));
    end_row();
}

static void the_longest_value(void **state)
{
    const struct fixture *f = *state;
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = 1};

    m.session = f->session;
    OK(JetCreateTableA(f->session, f->db, "most", 0, 100, &m.table));
    m.key = add(f->session, m.table, "key", JET_coltypLong, 0, NULL, 0);
    m.value = add(f->session, m.table, "value", JET_coltypLongBinary, 0, NULL, 0);
    index_make(f->session, m.table, "p", "+key\0", 6, JET_bitIndexPrimary);
    look("the instance");
    begin_row(1);
    append(WARM);
    end_row();
    is(WARM, WARM, WARM);
    m.base = m.peak;
    look("buffers and cache are full");
    begin_row(2);
    append(most);
    GIVES(JET_errColumnTooBig, JetSetColumn(m.session, m.table, m.value, "x", 0x80000000 - most,
                                            JET_bitSetAppendLV, &info));
    look("the value is made");
    end_row();
    is(most, most, most);
    look("it is read");
    flip(most / 2 + 1);
    is(most, most, most / 2 + 1);
    flip(most / 2 + 1);
    resize(most - most / 64);
    resize(most);
    is(most, most - most / 64, most);
    look("cut and grown");
    resize(12345);
    is(12345, 12345, 12345);
    resize(most);
    is(most, 12345, most);
    look("cut to little, and grown again with zeros");
    resize(0);
    OK(JetDelete(m.session, m.table));
    OK(JetCommitTransaction(m.session, 0));
    print_message("# %lu octets: %lu MiB above the base of %lu\n", most, (m.peak - m.base) >> 20,
                  m.base >> 20);
    assert_true(m.peak - m.base < MORE_MAX);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_longest_value, fixture_up, fixture_down),
    };

    if (argc > 1)
        most = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests_name("jet_longvalue_most", tests, NULL, NULL);
}
