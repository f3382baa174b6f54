/* SPDX-License-Identifier: Apache-2.0
 *
 * play.c - plays scripts (kit.h): cursors, and a word for each thing to do with one
 */
#include "kit.h"

#define CURSORS 4
#define MARKS   8
#define STEP    96

struct cursor {
    JET_SESID session;
    JET_DBID db;
    JET_TABLEID table;
};

struct player {
    const struct script *script;
    struct cursor cursors[CURSORS];
    JET_COLUMNID key, d1, d2;
    struct {
        uint8_t key[256], bookmark[256];
        unsigned long key_size, size;
    } marks[MARKS];
    char step[STEP];
};

typedef JET_ERR operation(struct player *p, struct cursor *c, char *args);

static const struct {
    const char *name;
    JET_ERR err;
} results[] = {
    {"NoCurrentRecord", JET_errNoCurrentRecord},
    {"RecordDeleted", JET_errRecordDeleted},
    {"RecordNotFound", JET_errRecordNotFound},
    {"SeekNotEqual", JET_wrnSeekNotEqual},
    {"UniqueKey", JET_wrnUniqueKey},
    {"KeyNotMade", JET_errKeyNotMade},
    {"KeyIsMade", JET_errKeyIsMade},
    {"KeyDuplicate", JET_errKeyDuplicate},
    {"WriteConflict", JET_errWriteConflict},
    {"InvalidOperation", JET_errInvalidOperation},
    {"InvalidGrbit", JET_errInvalidGrbit},
    {"InvalidParameter", JET_errInvalidParameter},
    {"InvalidBookmark", JET_errInvalidBookmark},
    {"InvalidTableId", JET_errInvalidTableId},
    {"NoCurrentIndex", JET_errNoCurrentIndex},
    {"IndexNotFound", JET_errIndexNotFound},
    {"AlreadyPrepared", JET_errAlreadyPrepared},
    {"UpdateNotPrepared", JET_errUpdateNotPrepared},
    {"RecordPrimaryChanged", JET_errRecordPrimaryChanged},
    {"NotInTransaction", JET_errNotInTransaction},
    {"TransReadOnly", JET_errTransReadOnly},
    {"TransTooDeep", JET_errTransTooDeep},
    {"FilteredMoveNotSupported", JET_errFilteredMoveNotSupported},
    {"ColumnNotFound", JET_errColumnNotFound},
    {"ColumnNull", JET_wrnColumnNull},
    {"InvalidOnSort", JET_errInvalidOnSort},
    {"IllegalOperation", JET_errIllegalOperation},
};

static JET_ERR result_named(const char *name)
{
    for (size_t i = 0; i < COUNT(results); i++)
        if (!strcmp(results[i].name, name))
            return results[i].err;
    fail_msg("no result is called %s", name);
    return 0;
}

static JET_COLUMNID column_named(const struct player *p, const char *name)
{
    return !strcmp(name, "key") ? p->key : !strcmp(name, "d1") ? p->d1 : p->d2;
}

static int32_t number(const char *text)
{
    char *rest = NULL;
    long value = strtol(text, &rest, 10);

    if (rest == text)
        fail_msg("no number: %s", text);
    return (int32_t)value;
}

/* ---- moving ---- */

static JET_ERR op_first(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetMove(c->session, c->table, (long)JET_MoveFirst, 0);
}

static JET_ERR op_last(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetMove(c->session, c->table, JET_MoveLast, 0);
}

static JET_ERR op_next(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetMove(c->session, c->table, JET_MoveNext, 0);
}

static JET_ERR op_prev(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetMove(c->session, c->table, JET_MovePrevious, 0);
}

static JET_ERR op_stay(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetMove(c->session, c->table, 0, 0);
}

static JET_ERR op_move(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetMove(c->session, c->table, number(args), 0);
}

/* To another key: by so many (1, -1, ...). */
static JET_ERR op_other_key(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetMove(c->session, c->table, number(args), JET_bitMoveKeyNE);
}

static JET_ERR op_look(struct player *p, struct cursor *c, char *args)
{
    int32_t value = 0;

    return JetRetrieveColumn(c->session, c->table, args ? column_named(p, args) : p->key, &value,
                             sizeof value, NULL, 0, NULL);
}

/* ---- keys ---- */

/* K or K,L: a number, "_" for NULL; "*" after it is the end, "^" the beginning of all that have
 * these columns. */
static JET_ERR op_key(struct player *p, struct cursor *c, char *args)
{
    JET_GRBIT first = JET_bitNewKey;
    JET_ERR err = JET_errSuccess;
    char *rest = NULL;

    (void)p;
    for (char *word = strtok_r(args, ",", &rest); word && !err; word = strtok_r(NULL, ",", &rest)) {
        JET_GRBIT grbit = first;
        bool null = word[0] == '_';
        int32_t value = null ? 0 : number(word);

        if (strchr(word, '*'))
            grbit |= JET_bitFullColumnEndLimit;
        if (strchr(word, '^'))
            grbit |= JET_bitFullColumnStartLimit;
        err =
            JetMakeKey(c->session, c->table, null ? NULL : &value, null ? 0 : sizeof value, grbit);
        first = 0;
    }
    return err;
}

/* One more column of a key. */
static JET_ERR op_more_key(struct player *p, struct cursor *c, char *args)
{
    int32_t value = number(args);

    (void)p;
    return JetMakeKey(c->session, c->table, &value, sizeof value, 0);
}

static JET_ERR seek(struct player *p, struct cursor *c, char *args, JET_GRBIT grbit)
{
    JET_ERR err = args ? op_key(p, c, args) : JET_errSuccess;

    return err ? err : JetSeek(c->session, c->table, grbit);
}

static JET_ERR op_eq(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekEQ);
}

static JET_ERR op_lt(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekLT);
}

static JET_ERR op_le(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekLE);
}

static JET_ERR op_ge(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekGE);
}

static JET_ERR op_gt(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekGT);
}

static JET_ERR op_eq_range(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekEQ | JET_bitSetIndexRange);
}

static JET_ERR op_eq_unique(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekEQ | JET_bitCheckUniqueness);
}

static JET_ERR op_ge_range(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, JET_bitSeekGE | JET_bitSetIndexRange);
}

static JET_ERR op_no_way(struct player *p, struct cursor *c, char *args)
{
    return seek(p, c, args, 0);
}

/* ---- ranges ---- */

static JET_ERR range(struct player *p, struct cursor *c, char *args, JET_GRBIT grbit)
{
    JET_ERR err = args ? op_key(p, c, args) : JET_errSuccess;

    return err ? err : JetSetIndexRange(c->session, c->table, grbit);
}

static JET_ERR op_below(struct player *p, struct cursor *c, char *args)
{
    return range(p, c, args, JET_bitRangeUpperLimit);
}

static JET_ERR op_up_to(struct player *p, struct cursor *c, char *args)
{
    return range(p, c, args, JET_bitRangeUpperLimit | JET_bitRangeInclusive);
}

static JET_ERR op_above(struct player *p, struct cursor *c, char *args)
{
    return range(p, c, args, 0);
}

static JET_ERR op_down_to(struct player *p, struct cursor *c, char *args)
{
    return range(p, c, args, JET_bitRangeInclusive);
}

static JET_ERR op_instant(struct player *p, struct cursor *c, char *args)
{
    return range(p, c, args,
                 JET_bitRangeUpperLimit | JET_bitRangeInclusive | JET_bitRangeInstantDuration);
}

static JET_ERR op_unrange(struct player *p, struct cursor *c, char *args)
{
    return range(p, c, args, JET_bitRangeRemove);
}

/* ---- indexes ---- */

static JET_ERR op_index(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetSetCurrentIndexA(c->session, c->table, args);
}

static JET_ERR op_keep(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetSetCurrentIndex2A(c->session, c->table, args, JET_bitNoMove);
}

static JET_ERR op_on(struct player *p, struct cursor *c, char *args)
{
    char name[JET_cbNameMost + 1] = "";
    JET_ERR err = JetGetCurrentIndexA(c->session, c->table, name, sizeof name);

    if (!err && strcmp(name, args) != 0)
        fail_msg("%s: the index is %s", p->step, name);
    return err;
}

/* ---- places ---- */

static JET_ERR op_mark(struct player *p, struct cursor *c, char *args)
{
    unsigned i = (unsigned)(args[0] - 'A') % MARKS;

    return JetGetBookmark(c->session, c->table, p->marks[i].bookmark, sizeof p->marks[i].bookmark,
                          &p->marks[i].size);
}

static JET_ERR op_go(struct player *p, struct cursor *c, char *args)
{
    unsigned i = (unsigned)(args[0] - 'A') % MARKS;

    return JetGotoBookmark(c->session, c->table, p->marks[i].bookmark, p->marks[i].size);
}

static JET_ERR op_mark_entry(struct player *p, struct cursor *c, char *args)
{
    unsigned i = (unsigned)(args[0] - 'A') % MARKS;

    return JetGetSecondaryIndexBookmark(
        c->session, c->table, p->marks[i].key, sizeof p->marks[i].key, &p->marks[i].key_size,
        p->marks[i].bookmark, sizeof p->marks[i].bookmark, &p->marks[i].size, 0);
}

static JET_ERR op_go_entry(struct player *p, struct cursor *c, char *args)
{
    unsigned i = (unsigned)(args[0] - 'A') % MARKS;

    return JetGotoSecondaryIndexBookmark(c->session, c->table, p->marks[i].key,
                                         p->marks[i].key_size, p->marks[i].bookmark,
                                         p->marks[i].size, 0);
}

/* MAX,COUNT */
static JET_ERR op_count(struct player *p, struct cursor *c, char *args)
{
    unsigned long count = 0;
    uint64_t count2 = 0;
    int32_t max = number(args), want = number(strchr(args, ',') + 1);
    JET_ERR err = JetIndexRecordCount(c->session, c->table, &count, (unsigned long)max);
    JET_ERR err2 = JetIndexRecordCount2(c->session, c->table, &count2, (uint64_t)max);

    if (err != err2 || count != count2 || (!err && count != (unsigned long)want))
        fail_msg("%s: counted %lu (%d) and %llu (%d)", p->step, count, err,
                 (unsigned long long)count2, err2);
    return err;
}

/* BEFORE,TOTAL: the estimate is exact here */
static JET_ERR op_position(struct player *p, struct cursor *c, char *args)
{
    JET_RECPOS place = {.cbStruct = sizeof place};
    JET_ERR err = JetGetRecordPosition(c->session, c->table, &place, sizeof place);
    unsigned long before = (unsigned long)number(args);
    unsigned long total = (unsigned long)number(strchr(args, ',') + 1);

    if (!err && (place.centriesLT != before || place.centriesTotal != total))
        fail_msg("%s: %lu of %lu", p->step, (unsigned long)place.centriesLT,
                 (unsigned long)place.centriesTotal);
    return err;
}

static JET_ERR op_go_position(struct player *p, struct cursor *c, char *args)
{
    JET_RECPOS place = {.cbStruct = sizeof place,
                        .centriesLT = (unsigned long)number(args),
                        .centriesTotal = (unsigned long)number(strchr(args, ',') + 1)};

    (void)p;
    return JetGotoPosition(c->session, c->table, &place);
}

static JET_ERR op_info(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetGetCursorInfo(c->session, c->table, NULL, 0, 0);
}

/* ---- filters: COLUMN<VALUE, also > { (at most) } (at least) ~ (not) @ (is) & (no bit) | (some) --- */

static JET_ERR op_filter(struct player *p, struct cursor *c, char *args)
{
    static const char signs[] = "@~<>{}&|";
    static const JET_RELOP relops[] = {JET_relopEquals,
                                       JET_relopNotEquals,
                                       JET_relopLessThan,
                                       JET_relopGreaterThan,
                                       JET_relopLessThanOrEqual,
                                       JET_relopGreaterThanOrEqual,
                                       JET_relopBitmaskEqualsZero,
                                       JET_relopBitmaskNotEqualsZero};
    JET_INDEX_COLUMN conditions[4] = {0};
    int32_t values[4];
    unsigned long count = 0;
    char *rest = NULL;

    for (char *word = args ? strtok_r(args, ",", &rest) : NULL; word;
         word = strtok_r(NULL, ",", &rest), count++) {
        char *sign = strpbrk(word, signs);
        JET_INDEX_COLUMN *condition = &conditions[count];

        condition->relop = relops[strchr(signs, *sign) - signs];
        values[count] = number(sign + 1);
        *sign = '\0';
        condition->columnid = column_named(p, word);
        condition->pv = &values[count];
        condition->cb = sizeof values[count];
    }
    return JetSetCursorFilter(c->session, c->table, count > 0 ? conditions : NULL, count, 0);
}

/* ---- rows ---- */

static JET_ERR set_numbers(const struct player *p, struct cursor *c, char *args, bool key)
{
    JET_COLUMNID ids[] = {p->key, p->d1, p->d2};
    JET_ERR err = JET_errSuccess;
    char *rest = NULL;
    unsigned i = key ? 0 : 1;

    for (char *word = strtok_r(args, ",", &rest); word && i < 3 && !err;
         word = strtok_r(NULL, ",", &rest), i++) {
        bool null = word[0] == '_';
        int32_t value = null ? 0 : number(word);

        err = JetSetColumn(c->session, c->table, ids[i], null ? NULL : &value,
                           null ? 0 : sizeof value, 0, NULL);
    }
    return err;
}

/* KEY,D1,D2. An insert that fails is cancelled. */
static JET_ERR op_insert(struct player *p, struct cursor *c, char *args)
{
    JET_ERR err = JetPrepareUpdate(c->session, c->table, JET_prepInsert);

    if (err)
        return err;
    err = set_numbers(p, c, args, true);
    if (!err)
        err = JetUpdate(c->session, c->table, NULL, 0, NULL);
    if (err)
        OK(JetPrepareUpdate(c->session, c->table, JET_prepCancel));
    return err;
}

/* D1,D2 */
static JET_ERR op_replace(struct player *p, struct cursor *c, char *args)
{
    JET_ERR err = JetPrepareUpdate(c->session, c->table, JET_prepReplace);

    if (!err)
        err = set_numbers(p, c, args, false);
    return err ? err : JetUpdate(c->session, c->table, NULL, 0, NULL);
}

static JET_ERR op_delete(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetDelete(c->session, c->table);
}

static JET_ERR op_prepare(struct player *p, struct cursor *c, char *args)
{
    static const struct {
        const char *name;
        unsigned long prep;
    } preps[] = {
        {"insert", JET_prepInsert},
        {"replace", JET_prepReplace},
        {"nolock", JET_prepReplaceNoLock},
        {"cancel", JET_prepCancel},
        {"copy", JET_prepInsertCopy},
        {"copydelete", JET_prepInsertCopyDeleteOriginal},
        {"copyreplace", JET_prepInsertCopyReplaceOriginal},
        {"readonly", JET_prepReadOnlyCopy},
    };

    (void)p;
    for (size_t i = 0; i < COUNT(preps); i++)
        if (!strcmp(preps[i].name, args))
            return JetPrepareUpdate(c->session, c->table, preps[i].prep);
    return JetPrepareUpdate(c->session, c->table, (unsigned long)number(args));
}

/* COLUMN,VALUE into the copy buffer */
static JET_ERR op_set(struct player *p, struct cursor *c, char *args)
{
    char *comma = strchr(args, ',');
    int32_t value = number(comma + 1);

    *comma = '\0';
    return JetSetColumn(c->session, c->table, column_named(p, args), &value, sizeof value, 0, NULL);
}

static JET_ERR op_update(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetUpdate(c->session, c->table, NULL, 0, NULL);
}

/* COLUMN,VALUE is what is there: in the row, or in the copy buffer */
static JET_ERR has(struct player *p, struct cursor *c, char *args, JET_GRBIT grbit)
{
    char *comma = strchr(args, ',');
    int32_t want = number(comma + 1), value = 0;
    JET_ERR err = JET_errSuccess;

    *comma = '\0';
    err = JetRetrieveColumn(c->session, c->table, column_named(p, args), &value, sizeof value, NULL,
                            grbit, NULL);
    if (!err && value != want)
        fail_msg("%s: it is %d", p->step, value);
    return err;
}

static JET_ERR op_is(struct player *p, struct cursor *c, char *args)
{
    return has(p, c, args, 0);
}

static JET_ERR op_copy_is(struct player *p, struct cursor *c, char *args)
{
    return has(p, c, args, JET_bitRetrieveCopy);
}

/* ---- transactions and locks ---- */

static JET_ERR op_begin(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetBeginTransaction2(c->session, args ? JET_bitTransactionReadOnly : 0);
}

static JET_ERR op_commit(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetCommitTransaction(c->session, JET_bitCommitLazyFlush);
}

static JET_ERR op_rollback(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetRollback(c->session, args ? JET_bitRollbackAll : 0);
}

static JET_ERR op_lock(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    return JetGetLock(c->session, c->table, args[0] == 'r' ? JET_bitReadLock : JET_bitWriteLock);
}

static JET_ERR op_close(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetCloseTable(c->session, c->table);
}

static JET_ERR op_open(struct player *p, struct cursor *c, char *args)
{
    (void)p;
    (void)args;
    return JetOpenTableA(c->session, c->db, kit.table, NULL, 0, 0, &c->table);
}

/* A second cursor of the session, in place of cursor 3. */
static JET_ERR op_dup(struct player *p, struct cursor *c, char *args)
{
    (void)args;
    p->cursors[3].session = c->session;
    return JetDupCursor(c->session, c->table, &p->cursors[3].table, 0);
}

static const struct {
    const char *name;
    operation *does;
} operations[] = {
    {"first", op_first},
    {"last", op_last},
    {"next", op_next},
    {"prev", op_prev},
    {"stay", op_stay},
    {"move", op_move},
    {"otherkey", op_other_key},
    {"look", op_look},
    {"key", op_key},
    {"morekey", op_more_key},
    {"eq", op_eq},
    {"lt", op_lt},
    {"le", op_le},
    {"ge", op_ge},
    {"gt", op_gt},
    {"eqrange", op_eq_range},
    {"equnique", op_eq_unique},
    {"gerange", op_ge_range},
    {"noway", op_no_way},
    {"below", op_below},
    {"upto", op_up_to},
    {"above", op_above},
    {"downto", op_down_to},
    {"instant", op_instant},
    {"unrange", op_unrange},
    {"index", op_index},
    {"keep", op_keep},
    {"on", op_on},
    {"mark", op_mark},
    {"go", op_go},
    {"markentry", op_mark_entry},
    {"goentry", op_go_entry},
    {"count", op_count},
    {"position", op_position},
    {"goposition", op_go_position},
    {"info", op_info},
    {"filter", op_filter},
    {"insert", op_insert},
    {"replace", op_replace},
    {"delete", op_delete},
    {"prepare", op_prepare},
    {"set", op_set},
    {"update", op_update},
    {"is", op_is},
    {"copyis", op_copy_is},
    {"begin", op_begin},
    {"commit", op_commit},
    {"rollback", op_rollback},
    {"lock", op_lock},
    {"close", op_close},
    {"open", op_open},
    {"dup", op_dup},
};

/* ---- the table ---- */

static void make_table(struct player *p)
{
    JET_COLUMNCREATE_A columns[] = {
        {.cbStruct = sizeof *columns, .szColumnName = "key", .coltyp = JET_coltypLong},
        {.cbStruct = sizeof *columns, .szColumnName = "d1", .coltyp = JET_coltypLong},
        {.cbStruct = sizeof *columns, .szColumnName = "d2", .coltyp = JET_coltypLong},
    };
#define INDEX(name, key, bits)    \
    {.cbStruct = sizeof *indexes, \
     .szIndexName = name,         \
     .szKey = key "\0",           \
     .cbKey = sizeof key "\0",    \
     .grbit = bits,               \
     .ulDensity = 100}
    JET_INDEXCREATE_A indexes[] = {
        INDEX("p", "+key", JET_bitIndexPrimary),
        INDEX("d1", "+d1", 0),
        INDEX("desc", "-d1", 0),
        INDEX("both", "+d1\0+d2", 0),
        INDEX("withkey", "+d1\0-key", 0),
    };
#undef INDEX
    JET_TABLECREATE2_A table = {.cbStruct = sizeof table,
                                .szTableName = kit.table,
                                .ulPages = 1,
                                .ulDensity = 100,
                                .rgcolumncreate = columns,
                                .cColumns = COUNT(columns),
                                .rgindexcreate = indexes,
                                .cIndexes = COUNT(indexes)};

    OK(JetCreateTableColumnIndex2A(kit.session, kit.db, &table));
    p->key = columns[0].columnid;
    p->d1 = columns[1].columnid;
    p->d2 = columns[2].columnid;
    p->cursors[1] = (struct cursor){kit.session, kit.db, table.tableid};
}

static void make_temporary(struct player *p)
{
    JET_COLUMNDEF columns[] = {
        {.cbStruct = sizeof *columns, .coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey},
        {.cbStruct = sizeof *columns, .coltyp = JET_coltypLong},
        {.cbStruct = sizeof *columns, .coltyp = JET_coltypLong},
    };
    JET_COLUMNID ids[COUNT(columns)];

    p->cursors[1] = (struct cursor){kit.session, kit.db, 0};
    OK(JetOpenTempTable(kit.session, columns, COUNT(columns),
                        JET_bitTTIndexed | JET_bitTTUnique | JET_bitTTUpdatable |
                            JET_bitTTScrollable | JET_bitTTForceMaterialization,
                        &p->cursors[1].table, ids));
    p->key = ids[0];
    p->d1 = ids[1];
    p->d2 = ids[2];
}

static void insert_rows(struct player *p)
{
    char text[256], *rest = NULL;

    snprintf(text, sizeof text, "%s", p->script->rows);
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        int key = 0, d1 = 0, d2 = 0;
        int given = sscanf(word, "%d:%d:%d", &key, &d1, &d2);
        char row[64];

        d1 = given < 2 ? (int)(10u * (unsigned)key) : d1;
        d2 = given < 3 ? (int)(10u * (unsigned)d1) : d2;
        snprintf(row, sizeof row, "%d,%d,%d", key, d1, d2);
        OK(op_insert(p, &p->cursors[1], row));
    }
}

/* Cursors 2 and 3 come with their first step. */
static struct cursor *cursor_of(struct player *p, unsigned i)
{
    struct cursor *c = &p->cursors[i];

    if (c->session)
        return c;
    if (i == 2) {
        struct other o;

        other_begin(&o);
        c->session = o.session;
        c->db = o.db;
        OK(op_open(p, c, NULL));
    } else {
        *c = p->cursors[1];
        OK(op_open(p, c, NULL));
    }
    return c;
}

/* ---- steps ---- */

static void check_row(struct player *p, struct cursor *c, const char *want)
{
    int32_t key = 0;
    JET_ERR err = JetRetrieveColumn(c->session, c->table, p->key, &key, sizeof key, NULL, 0, NULL);
    bool none = !strcmp(want, "none"), gone = !strcmp(want, "gone");

    if (none || gone) {
        if (err != (none ? JET_errNoCurrentRecord : JET_errRecordDeleted))
            fail_msg("%s in \"%s\": reading gave %d (row %d)", p->step, p->script->steps, err, key);
    } else if (err || key != number(want)) {
        fail_msg("%s in \"%s\": row %d (%d)", p->step, p->script->steps, key, err);
    }
}

static void do_step(struct player *p)
{
    char text[STEP];
    char *row = NULL, *result = NULL, *args = NULL, *name = text;
    unsigned which = 1;
    JET_ERR want = JET_errSuccess, err = JET_errSuccess;
    struct cursor *c = NULL;
    size_t i = 0;

    snprintf(text, sizeof text, "%s", p->step);
    row = strchr(text, '=');
    if (row)
        *row++ = '\0';
    result = strchr(text, '!');
    if (result) {
        *result++ = '\0';
        want = result_named(result);
    }
    args = strchr(text, ':');
    if (args)
        *args++ = '\0';
    if (name[1] == '.') {
        which = (unsigned)(name[0] - '0');
        name += 2;
    }
    while (i < COUNT(operations) && strcmp(operations[i].name, name) != 0)
        i++;
    if (i == COUNT(operations) || which == 0 || which >= CURSORS)
        fail_msg("no such step: %s", p->step);
    c = cursor_of(p, which);
    err = operations[i].does(p, c, args);
    if (err != want)
        fail_msg("%s in \"%s\" gave %d, not %d", p->step, p->script->steps, err, want);
    if (row)
        check_row(p, c, row);
}

void play(const void *arg)
{
    struct player p = {.script = arg};
    char text[600], *rest = NULL;

    begin();
    if (p.script->temporary)
        make_temporary(&p);
    else
        make_table(&p);
    insert_rows(&p);
    commit();
    if (!p.script->temporary) { /* a fresh cursor */
        OK(JetCloseTable(kit.session, p.cursors[1].table));
        OK(op_open(&p, &p.cursors[1], NULL));
    }
    begin();
    assert_true(strlen(p.script->steps) < sizeof text);
    snprintf(text, sizeof text, "%s", p.script->steps);
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(strlen(word) < sizeof p.step);
        snprintf(p.step, sizeof p.step, "%s", word);
        do_step(&p);
    }
}
