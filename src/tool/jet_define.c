/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_define.c - definitions of tables and indexes, read and written
 */
#include "tool/jet_define.h"
#include "tool/jet_value.h"

#include <string.h>
#include <strings.h>

static const struct {
    JET_COLTYP type;
    const char *name;
} types[] = {
    {JET_coltypBit, "bit"},           {JET_coltypUnsignedByte, "byte"},
    {JET_coltypShort, "short"},       {JET_coltypUnsignedShort, "ushort"},
    {JET_coltypLong, "long"},         {JET_coltypUnsignedLong, "ulong"},
    {JET_coltypLongLong, "longlong"}, {JET_coltypUnsignedLongLong, "ulonglong"},
    {JET_coltypCurrency, "currency"}, {JET_coltypIEEESingle, "single"},
    {JET_coltypIEEEDouble, "double"}, {JET_coltypDateTime, "datetime"},
    {JET_coltypGUID, "guid"},         {JET_coltypBinary, "binary"},
    {JET_coltypText, "text"},         {JET_coltypLongBinary, "longbinary"},
    {JET_coltypLongText, "longtext"},
};

/* Options of one to three words and the bit that each stands for; longer ones before their
 * beginnings. */
struct option {
    const char *words[3];
    JET_GRBIT grbit;
};

static const struct option column_options[] = {
    {{"not", "null"}, JET_bitColumnNotNULL},   {{"autoincrement"}, JET_bitColumnAutoincrement},
    {{"version"}, JET_bitColumnVersion},       {{"escrow"}, JET_bitColumnEscrowUpdate},
    {{"multi"}, JET_bitColumnMultiValued},     {{"fixed"}, JET_bitColumnFixed},
    {{"variable"}, JET_bitColumnVariable},     {{"tagged"}, JET_bitColumnTagged},
    {{"compressed"}, JET_bitColumnCompressed},
};

static const struct option index_options[] = {
    {{"no", "null"}, JET_bitIndexDisallowNull},
    {{"no", "truncation"}, JET_bitIndexDisallowTruncation},
    {{"ignore", "any", "null"}, JET_bitIndexIgnoreAnyNull},
    {{"ignore", "first", "null"}, JET_bitIndexIgnoreFirstNull},
    {{"ignore", "null"}, JET_bitIndexIgnoreNull},
    {{"nulls", "high"}, JET_bitIndexSortNullsHigh},
    {{"cross"}, JET_bitIndexCrossProduct},
    {{"nested"}, JET_bitIndexNestedTable},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

const char *tool_type_name(JET_COLTYP type)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (types[i].type == type)
            return types[i].name;
    return "unknown";
}

/* ---- reading ---- */

static bool accept_option(struct tool_words *w, const struct option *options, size_t count,
                          JET_GRBIT *grbit)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = w->at, k = 0;

        while (k < 3 && options[i].words[k] != NULL && tool_word_accept(w, options[i].words[k]))
            k++;
        if (k == 3 || options[i].words[k] == NULL) {
            *grbit |= options[i].grbit;
            return true;
        }
        w->at = at;
    }
    return false;
}

static bool define_type(struct tool_words *w, struct tool_column *c, struct tool_failure *f)
{
    const struct tool_word *word = tool_word_take(w);

    for (size_t i = 0; i < COUNT(types); i++)
        if (strcasecmp(types[i].name, word->text) == 0)
            c->type = types[i].type;
    if (c->type == JET_coltypNil)
        return tool_fail(f,
                         "the column %s: \"%s\" is no type; the types are bit byte short ushort "
                         "long ulong longlong ulonglong currency single double datetime guid "
                         "binary text longbinary longtext",
                         c->name, word->text);
    if (tool_type_is_text(c->type))
        c->code_page = TOOL_CODE_PAGE_UTF;
    if (!tool_word_accept(w, "("))
        return true;
    return tool_word_number(w, "the largest size in octets", &c->size_max, f) &&
           tool_word_expect(w, ")", f);
}

static bool define_column(struct tool_words *w, struct tool_table *t, struct tool_failure *f)
{
    struct tool_column *c = tool_table_add_column(t);
    const struct tool_word *value = NULL;
    bool has_default = false;

    if (c == NULL)
        return tool_fail(f, "out of memory");
    if (!tool_word_name(w, "a column's name", c->name, f) || !define_type(w, c, f))
        return false;
    for (;;) {
        if (accept_option(w, column_options, COUNT(column_options), &c->grbit))
            continue;
        if (tool_word_accept(w, "ascii")) {
            c->code_page = TOOL_CODE_PAGE;
        } else if (tool_word_accept(w, "default")) {
            value = tool_word_take(w);
            has_default = true;
        } else
            break;
    }
    if (c->grbit & JET_bitColumnMultiValued)
        c->grbit |= JET_bitColumnTagged; /* several values are stored no other way */
    return !has_default ||
           tool_value_parse(c, TOOL_HEX, value->text, value->size, &c->value_default, f);
}

bool tool_word_begins_index(const struct tool_words *w)
{
    const struct tool_word *word = tool_word_peek(w);

    return !word->quoted &&
           (strcasecmp(word->text, "primary") == 0 || strcasecmp(word->text, "unique") == 0 ||
            strcasecmp(word->text, "index") == 0);
}

static bool define_segment(struct tool_words *w, struct tool_table *t, struct tool_index *index,
                           struct tool_failure *f)
{
    char name[TOOL_NAME_MAX + 1], *bare = name;
    bool minus = tool_word_accept(w, "-"), quoted = tool_word_peek(w)->quoted;
    const struct tool_column *c = NULL;

    if (!tool_word_name(w, "a column's name", name, f))
        return false;
    if (index->segment_count == TOOL_SEGMENTS_MAX)
        return tool_fail(f, "the index %s: a key has %d columns at most", index->name,
                         TOOL_SEGMENTS_MAX);
    if (!quoted && (*name == '-' || *name == '+'))
        bare++;
    c = tool_column_find(t, bare);
    if (c == NULL)
        return tool_fail(f, "the index %s: there is no column %s in the table %s", index->name,
                         bare, t->name);
    index->segments[index->segment_count].column = (unsigned)(c - t->columns);
    index->segments[index->segment_count++].descending = minus || (bare > name && *name == '-');
    return true;
}

/* After `when`: COLUMN [not] null. */
static bool define_condition(struct tool_words *w, struct tool_table *t, struct tool_index *index,
                             struct tool_failure *f)
{
    char name[TOOL_NAME_MAX + 1];
    const struct tool_column *c = NULL;
    bool not_null = false;

    if (!tool_word_name(w, "a column's name", name, f))
        return false;
    c = tool_column_find(t, name);
    if (c == NULL || index->condition_count == TOOL_SEGMENTS_MAX)
        return tool_fail(f, "the index %s: %s", index->name,
                         c == NULL ? "there is no such column to be a condition"
                                   : "it has too many conditions");
    not_null = tool_word_accept(w, "not");
    index->conditions[index->condition_count].column = (unsigned)(c - t->columns);
    index->conditions[index->condition_count++].must_be_null = !not_null;
    return tool_word_expect(w, "null", f);
}

bool tool_define_index(struct tool_words *w, struct tool_table *t, struct tool_failure *f)
{
    struct tool_index *index = tool_table_add_index(t);

    if (index == NULL)
        return tool_fail(f, "out of memory");
    for (;;) {
        if (tool_word_accept(w, "primary"))
            index->grbit |= JET_bitIndexPrimary;
        else if (tool_word_accept(w, "unique"))
            index->grbit |= JET_bitIndexUnique;
        else
            break;
    }
    if (!tool_word_expect(w, "index", f) ||
        !tool_word_name(w, "the index's name", index->name, f) || !tool_word_expect(w, "(", f))
        return false;
    do {
        if (!define_segment(w, t, index, f))
            return false;
    } while (tool_word_accept(w, ","));
    if (!tool_word_expect(w, ")", f))
        return false;
    for (;;) {
        if (accept_option(w, index_options, COUNT(index_options), &index->grbit))
            continue;
        if (tool_word_accept(w, "when")) {
            if (!define_condition(w, t, index, f))
                return false;
            continue;
        }
        if (!tool_word_accept(w, "key"))
            return true;
        if (!tool_word_number(w, "the largest key in octets", &index->key_most, f))
            return false;
    }
}

bool tool_define_table(struct tool_words *w, struct tool_table *t, struct tool_failure *f)
{
    do {
        if (tool_word_begins_index(w) ? !tool_define_index(w, t, f) : !define_column(w, t, f))
            return false;
    } while (tool_word_accept(w, ","));
    return true;
}

/* ---- writing ---- */

static void print_options(FILE *out, const struct option *options, size_t count, JET_GRBIT grbit)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; grbit & options[i].grbit && k < 3 && options[i].words[k] != NULL; k++)
            (void)fprintf(out, " %s", options[i].words[k]);
}

/* Bare where that reads as the same name. */
static void print_name(FILE *out, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    bool keyword = strcasecmp(name, "primary") == 0 || strcasecmp(name, "unique") == 0 ||
                   strcasecmp(name, "index") == 0;

    if (strspn(name, plain) == strlen(name) && !keyword)
        (void)fputs(name, out);
    else
        tool_json_string(out, name, strlen(name));
}

/* What the type gives a column by itself is not said. */
static JET_GRBIT grbit_said(const struct tool_column *c)
{
    JET_GRBIT said = c->grbit;

    if (tool_type_size(c->type) > 0 || tool_type_is_long(c->type))
        said &= ~(JET_GRBIT)JET_bitColumnVariable;
    if (tool_type_size(c->type) > 0)
        said &= ~(JET_GRBIT)JET_bitColumnFixed;
    if (tool_type_is_long(c->type) || said & JET_bitColumnMultiValued)
        said &= ~(JET_GRBIT)JET_bitColumnTagged;
    return said;
}

static void print_default(FILE *out, const struct tool_column *c)
{
    struct tool_writer w = {.out = out, .style = TOOL_STYLE_JSON, .column = c};

    (void)fputs(" default ", out);
    tool_writer_piece(&w, c->value_default.data, c->value_default.size, c->value_default.size);
}

static void print_column(FILE *out, const struct tool_column *c)
{
    bool sized = (c->type == JET_coltypText || c->type == JET_coltypBinary) && c->size_max > 0 &&
                 c->size_max != JET_cbColumnMost;

    print_name(out, c->name);
    (void)fprintf(out, " %s", tool_type_name(c->type));
    if (sized)
        (void)fprintf(out, "(%u)", c->size_max);
    if (tool_type_is_text(c->type) && c->code_page != TOOL_CODE_PAGE_UTF)
        (void)fputs(" ascii", out);
    print_options(out, column_options, COUNT(column_options), grbit_said(c));
    if (c->value_default.size > 0)
        print_default(out, c);
}

static void print_index(FILE *out, const struct tool_table *t, const struct tool_index *index)
{
    bool primary = index->grbit & JET_bitIndexPrimary;

    (void)fputs(primary ? "primary " : index->grbit & JET_bitIndexUnique ? "unique " : "", out);
    (void)fputs("index ", out);
    print_name(out, index->name);
    for (unsigned i = 0; i < index->segment_count; i++) {
        (void)fputs(i > 0 ? ", " : " (", out);
        (void)fputs(index->segments[i].descending ? "-" : "", out);
        print_name(out, t->columns[index->segments[i].column].name);
    }
    (void)fputc(')', out);
    print_options(out, index_options, COUNT(index_options), index->grbit);
    if (index->key_most > 0)
        (void)fprintf(out, " key %u", index->key_most);
    for (unsigned i = 0; i < index->condition_count; i++) {
        (void)fputs(" when ", out);
        print_name(out, t->columns[index->conditions[i].column].name);
        (void)fputs(index->conditions[i].must_be_null ? " null" : " not null", out);
    }
}

void tool_define_print(FILE *out, const struct tool_table *t, const char *lead)
{
    for (unsigned i = 0; i < t->column_count; i++) {
        (void)fputs(lead, out);
        print_column(out, &t->columns[i]);
        (void)fputs(i + 1 < t->column_count + t->index_count ? ",\n" : "\n", out);
    }
    for (unsigned i = 0; i < t->index_count; i++) {
        (void)fputs(lead, out);
        print_index(out, t, &t->indexes[i]);
        (void)fputs(i + 1 < t->index_count ? ",\n" : "\n", out);
    }
}
