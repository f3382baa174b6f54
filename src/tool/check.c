/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - `holdfast check`: looks for faults in JET databases
 *
 * Each table is looked at through the JET API in one snapshot: its description in the catalog, every
 * row with every value. What lies below the API the engine looks at itself (holdfast_ese_check):
 * catalog, records, entries of indexes, long values. At a server's address, which cannot, every entry
 * is compared with its row through the API instead (check_index.c). Nothing is changed.
 */
#include "tool/check.h"
#include "tool/command.h"

#include <holdfast/check_ese.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char usage[] =
    "usage: holdfast check [OPTION...] FOLDER [DATABASE]\n"
    "\n"
    "Compares catalog, rows, long values and every entry of every index of a database, or of all "
    "in\n"
    "the folder. Changes nothing. The exit status is 1 when there is a fault.\n"
    "\n"
    "  --verbose       name each table as it is looked at\n"
    "  --faults COUNT  give up after so many faults: 100 unless said\n"
    "  --base NAME     the store NAME.store of the folder\n"
    "  --log FOLDER    where the store's log is\n";

bool check_fault(struct check *c, const struct tool_table *t, const char *format, ...)
{
    va_list args;

    (void)printf("%s %s: ", c->database, t != NULL ? t->name : "catalog");
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)fputc('\n', stdout);
    return ++c->faults < c->faults_max;
}

/* Tells what JET said as a fault. */
static bool fault_of(struct check *c, const struct tool_table *t, const struct tool_failure *f)
{
    return check_fault(c, t, "%s", f->text);
}

/* ---- the catalog ---- */

static bool check_columns(struct check *c, const struct tool_table *t)
{
    for (unsigned i = 0; i < t->column_count; i++) {
        const struct tool_column *column = &t->columns[i];
        JET_COLUMNDEF def = {.cbStruct = sizeof def};
        JET_ERR err = JetGetColumnInfoA(c->store.session, c->dbid, t->name, column->name, &def,
                                        sizeof def, JET_ColInfo);

        if (i > 0 && column->id <= t->columns[i - 1].id &&
            !check_fault(c, t, "columns %s and %s have the numbers %u and %u",
                         t->columns[i - 1].name, column->name, t->columns[i - 1].id, column->id))
            return false;
        if ((err < JET_errSuccess || def.columnid != column->id || def.coltyp != column->type) &&
            !check_fault(c, t,
                         "the column %s is listed as %u of type %u, but found as %u of type %u",
                         column->name, column->id, column->type, def.columnid, def.coltyp))
            return false;
    }
    return true;
}

static bool check_indexes_listed(struct check *c, const struct tool_table *t)
{
    unsigned primary = 0;

    for (unsigned i = 0; i < t->index_count; i++) {
        primary += (t->indexes[i].grbit & JET_bitIndexPrimary) != 0;
        for (unsigned k = 0; k < i; k++)
            if (strcasecmp(t->indexes[i].name, t->indexes[k].name) == 0 &&
                !check_fault(c, t, "two indexes are called %s", t->indexes[i].name))
                return false;
    }
    return primary <= 1 || check_fault(c, t, "there are %u primary indexes", primary);
}

/* ---- rows ---- */

struct counted {
    size_t octets;
};

static void count_piece(void *self, const void *data, size_t size, size_t total)
{
    struct counted *n = self;

    (void)data;
    (void)total;
    n->octets += size;
}

/* Reads every value of one column of the current row, to its end. */
static bool check_values(struct check *c, struct tool_reader *r, unsigned i, struct tool_failure *f)
{
    const struct tool_column *column = &r->table->columns[i];
    const JET_RETRIEVECOLUMN *first = &r->columns[i];
    size_t size = tool_type_size(column->type);
    bool several = column->grbit & JET_bitColumnMultiValued, null = false;

    if (first->err == JET_wrnColumnNull)
        return !(column->grbit & JET_bitColumnNotNULL) ||
               tool_fail(f, "the column %s is NULL and may not be", column->name);
    c->values++;
    if (size > 0 && first->cbActual != size)
        return tool_fail(f, "the column %s has %lu octets instead of %zu", column->name,
                         first->cbActual, size);
    if (first->err != JET_wrnBufferTruncated && !several)
        return true;
    for (unsigned n = 1; !null; n++) {
        struct counted count = {0};

        if (!tool_row_get(r->session, r->cursor, column, n, count_piece, &count, &null, f))
            return false;
        c->octets += count.octets;
        if (!several)
            break;
    }
    return true;
}

static bool check_row(struct check *c, struct tool_reader *r, const char *where,
                      struct tool_failure *f)
{
    if (!tool_reader_read(r, f))
        return check_fault(c, r->table, "row %s: %s", where, f->text);
    for (unsigned i = 0; i < r->table->column_count; i++)
        if (!check_values(c, r, i, f) && !check_fault(c, r->table, "row %s: %s", where, f->text))
            return false;
    return true;
}

/* C1 for the rows themselves: their bookmarks ascend. */
static bool walk_rows(struct check *c, struct tool_reader *r, struct tool_failure *f)
{
    unsigned char before[JET_cbKeyMostMost + 1], bookmark[JET_cbKeyMostMost + 1];
    unsigned long size = 0, size_before = 0, n = 0;
    char text[CHECK_KEY_TEXT];
    JET_ERR err = JetMove(r->session, r->cursor, JET_MoveFirst, 0);

    for (; err >= JET_errSuccess; n++) {
        size_t least = 0;
        int order = 0;

        err = JetGetBookmark(r->session, r->cursor, bookmark, sizeof bookmark, &size);
        if (err < JET_errSuccess)
            break;
        least = size < size_before ? size : size_before;
        order = memcmp(before, bookmark, least);
        if (n > 0 && (order > 0 || (order == 0 && size <= size_before)) &&
            !check_fault(c, r->table, "the row %s stands behind one that is not below it",
                         check_key_text(bookmark, size, text)))
            return tool_fail(f, "too many faults");
        if (!check_row(c, r, check_key_text(bookmark, size, text), f))
            return tool_fail(f, "too many faults");
        memcpy(before, bookmark, size);
        size_before = size;
        err = JetMove(r->session, r->cursor, JET_MoveNext, 0);
    }
    c->rows += n;
    return err == JET_errNoCurrentRecord ||
           tool_jet_fail(f, err, "walking the rows of %s after %lu", r->table->name, n);
}

/* ---- tables ---- */

static bool check_parts(struct check *c, JET_TABLEID cursor, const struct tool_table *t,
                        struct tool_failure *f)
{
    struct tool_reader r;
    bool ok = false;

    if (!check_columns(c, t) || !check_indexes_listed(c, t))
        return tool_fail(f, "too many faults");
    if (!tool_reader_init(&r, c->store.session, cursor, t, f))
        return false;
    ok = walk_rows(c, &r, f);
    tool_reader_fini(&r);
    for (unsigned i = 0; ok && i < t->index_count; i++) {
        if (t->indexes[i].grbit & JET_bitIndexPrimary)
            continue;
        if (c->below)
            c->indexes++;
        else
            ok = check_index(c, t, &t->indexes[i], f);
    }
    return ok;
}

/* ---- below the API ---- */

static void take_fault(void *context, const char *text)
{
    struct check *c = context;

    if (c->faults < c->faults_max)
        (void)printf("%s %s\n", c->database, text);
    c->faults++;
}

static bool check_below(struct check *c, struct tool_failure *f)
{
    HOLDFAST_ESE_CHECK below = {.fault = take_fault, .context = c};
    JET_ERR err = holdfast_ese_check(c->store.session, c->dbid, &below);

    c->below = err != JET_errFeatureNotAvailable;
    if (!c->below)
        return true;
    c->entries += below.entries;
    c->long_values += below.long_values;
    return err >= JET_errSuccess || tool_jet_fail(f, err, "looking below the tables");
}

/* A table that cannot be walked to its end is a fault; the others are still looked at. */
static bool check_table(struct check *c, const char *name)
{
    struct tool_failure f = {0};
    struct tool_table t = {0};
    JET_TABLEID cursor = JET_tableidNil;
    JET_ERR err = JetBeginTransaction2(c->store.session, JET_bitTransactionReadOnly);
    bool ok = err >= JET_errSuccess || tool_jet_fail(&f, err, "beginning a transaction");

    if (c->verbose)
        (void)fprintf(stderr, "%s %s\n", c->database, name);
    (void)snprintf(t.name, sizeof t.name, "%s", name);
    if (ok) {
        err =
            JetOpenTableA(c->store.session, c->dbid, name, NULL, 0, JET_bitTableReadOnly, &cursor);
        ok = err >= JET_errSuccess
                 ? tool_table_describe(c->store.session, cursor, name, &t, &f)
                 : tool_jet_fail(&f, err, "opening the table %s, which is listed", name);
    }
    ok = ok && check_parts(c, cursor, &t, &f);
    if (!ok && c->faults < c->faults_max)
        (void)fault_of(c, &t, &f);
    (void)JetRollback(c->store.session, JET_bitRollbackAll);
    tool_table_fini(&t);
    c->tables++;
    return c->faults < c->faults_max;
}

static void check_database(struct check *c, const char *name)
{
    struct tool_failure f = {0};
    char **tables = NULL;
    size_t count = 0;

    c->database = name;
    if (!tool_database_open(&c->store, name, &c->dbid, &f)) {
        (void)fault_of(c, NULL, &f);
        return;
    }
    if (!check_below(c, &f))
        (void)fault_of(c, NULL, &f);
    if (!tool_table_names(c->store.session, c->dbid, &tables, &count, &f))
        (void)fault_of(c, NULL, &f);
    for (size_t i = 0; i < count && check_table(c, tables[i]); i++)
        continue;
    tool_names_free(tables, count);
    (void)JetCloseDatabase(c->store.session, c->dbid, 0);
    (void)JetDetachDatabaseA(c->store.session, NULL);
}

/* ---- the command ---- */

struct request {
    struct tool_place place;
    const char *database;
    unsigned long faults_max;
    bool verbose;
};

static void print_sum(const struct check *c)
{
    (void)printf("%lu tables, %lu rows, %lu values (%llu octets read in pieces), ", c->tables,
                 c->rows, c->values, (unsigned long long)c->octets);
    if (c->below)
        (void)printf("%lu long values, ", c->long_values);
    (void)printf("%lu indexes, %lu entries: ", c->indexes, c->entries);
    (void)printf(c->faults == 0 ? "no fault\n" : "%lu faults\n", c->faults);
    if (c->not_compared > 0)
        (void)printf("%lu tuple indexes were walked, but not compared with the rows\n",
                     c->not_compared);
    if (c->faults >= c->faults_max)
        (void)printf("given up: --faults allows more\n");
}

static bool check_all(struct check *c, const struct request *r, struct tool_failure *f)
{
    char **names = NULL;
    size_t count = 0;

    if (r->database != NULL) {
        check_database(c, r->database);
        return true;
    }
    if (!tool_database_names(&c->store, &names, &count, f))
        return false;
    for (size_t i = 0; i < count && c->faults < c->faults_max; i++)
        check_database(c, names[i]);
    tool_names_free(names, count);
    return count > 0 ||
           tool_fail(f, "%s holds no database files; name a database that lies elsewhere",
                     r->place.address);
}

static int run(const struct request *r)
{
    struct check c = {.faults_max = r->faults_max, .verbose = r->verbose};
    struct tool_failure f = {0};
    bool ok = tool_store_open(&c.store, &r->place, &f);

    if (ok) {
        ok = check_all(&c, r, &f);
        if (ok)
            print_sum(&c);
        else
            (void)fprintf(stderr, "holdfast check: %s\n", f.text);
        if (!tool_store_close(&c.store, &f)) {
            (void)fprintf(stderr, "holdfast check: %s\n", f.text);
            ok = false;
        }
    } else
        (void)fprintf(stderr, "holdfast check: %s\n", f.text);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "holdfast check: cannot write the output: %s\n", strerror(errno));
        ok = false;
    }
    return ok && c.faults == 0 ? TOOL_OK : TOOL_FAILED;
}

/* 0, or the exit status that ends the program; -1 stands for "help was asked for". */
static int parse(int argc, char **argv, struct request *r)
{
    static const struct option known[] = {
        {"verbose", no_argument, NULL, 'v'},    {"faults", required_argument, NULL, 'F'},
        {"base", required_argument, NULL, 'b'}, {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0},
    };
    char *end = NULL;
    int c = 0;

    optind = 1;
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'v': r->verbose = true; break;
        case 'F':
            r->faults_max = strtoul(optarg, &end, 10);
            if (*optarg >= '1' && *optarg <= '9' && *end == '\0')
                break;
            (void)fprintf(stderr, "holdfast check: --faults takes a count, not \"%s\"\n", optarg);
            return TOOL_USAGE;
        case 'b': r->place.base_name = optarg; break;
        case 'l': r->place.log_folder = optarg; break;
        case 'h': return -1;
        default: return TOOL_USAGE;
        }
    }
    if (optind >= argc || optind + 2 < argc)
        return TOOL_USAGE;
    r->place.address = argv[optind];
    r->database = argv[optind + 1];
    return 0;
}

int check_command(int argc, char **argv)
{
    struct request r = {.faults_max = 100};
    int outcome = parse(argc, argv, &r);

    if (outcome == 0)
        return run(&r);
    (void)fputs(usage, outcome == -1 ? stdout : stderr);
    return outcome == -1 ? TOOL_OK : outcome;
}
