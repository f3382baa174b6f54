/* SPDX-License-Identifier: Apache-2.0
 *
 * moving.c - moving from row to row, and seeking keys (ese-api 3 and 8)
 */
#include "kit.h"

static const struct script moving[] = {
    {"first", "the first row is that with the smallest key", "2 1 3", "first=1", 0},
    {"last", "the last row is that with the greatest key", "2 3 1", "last=3", 0},
    {"next", "next goes in the order of keys", "2 1 3", "first=1 next=2 next=3", 0},
    {"previous", "previous goes against it", "2 1 3", "last=3 prev=2 prev=1", 0},
    {"a fresh cursor", "a cursor that never moved reads the first row", "2 1 3", "look=1", 0},
    {"next of a fresh cursor", "its next is the second row", "2 1 3", "next=2", 0},
    {"previous of a fresh cursor", "its previous is before the first row", "2 1 3",
     "prev!NoCurrentRecord=none next=1", 0},
    {"past the end", "next of the last row stands behind it", "1 2",
     "last next!NoCurrentRecord=none", 0},
    {"past the end twice", "again does not go further away", "1 2",
     "last next!NoCurrentRecord next!NoCurrentRecord prev=2", 0},
    {"back from the end", "previous from behind the end is the last row", "1 2",
     "last next!NoCurrentRecord prev=2", 0},
    {"before the start", "previous of the first row stands before it", "1 2",
     "first prev!NoCurrentRecord=none", 0},
    {"before the start twice", "again does not go further away", "1 2",
     "first prev!NoCurrentRecord prev!NoCurrentRecord next=1", 0},
    {"stay", "a move by 0 says that the row is there", "1 2", "first stay=1 next stay=2", 0},
    {"stay beyond the end", "a move by 0 says that no row is there", "1 2",
     "last next!NoCurrentRecord stay!NoCurrentRecord", 0},
    {"by two", "a move by 2 passes one row", "1 2 3 4", "first move:2=3", 0},
    {"by minus two", "a move by -2 passes one row", "1 2 3 4", "last move:-2=2", 0},
    {"by too many", "a move further than the rows ends behind the last", "1 2 3 4",
     "first move:9!NoCurrentRecord=none prev=4", 0},
    {"by minus too many", "a move back further than the rows ends before the first", "1 2 3 4",
     "last move:-9!NoCurrentRecord=none next=1", 0},
    {"exactly to the last", "a move that just reaches the last row is good", "1 2 3 4",
     "first move:3=4", 0},
    {"one too many", "one more is not", "1 2 3 4", "first move:4!NoCurrentRecord=none", 0},
    {"negative keys", "negative numbers come before 0", "0 -1 1 -2147483648 2147483647",
     "first=-2147483648 next=-1 next=0 next=1 next=2147483647 next!NoCurrentRecord", 0},
    {"one row", "the only row is first and last", "7", "first=7 last=7 next!NoCurrentRecord prev=7",
     0},
    {"empty: first", "an empty table has no first row", "", "first!NoCurrentRecord=none", 0},
    {"empty: last", "an empty table has no last row", "", "last!NoCurrentRecord=none", 0},
    {"empty: next", "an empty table has no next row", "", "next!NoCurrentRecord=none", 0},
    {"empty: previous", "an empty table has no previous row", "", "prev!NoCurrentRecord=none", 0},
    {"empty: stay", "a move by 0 finds nothing in an empty table", "", "stay!NoCurrentRecord", 0},
    {"empty: fresh", "a fresh cursor of an empty table has no row", "", "look!NoCurrentRecord", 0},
    {"empty, by secondary index", "an index of an empty table has no rows", "",
     "index:both first!NoCurrentRecord last!NoCurrentRecord next!NoCurrentRecord "
     "prev!NoCurrentRecord",
     0},
    {"first by secondary index", "the first entry is that with the smallest value",
     "1:30 2:20 3:10", "index:d1 first=3", 0},
    {"last by secondary index", "the last entry is that with the greatest value", "1:30 2:20 3:10",
     "index:d1 last=1", 0},
    {"next by secondary index", "next goes in the order of values", "1:30 2:10 3:20",
     "index:d1 first=2 next=3 next=1 next!NoCurrentRecord", 0},
    {"previous by secondary index", "previous goes against it", "1:30 2:10 3:20",
     "index:d1 last=1 prev=3 prev=2 prev!NoCurrentRecord", 0},
    {"equal values", "equal values are ordered by the primary key", "3:10 1:10 2:10",
     "index:d1 first=1 next=2 next=3", 0},
    {"descending index", "a descending index has the greatest value first", "1:10 2:30 3:20",
     "index:desc first=2 next=3 next=1 next!NoCurrentRecord", 0},
    {"equal values, descending", "equal values are ordered by the ascending primary key",
     "3:10 1:10 2:10", "index:desc first=1 next=2 next=3", 0},
    {"two columns", "the second column orders rows of equal first ones", "1:10:9 2:10:5 3:5:7",
     "index:both first=3 next=2 next=1", 0},
    {"two columns, one descending", "each column has its own direction", "1:10 2:10 3:5",
     "index:withkey first=3 next=2 next=1", 0},
    {"choosing an index", "a chosen index begins with its first entry", "1:30 2:20 3:10",
     "last=3 index:d1=3", 0},
    {"choosing the primary index", "no name is the primary index", "1:30 2:20 3:10",
     "index:d1 last=1 index first=1 on:p", 0},
    {"choosing it again", "the same index again goes to its first entry", "1:30 2:20 3:10",
     "index:d1 last=1 index:d1=3", 0},
    {"an index that is not there", "an unknown name leaves the index and the row", "1 2",
     "index:d1 next=2 index:nosuch!IndexNotFound=2 on:d1", 0},
    {"names of indexes", "case does not matter in names", "1", "index:WITHKEY on:withkey", 0},
    {"keeping the row", "NoMove keeps the row", "1:30 2:20 3:10", "eq:2 keep:d1=2 next=1", 0},
    {"keeping the row, back", "NoMove keeps it on the way to the primary index", "1:30 2:20 3:10",
     "index:d1 last=1 keep:p=1 next=2", 0},
    {"keeping no row", "NoMove without a row is refused", "1",
     "last next!NoCurrentRecord "
     "keep:d1!NoCurrentRecord",
     0},
    {"keeping between indexes", "NoMove goes from one secondary index to the other",
     "1:30:1 2:20:9 3:20:5", "index:d1 last=1 prev=3 keep:both=3 next=2", 0},
    {"another key", "MoveKeyNE on a unique index is the next row", "1 2 3",
     "first otherkey:1=2 otherkey:1=3 otherkey:1!NoCurrentRecord=none", 0},
    {"another key, back", "MoveKeyNE goes back, too", "1 2 3",
     "last otherkey:-1=2 otherkey:-1=1 otherkey:-1!NoCurrentRecord=none otherkey:1=1", 0},
    {"another value", "MoveKeyNE passes rows of the same value", "3:30 6:20 2:10 4:20 1:20 5:30",
     "index:d1 first=2 otherkey:1=1 otherkey:1=3 otherkey:1!NoCurrentRecord=none", 0},
    {"another value, back", "back it comes to the last row of the value before",
     "3:30 6:20 2:10 4:20 1:20 5:30", "index:d1 last=5 otherkey:-1=6 otherkey:-1=2", 0},
    {"another value from within", "from within rows of a value it goes to the next value",
     "3:30 6:20 2:10 4:20 1:20 5:30", "index:d1 first=2 next=1 next=4 otherkey:1=3", 0},
    {"another value from the end", "from behind the end it goes to the last row", "3:30 5:30",
     "index:d1 last=5 next!NoCurrentRecord otherkey:-1=5", 0},
    {"another value, two columns", "the whole key counts, not its first column",
     "1:10:1 2:10:2 3:10:2 4:10:3", "index:both first=1 otherkey:1=2 otherkey:1=4", 0},
    {"two cursors", "a second cursor stands for itself", "1 2 3",
     "last=3 3.first=1 look=3 3.next=2", 0},
    {"a copied cursor", "JetDupCursor gives one that never moved", "1 2 3", "last=3 dup 3.look=1",
     0},
    {"a copied cursor's index", "it is on the primary index", "1:30 2:10",
     "index:d1 last=1 dup "
     "3.on:p",
     0},
    {"a closed cursor", "a closed cursor is none", "1", "3.close 3.first!InvalidTableId look=1", 0},
};

/* ---- seeks: rows 1 and 3, keys 0 to 4, five ways ---- */

/* What a seek gives: 0 no row; n row n; -n row n, not equal. On the index of the second column the
 * keys are ten times these; on the descending one "less" is behind. */
static const struct seek {
    const char *way;
    int row[5];
} seeks[] = {
    {"eq", {0, 1, 0, 3, 0}},   {"lt", {0, 0, 1, 1, 3}}, {"le", {0, 1, -1, 3, -3}},
    {"ge", {-1, 1, -3, 3, 0}}, {"gt", {1, 3, 3, 0, 0}},
};

static const struct place {
    const char *name, *index; /* NULL: a temporary table */
    int factor;
    bool descends;
} places[] = {
    {"the primary index", "p", 1, false},
    {"a secondary index", "d1", 10, false},
    {"a descending index", "desc", 10, true},
    {"a temporary table", NULL, 1, false},
};

/* On a descending index the way's row is that of the mirrored key. */
static int row_of(const struct seek *s, const struct place *place, int key)
{
    int row = s->row[place->descends ? 4 - key : key];

    if (!place->descends || row == 0)
        return row;
    return row < 0 ? -(4 + row) : 4 - row;
}

struct made {
    struct script script;
    char name[64], holds[96], steps[96];
};

static void add_one_seek(const struct seek *s, const struct place *place, int key)
{
    static struct made all[COUNT(seeks) * COUNT(places) * 5];
    static size_t used;
    struct made *m = &all[used++];
    int row = row_of(s, place, key), value = key * place->factor;
    char choose[32] = "";

    if (place->index)
        snprintf(choose, sizeof choose, "index:%s ", place->index);
    snprintf(m->name, sizeof m->name, "%s %d on %s", s->way, value, place->name);
    if (row == 0) {
        snprintf(m->holds, sizeof m->holds, "finds no row, and stands on none");
        snprintf(m->steps, sizeof m->steps, "%s%s:%d!RecordNotFound=none", choose, s->way, value);
    } else {
        int at = row < 0 ? -row : row;

        snprintf(m->holds, sizeof m->holds, "finds row %d%s of rows 1 and 3", at,
                 row < 0 ? ", and says not equal," : "");
        snprintf(m->steps, sizeof m->steps, "%s%s:%d%s=%d", choose, s->way, value,
                 row < 0 ? "!SeekNotEqual" : "", at);
    }
    m->script = (struct script){m->name, m->holds, "1 3", m->steps, !place->index};
    kit_add("seeks", m->name, m->holds, play, &m->script);
}

static const struct script seeking[] = {
    {"between, then next", "after a seek that found nothing next is the row behind the key", "1 3",
     "eq:2!RecordNotFound next=3", 0},
    {"between, then previous", "and previous is the row before it", "1 3",
     "eq:2!RecordNotFound prev=1", 0},
    {"between on a secondary index", "the same holds on a secondary index", "1 3",
     "index:d1 eq:20!RecordNotFound next=3 eq:20!RecordNotFound prev=1", 0},
    {"behind all", "a key behind all stands behind the end", "1 3",
     "eq:9!RecordNotFound next!NoCurrentRecord prev=3", 0},
    {"before all", "a key before all stands before the start", "1 3",
     "eq:0!RecordNotFound prev!NoCurrentRecord next=1", 0},
    {"empty table", "nothing is found in an empty table", "",
     "eq:1!RecordNotFound lt:1!RecordNotFound le:1!RecordNotFound ge:1!RecordNotFound "
     "gt:1!RecordNotFound",
     0},
    {"empty table, secondary index", "nor on its indexes", "",
     "index:both eq:1,1!RecordNotFound lt:1,1!RecordNotFound le:1,1!RecordNotFound "
     "ge:1,1!RecordNotFound gt:1,1!RecordNotFound",
     0},
    {"equal values: eq", "eq finds the first of equal values", "5:20 2:20 1:10 7:30",
     "index:d1 eq:20=2 next=5 next=7", 0},
    {"equal values: ge", "ge finds the first of equal values", "5:20 2:20 1:10 7:30",
     "index:d1 ge:20=2", 0},
    {"equal values: le", "le of a value that is there finds the first of them",
     "5:20 2:20 1:10 7:30", "index:d1 le:20=2", 0},
    {"equal values: gt", "gt passes all of them", "5:20 2:20 1:10 7:30", "index:d1 gt:20=7", 0},
    {"equal values: lt", "lt finds the last row before all of them", "5:20 2:20 1:10 7:30",
     "index:d1 lt:20=1 lt:30=5", 0},
    {"part of a key", "a key of fewer columns equals no entry by itself", "1:10:1 2:10:2",
     "index:both eq:10!RecordNotFound next=1", 0},
    {"part of a key: ge", "it stands before all that begin with it", "1:10:1 2:10:2 3:20:1",
     "index:both ge:10!SeekNotEqual=1 ge:20!SeekNotEqual=3", 0},
    {"end limit", "FullColumnEndLimit stands behind all that begin with it", "1:10:1 2:10:2 3:20:1",
     "index:both ge:10*!SeekNotEqual=3 lt:10*=2", 0},
    {"start limit", "FullColumnStartLimit stands before all that begin with it",
     "1:10:1 2:10:2 3:20:1", "index:both ge:10^!SeekNotEqual=1 lt:20^=2", 0},
    {"NULL", "NULL is a value of a key, before all others", "1:5 2:-5",
     "insert:3,_,1 index:d1 eq:_=3 next=2 first=3", 0},
    {"NULL, descending", "in a descending column it comes last", "1:5 2:-5",
     "insert:3,_,1 index:desc eq:_=3 next!NoCurrentRecord last=3", 0},
    {"a row only: unique", "CheckUniqueness says that a key has one row", "1:10 2:20 3:20",
     "equnique:1!UniqueKey=1 index:d1 equnique:10!UniqueKey=1", 0},
    {"rows: unique", "and says nothing when there are more", "1:10 2:20 3:20",
     "index:d1 equnique:20=2", 0},
    {"no key", "a seek needs a key", "1", "eq!KeyNotMade", 0},
    {"the key once more", "a key serves one seek after the other", "1 2 3", "key:2 eq=2 gt=3 lt=1",
     0},
    {"after the seek", "a further column wants a new key", "1:10:1",
     "index:both eq:10!RecordNotFound morekey:1!KeyNotMade", 0},
    {"too many columns", "a key has no more columns than the index", "1",
     "key:1 morekey:2!KeyIsMade", 0},
    {"two columns", "a key of both columns finds its row", "1:10:1 2:10:2", "index:both eq:10,2=2",
     0},
    {"another index", "choosing an index drops the key", "1", "key:1 index:d1 eq!KeyNotMade", 0},
    {"no way", "a seek needs one of five ways", "1", "key:1 noway!InvalidGrbit", 0},
    {"range with ge", "SetIndexRange goes with eq alone", "1", "gerange:1!InvalidGrbit", 0},
    {"range with eq", "eq and SetIndexRange end behind the rows of the key", "1:10 2:20 3:20 4:30",
     "index:d1 eqrange:20=2 next=3 next!NoCurrentRecord=none", 0},
    {"range on a unique key", "on the primary index that is one row", "1 2 3",
     "eqrange:2=2 next!NoCurrentRecord", 0},
    {"range of nothing", "without a row there is no range", "1 3",
     "eqrange:2!RecordNotFound unrange!InvalidOperation", 0},
    {"seek drops the range", "a further seek ends it", "1 2 3", "eqrange:2=2 eq:2 next=3", 0},
};

void add_moving(void)
{
    kit_add_scripts("moves", moving, COUNT(moving));
}

void add_seeking(void)
{
    for (size_t p = 0; p < COUNT(places); p++)
        for (size_t s = 0; s < COUNT(seeks); s++)
            for (int key = 0; key < 5; key++)
                add_one_seek(&seeks[s], &places[p], key);
    kit_add_scripts("seeks", seeking, COUNT(seeking));
}
