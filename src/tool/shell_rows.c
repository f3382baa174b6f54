/* SPDX-License-Identifier: Apache-2.0
 *
 * shell_rows.c - commands about rows: moving, seeking, ranges, updates, transactions
 */
#include "tool/shell.h"

#include <string.h>
#include <strings.h>

static bool done(struct shell *s, JET_ERR err, const char *what, struct tool_failure *f)
{
    return err >= JET_errSuccess ||
           tool_jet_fail(f, err, "%s in the table %s", what, s->table.name);
}

/* ---- moving ---- */

static bool move(struct shell *s, long rows, struct tool_failure *f)
{
    return done(s, JetMove(s->store.session, s->cursor, rows, 0), "moving", f) &&
           shell_print_row(s, f);
}

static bool run_first(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    (void)w;
    return move(s, JET_MoveFirst, f);
}

static bool run_last(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    (void)w;
    return move(s, JET_MoveLast, f);
}

static bool move_by(struct shell *s, struct tool_words *w, long sign, struct tool_failure *f)
{
    uint32_t count = 1;

    if (tool_word_peek(w)->size > 0 && !tool_word_number(w, "a count of rows", &count, f))
        return false;
    return count < 0x7fffffff ? move(s, sign * (long)count, f)
                              : tool_fail(f, "%u rows are too many for one move", count);
}

static bool run_next(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    return move_by(s, w, 1, f);
}

static bool run_prev(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    return move_by(s, w, -1, f);
}

static bool run_show(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    (void)w;
    return shell_print_row(s, f);
}

static bool run_list(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    uint32_t count = 20;

    if (tool_word_accept(w, "all"))
        count = UINT32_MAX;
    else if (tool_word_peek(w)->size > 0 && !tool_word_number(w, "a count of rows", &count, f))
        return false;
    return shell_print_rows(s, count, f);
}

static bool run_count(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    unsigned long count = 0;
    JET_ERR err = JetIndexRecordCount(s->store.session, s->cursor, &count, 0);

    (void)w;
    if (err != JET_errNoCurrentRecord && !done(s, err, "counting", f))
        return false;
    (void)printf("%lu\n", count);
    return true;
}

static bool run_index(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    char name[TOOL_NAME_MAX + 1] = "";
    JET_ERR err = JET_errSuccess;

    if (!tool_word_accept(w, "primary") && !tool_word_name(w, "an index's name", name, f))
        return false;
    err = JetSetCurrentIndexA(s->store.session, s->cursor, *name != '\0' ? name : NULL);
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "choosing the index %s of the table %s", name, s->table.name);
    memcpy(s->index, name, sizeof name);
    return true;
}

/* ---- keys ---- */

/* The index that orders the cursor; NULL: rows in the order they were inserted. */
static const struct tool_index *current_index(const struct shell *s)
{
    if (s->index[0] != '\0')
        return tool_index_find(&s->table, s->index);
    for (unsigned i = 0; i < s->table.index_count; i++)
        if (s->table.indexes[i].grbit & JET_bitIndexPrimary)
            return &s->table.indexes[i];
    return NULL;
}

static bool make_segment(struct shell *s, const struct tool_column *c, const struct tool_word *word,
                         JET_GRBIT grbit, struct tool_failure *f)
{
    bool null = !word->quoted && strcasecmp(word->text, "null") == 0;
    struct tool_text value = {0};
    bool ok = null || tool_value_parse(c, TOOL_HEX, word->text, word->size, &value, f);

    if (ok && !null && value.size == 0)
        grbit |= JET_bitKeyDataZeroLength;
    if (ok)
        ok = done(s, JetMakeKey(s->store.session, s->cursor, value.data, value.size, grbit),
                  "making a key", f);
    tool_text_fini(&value);
    return ok;
}

static bool ends_key(const struct tool_words *w)
{
    const struct tool_word *word = tool_word_peek(w);

    return w->at == w->count || (!word->quoted && (strcasecmp(word->text, "to") == 0 ||
                                                   strcasecmp(word->text, "exclusive") == 0));
}

/* The key from the words up to `to`, `exclusive` or the end; `limit` goes with the last one. */
static bool make_key(struct shell *s, struct tool_words *w, JET_GRBIT limit, struct tool_failure *f)
{
    const struct tool_index *index = current_index(s);
    JET_GRBIT grbit = JET_bitNewKey;

    if (index == NULL)
        return tool_fail(f, "the table %s has no primary index: choose an index first",
                         s->table.name);
    if (ends_key(w))
        return tool_fail(f, "give the values of the key, in the order of the index %s",
                         index->name);
    for (unsigned i = 0; !ends_key(w); i++) {
        const struct tool_word *word = tool_word_take(w);

        if (i == index->segment_count)
            return tool_fail(f, "the index %s has only %u columns", index->name, i);
        if (ends_key(w))
            grbit |= limit;
        if (!make_segment(s, &s->table.columns[index->segments[i].column], word, grbit, f))
            return false;
        grbit = 0;
    }
    return true;
}

static bool run_seek(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    /* A key of fewer values than the index has columns: the limit says on which side of all rows
     * that begin so it stands. */
    static const struct {
        const char *name;
        JET_GRBIT grbit, limit;
    } kinds[] = {
        {"eq", JET_bitSeekEQ, 0},
        {"ge", JET_bitSeekGE, JET_bitFullColumnStartLimit},
        {"gt", JET_bitSeekGT, JET_bitFullColumnEndLimit},
        {"le", JET_bitSeekLE, JET_bitFullColumnEndLimit},
        {"lt", JET_bitSeekLT, JET_bitFullColumnStartLimit},
    };
    size_t kind = 0;
    JET_ERR err = JET_errSuccess;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (tool_word_accept(w, kinds[i].name))
            kind = i;
    if (!make_key(s, w, kinds[kind].limit, f))
        return false;
    err = JetSeek(s->store.session, s->cursor, kinds[kind].grbit);
    return done(s, err, "seeking", f) && shell_print_row(s, f);
}

static bool start_range(struct shell *s, struct tool_words *w, JET_GRBIT limit,
                        struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;

    if (w->at < w->count && !ends_key(w)) {
        if (!make_key(s, w, limit, f))
            return false;
        err = JetSeek(s->store.session, s->cursor, JET_bitSeekGE);
    } else
        err = JetMove(s->store.session, s->cursor, JET_MoveFirst, 0);
    if (err == JET_errRecordNotFound || err == JET_errNoCurrentRecord)
        return tool_jet_fail(f, JET_errRecordNotFound, "the range of the table %s is empty",
                             s->table.name);
    return done(s, err, "starting a range", f);
}

static bool end_range(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    size_t at = w->at;
    bool exclusive = false;
    JET_ERR err = JET_errSuccess;

    for (size_t i = at; i < w->count; i++)
        exclusive =
            exclusive || (!w->list[i].quoted && strcasecmp(w->list[i].text, "exclusive") == 0);
    if (!make_key(s, w, exclusive ? JET_bitFullColumnStartLimit : JET_bitFullColumnEndLimit, f))
        return false;
    (void)tool_word_accept(w, "exclusive");
    err = JetSetIndexRange(s->store.session, s->cursor,
                           JET_bitRangeUpperLimit | (exclusive ? 0 : JET_bitRangeInclusive));
    if (err == JET_errNoCurrentRecord)
        return tool_jet_fail(f, JET_errRecordNotFound, "the range of the table %s is empty",
                             s->table.name);
    return done(s, err, "setting a range", f);
}

static bool run_range(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    struct tool_words again;
    JET_ERR err = JET_errSuccess;

    if (tool_word_accept(w, "off")) {
        err = JetSetIndexRange(s->store.session, s->cursor, JET_bitRangeRemove);
        return err == JET_errInvalidOperation || done(s, err, "removing the range", f);
    }
    again = *w;
    if (tool_word_accept(w, "prefix")) {
        (void)tool_word_accept(&again, "prefix");
        if (!start_range(s, w, JET_bitPartialColumnStartLimit, f) ||
            !make_key(s, &again, JET_bitPartialColumnEndLimit, f))
            return false;
        err = JetSetIndexRange(s->store.session, s->cursor, JET_bitRangeUpperLimit);
        if (err == JET_errNoCurrentRecord)
            return tool_jet_fail(f, JET_errRecordNotFound, "the range of the table %s is empty",
                                 s->table.name);
        return done(s, err, "setting a range", f);
    }
    (void)tool_word_accept(w, "from");
    if (!start_range(s, w, JET_bitFullColumnStartLimit, f))
        return false;
    return !tool_word_accept(w, "to") || end_range(s, w, f);
}

/* ---- updates ---- */

/* COLUMN=VALUE ...; a column named again gets one more value. */
static bool set_columns(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    const struct tool_column *last = NULL;
    unsigned number = 1;

    if (w->at == w->count)
        return tool_fail(f, "give the values: COLUMN=VALUE ...");
    while (w->at < w->count) {
        char name[TOOL_NAME_MAX + 1];
        const struct tool_column *c = NULL;
        const struct tool_word *word = NULL;
        struct tool_text value = {0};
        bool null = false, ok = true;

        if (!tool_word_name(w, "a column's name", name, f) || !tool_word_expect(w, "=", f))
            return false;
        c = tool_column_find(&s->table, name);
        if (c == NULL)
            return tool_jet_fail(f, JET_errColumnNotFound, "the column %s of the table %s", name,
                                 s->table.name);
        if (w->at == w->count)
            return tool_fail(f, "%s: give its value, or null, or \"\"", name);
        word = tool_word_take(w);
        number = c == last ? number + 1 : 1;
        last = c;
        null = !word->quoted && strcasecmp(word->text, "null") == 0;
        ok = null || tool_value_parse(c, TOOL_HEX, word->text, word->size, &value, f);
        if (ok)
            ok = tool_row_set(s->store.session, s->cursor, c,
                              null                 ? NULL
                              : value.data != NULL ? value.data
                                                   : "",
                              value.size, number, f);
        tool_text_fini(&value);
        if (!ok)
            return false;
    }
    return true;
}

/* Long values are written in a transaction only: at level 0 the update gets its own. */
static bool update(struct shell *s, struct tool_words *w, unsigned long prep, const char *what,
                   struct tool_failure *f)
{
    unsigned char bookmark[JET_cbKeyMostMost];
    unsigned long size = 0;
    bool own = s->level == 0, ok = true;
    JET_ERR err = own ? JetBeginTransaction(s->store.session) : JET_errSuccess;

    if (!done(s, err, what, f))
        return false;
    ok = done(s, JetPrepareUpdate(s->store.session, s->cursor, prep), what, f);
    if (ok && !set_columns(s, w, f)) {
        (void)JetPrepareUpdate(s->store.session, s->cursor, JET_prepCancel);
        ok = false;
    }
    if (ok) {
        err = JetUpdate(s->store.session, s->cursor, bookmark, sizeof bookmark, &size);
        ok = done(s, err, what, f);
        if (!ok)
            (void)JetPrepareUpdate(s->store.session, s->cursor, JET_prepCancel);
    }
    if (own && ok)
        ok = done(s, JetCommitTransaction(s->store.session, 0), what, f);
    if (own && !ok)
        (void)JetRollback(s->store.session, 0);
    if (ok && prep == JET_prepInsert)
        ok = done(s, JetGotoBookmark(s->store.session, s->cursor, bookmark, size),
                  "going to the new row", f);
    return ok;
}

static bool run_insert(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    return update(s, w, JET_prepInsert, "inserting", f);
}

static bool run_replace(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    return update(s, w, JET_prepReplace, "replacing", f);
}

static bool run_delete(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    (void)w;
    return done(s, JetDelete(s->store.session, s->cursor), "deleting", f);
}

/* ---- transactions ---- */

static bool run_begin(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    JET_GRBIT grbit = tool_word_accept(w, "readonly") ? JET_bitTransactionReadOnly : 0;
    JET_ERR err = JetBeginTransaction2(s->store.session, grbit);

    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "beginning level %d of the transaction", s->level + 1);
    s->level++;
    return true;
}

static bool run_commit(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    JET_GRBIT grbit = tool_word_accept(w, "lazy") ? JET_bitCommitLazyFlush : 0;
    JET_ERR err = JetCommitTransaction(s->store.session, grbit);

    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "committing level %d of the transaction", s->level);
    s->level--;
    if (s->cursor_level > s->level)
        s->cursor_level = s->level;
    return true;
}

/* Rolling back closes the cursors that were opened in what is undone. */
static bool run_rollback(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    bool all = tool_word_accept(w, "all");
    JET_ERR err = JetRollback(s->store.session, all ? JET_bitRollbackAll : 0);

    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "rolling back level %d of the transaction", s->level);
    s->level = all ? 0 : s->level - 1;
    if (s->cursor != JET_tableidNil && s->cursor_level > s->level) {
        s->cursor = JET_tableidNil;
        shell_close_cursor(s);
    } else if (s->cursor != JET_tableidNil)
        (void)JetGetCurrentIndexA(s->store.session, s->cursor, s->index, sizeof s->index);
    return true;
}

const struct shell_command shell_row_commands[] = {
    {"index", run_index, SHELL_TABLE, "NAME | primary", "choose the index that orders the rows"},
    {"first", run_first, SHELL_TABLE, "", "go to the first row and show it"},
    {"last", run_last, SHELL_TABLE, "", "go to the last row and show it"},
    {"next", run_next, SHELL_TABLE, "[COUNT]", "go on and show the row"},
    {"prev", run_prev, SHELL_TABLE, "[COUNT]", "go back and show the row"},
    {"show", run_show, SHELL_TABLE, "", "show the current row"},
    {"list", run_list, SHELL_TABLE, "[COUNT | all]",
     "show 20 rows, or COUNT, from the current one on, and go behind them"},
    {"count", run_count, SHELL_TABLE, "", "count the rows from the current one to the end"},
    {"seek", run_seek, SHELL_TABLE, "[eq | ge | gt | le | lt] VALUE ...",
     "go to a row by the key of the current index and show it"},
    {"range", run_range, SHELL_TABLE,
     "[from VALUE ...] [to VALUE ... [exclusive]] | prefix VALUE ... | off",
     "bound the current index, and go to the first row of it"},
    {"insert", run_insert, SHELL_TABLE, "COLUMN=VALUE ...", "insert a row and go to it"},
    {"replace", run_replace, SHELL_TABLE, "COLUMN=VALUE ...", "change the current row"},
    {"delete", run_delete, SHELL_TABLE, "", "delete the current row"},
    {"begin", run_begin, SHELL_NOTHING, "[readonly]", "begin a transaction, or a level in it"},
    {"commit", run_commit, SHELL_NOTHING, "[lazy]", "commit the innermost level"},
    {"rollback", run_rollback, SHELL_NOTHING, "[all]", "undo the innermost level, or all"},
    {NULL, NULL, SHELL_NOTHING, NULL, NULL},
};
