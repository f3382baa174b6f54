/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - `holdfast load`: rows of a file into a table
 *
 * Rows go in by batches, each one transaction. A row that cannot go in (its text is no value of its
 * column, its key exists, a column is missing) is told with its line and left out; what is wrong
 * with the store ends the load. Batches that are committed stay. At a server's address rows travel
 * by the thousand and are inserted there.
 */
#include "tool/command.h"
#include "tool/jet_define.h"
#include "tool/load_bulk.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PROGRESS_NS 2000000000u
#define SCHEMA_MAX  ((size_t)1 << 20)

static const char usage[] =
    "usage: holdfast load [OPTION...] FOLDER DATABASE TABLE FILE\n"
    "\n"
    "Adds the rows of FILE (- is standard input) to a table. CSV has a line with the names of the\n"
    "columns first; an empty field is NULL, \"\" is an empty value. JSON lines are what `holdfast\n"
    "dump` writes.\n"
    "\n"
    "  --format FORMAT   csv or jsonl; else by the name of FILE\n"
    "  --separator CHAR  of CSV: a comma unless said; \\t is a tab\n"
    "  --no-header       CSV without names: the columns in the table's order\n"
    "  --columns A,B,,D  the fields of CSV; an empty name skips a field\n"
    "  --schema TEXT     create the table; TEXT is as in `create table NAME (TEXT)` of the shell;\n"
    "                    @FILE reads it from a file\n"
    "  --base64          binary values are base64, not hexadecimal\n"
    "  --batch ROWS      rows of a transaction: 1000 unless said\n"
    "  --rejects COUNT   rows that may be rejected before the load is given up: 100 unless said\n"
    "  --base NAME       the store NAME.store of the folder\n"
    "  --log FOLDER      where the store's log is\n";

struct request {
    struct tool_place place;
    const char *database, *table, *file, *format, *columns, *schema;
    char separator;
    bool no_header, base64;
    unsigned long batch, rejects_max;
};

struct load {
    const struct request *request;
    struct tool_store store;
    JET_DBID dbid;
    JET_TABLEID cursor;
    struct tool_table table;
    struct load_bulk *bulk; /* NULL: rows go in here */
    struct load_source source;
    struct load_record record;
    struct tool_text value;
    bool json, in_transaction;
    unsigned long in_batch, committed, rejects;
    uint64_t start, last_progress;
};

/* ---- rows ---- */

/* After these the next row would fare no better. */
static bool is_fatal(JET_ERR err)
{
    static const JET_ERR fatal[] = {
        JET_errInstanceUnavailable,
        JET_errInstanceUnavailableDueToFatalLogDiskFull,
        JET_errTermInProgress,
        JET_errClientRequestToStopJetService,
        JET_errDiskIO,
        JET_errDiskFull,
        JET_errLogWriteFail,
        JET_errOutOfMemory,
        JET_errVersionStoreOutOfMemory,
        JET_errFeatureNotAvailable,
        JET_errPermissionDenied,
        JET_errTransReadOnly,
    };

    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        if (fatal[i] == err)
            return true;
    return false;
}

/* The octets of a value into l->value. */
static bool parse_value(struct load *l, const struct load_value *v, struct tool_failure *f)
{
    const char *text = l->record.text.data != NULL ? l->record.text.data + v->at : "";
    enum tool_binary binary = l->request->base64 ? TOOL_BASE64 : TOOL_HEX;

    l->value.size = 0;
    if (v->kind == LOAD_TEXT)
        return tool_value_parse(v->column, binary, text, v->size, &l->value, f);
    return (v->kind == LOAD_HEX ? tool_hex_parse(text, v->size, &l->value)
                                : tool_base64_parse(text, v->size, &l->value)) ||
           tool_fail(f, "the column %s: this is not %s", v->column->name,
                     v->kind == LOAD_HEX ? "hexadecimal" : "base64");
}

/* Puts one value into the row that is made. */
typedef bool put_value(struct load *l, const struct tool_column *c, unsigned number,
                       const void *data, size_t size, struct tool_failure *f);

static bool put_here(struct load *l, const struct tool_column *c, unsigned number, const void *data,
                     size_t size, struct tool_failure *f)
{
    return tool_row_set(l->store.session, l->cursor, c, data, size, number, f);
}

static bool put_bulk(struct load *l, const struct tool_column *c, unsigned number, const void *data,
                     size_t size, struct tool_failure *f)
{
    return load_bulk_value(l->bulk, c, number, data, size, f);
}

static bool put_values(struct load *l, put_value *put, struct tool_failure *f)
{
    unsigned number = 1;
    bool ok = true;

    for (size_t i = 0; ok && i < l->record.count; i++) {
        const struct load_value *v = &l->record.values[i];

        if (v->column->grbit & JET_bitColumnAutoincrement && v->kind == LOAD_NULL)
            continue; /* JET gives the number */
        number = i > 0 && v->column == l->record.values[i - 1].column ? number + 1 : 1;
        if (v->kind == LOAD_NULL)
            ok = put(l, v->column, number, NULL, 0, f);
        else
            ok = parse_value(l, v, f) &&
                 put(l, v->column, number, l->value.data != NULL ? l->value.data : "",
                     l->value.size, f);
    }
    return ok;
}

static bool sets_autoincrement(const struct load_record *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->values[i].column->grbit & JET_bitColumnAutoincrement &&
            r->values[i].kind != LOAD_NULL)
            return true;
    return false;
}

static unsigned prep_of(const struct load_record *r)
{
    return sets_autoincrement(r) ? JET_prepInsertMustSetAutoIncrement : JET_prepInsert;
}

/* What became of a record. */
enum put { PUT_DONE, PUT_REFUSED, PUT_FAILED };

static enum put outcome(bool ok, const struct tool_failure *f)
{
    return ok ? PUT_DONE : is_fatal(f->err) ? PUT_FAILED : PUT_REFUSED;
}

/* The record into the table; what is wrong with it is in `f`. */
static enum put insert(struct load *l, struct tool_failure *f)
{
    JET_ERR err = JetPrepareUpdate(l->store.session, l->cursor, prep_of(&l->record));
    bool ok = true;

    if (err < JET_errSuccess)
        return outcome(tool_jet_fail(f, err, "preparing a row"), f);
    ok = put_values(l, put_here, f);
    if (ok) {
        err = JetUpdate(l->store.session, l->cursor, NULL, 0, NULL);
        ok = err >= JET_errSuccess || tool_jet_fail(f, err, "inserting the row");
    }
    if (!ok)
        (void)JetPrepareUpdate(l->store.session, l->cursor, JET_prepCancel);
    return outcome(ok, f);
}

/* ---- batches ---- */

static bool begin_batch(struct load *l, struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;

    if (l->in_transaction)
        return true;
    if (l->bulk != NULL)
        return l->in_transaction = load_bulk_begin(l->bulk, f);
    err = JetBeginTransaction(l->store.session);
    l->in_transaction = err >= JET_errSuccess;
    return l->in_transaction || tool_jet_fail(f, err, "beginning a transaction");
}

static bool commit_batch(struct load *l, JET_GRBIT grbit, struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;

    if (!l->in_transaction)
        return true;
    if (l->bulk != NULL) {
        if (!load_bulk_commit(l->bulk, grbit, f))
            return false;
    } else {
        err = JetCommitTransaction(l->store.session, grbit);
        if (err < JET_errSuccess)
            return tool_jet_fail(f, err, "committing %lu rows", l->in_batch);
    }
    l->in_transaction = false;
    l->committed += l->in_batch;
    l->in_batch = 0;
    return true;
}

static double seconds_of(const struct load *l)
{
    return (double)(clock_now_ns() - l->start + 1) / 1e9;
}

static void show_progress(struct load *l)
{
    uint64_t now = clock_now_ns();

    if (now - l->last_progress < PROGRESS_NS)
        return;
    l->last_progress = now;
    (void)fprintf(stderr, "holdfast load: %lu rows, %.0f rows/s, line %lu\n", l->committed,
                  (double)l->committed / seconds_of(l), l->source.line);
}

/* False when there have been too many. */
static bool reject(struct load *l, unsigned long line, struct tool_failure *f)
{
    l->rejects++;
    (void)fprintf(stderr, "%s:%lu: rejected: %s\n", l->source.name, line, f->text);
    return l->rejects <= l->request->rejects_max ||
           tool_fail(f, "%lu rows rejected: given up at line %lu (--rejects allows more)",
                     l->rejects, line);
}

/* A row that was sent and counted. */
static bool refused_there(void *self, unsigned long line, struct tool_failure *f)
{
    struct load *l = self;

    l->in_batch--;
    return !is_fatal(f->err) && reject(l, line, f);
}

/* A row that is too large for a call goes in by itself, in pieces and in a transaction of its own. */
static enum put insert_large(struct load *l, struct tool_failure *f)
{
    JET_ERR err = JET_errSuccess;
    enum put result = PUT_FAILED;

    if (!commit_batch(l, JET_bitCommitLazyFlush, f))
        return PUT_FAILED;
    err = JetBeginTransaction(l->store.session);
    if (err < JET_errSuccess)
        return outcome(tool_jet_fail(f, err, "beginning a transaction"), f);
    result = insert(l, f);
    if (result == PUT_DONE) {
        err = JetCommitTransaction(l->store.session, 0);
        if (err >= JET_errSuccess) {
            l->committed++;
            return begin_batch(l, f) ? PUT_DONE : PUT_FAILED;
        }
        (void)tool_jet_fail(f, err, "committing a row");
        result = PUT_FAILED;
    }
    (void)JetRollback(l->store.session, 0);
    return result;
}

static enum put send_row(struct load *l, struct tool_failure *f)
{
    /* text becomes twice its octets at most, a number sixteen */
    size_t octets = l->record.text.size * 2 + l->record.count * 16;

    if (!load_bulk_takes(l->record.count, octets))
        return insert_large(l, f);
    if (!put_values(l, put_bulk, f)) {
        load_bulk_drop(l->bulk);
        return outcome(false, f);
    }
    l->in_batch++;
    return load_bulk_row(l->bulk, prep_of(&l->record), l->record.line, f) ? PUT_DONE : PUT_FAILED;
}

static enum put put_row(struct load *l, struct tool_failure *f)
{
    enum put result = PUT_FAILED;

    if (!begin_batch(l, f))
        return PUT_FAILED;
    if (l->bulk != NULL)
        return send_row(l, f);
    result = insert(l, f);
    l->in_batch += result == PUT_DONE;
    return result;
}

/* What waits goes first, so that refusals are told in the order of the file. */
static bool reject_here(struct load *l, struct tool_failure *f)
{
    struct tool_failure why = *f;

    if (l->bulk != NULL && l->in_transaction && !load_bulk_flush(l->bulk, f))
        return false;
    *f = why;
    return reject(l, l->record.line, f);
}

static bool load_rows(struct load *l, struct tool_failure *f)
{
    for (;;) {
        enum load_result r = l->json ? load_json_read(&l->source, &l->record, f)
                                     : load_csv_read(&l->source, &l->record, f);
        enum put put = PUT_REFUSED;

        if (r == LOAD_FAILED)
            return false;
        if (r == LOAD_END)
            return commit_batch(l, 0, f); /* durable, and with it all before */
        if (r == LOAD_ROW)
            put = put_row(l, f);
        if (put == PUT_FAILED || (put == PUT_REFUSED && !reject_here(l, f)))
            return false;
        if (l->in_batch >= l->request->batch) {
            if (!commit_batch(l, JET_bitCommitLazyFlush, f))
                return false;
            show_progress(l);
        }
    }
}

/* ---- the table ---- */

static bool read_schema(const char *argument, struct tool_text *text, struct tool_failure *f)
{
    char piece[4096];
    size_t n = 0;
    FILE *in = NULL;

    if (argument[0] != '@') {
        tool_text_add(text, argument, strlen(argument) + 1);
        return !text->failed || tool_fail(f, "out of memory");
    }
    in = fopen(argument + 1, "re");
    if (in == NULL)
        return tool_fail(f, "cannot read the schema %s: %s", argument + 1, strerror(errno));
    while (text->size <= SCHEMA_MAX && (n = fread(piece, 1, sizeof piece, in)) > 0)
        tool_text_add(text, piece, n);
    tool_text_add(text, "", 1);
    (void)fclose(in);
    return (!text->failed && text->size <= SCHEMA_MAX) ||
           tool_fail(f, "the schema %s is too large", argument + 1);
}

/* The elements alone, or all of `create table NAME (ELEMENTS)` as `schema` shows it. */
static bool define(struct tool_words *w, struct tool_table *t, struct tool_failure *f)
{
    char name[TOOL_NAME_MAX + 1];
    bool whole = tool_word_accept(w, "create");

    if (whole && (!tool_word_expect(w, "table", f) ||
                  !tool_word_name(w, "a table's name", name, f) || !tool_word_expect(w, "(", f)))
        return false;
    if (!tool_define_table(w, t, f) || (whole && !tool_word_expect(w, ")", f)))
        return false;
    return w->at == w->count ||
           tool_fail(f, "\"%s\" in the schema is not understood", tool_word_peek(w)->text);
}

static bool create_table(struct load *l, struct tool_failure *f)
{
    struct tool_text text = {0};
    struct tool_table t = {0};
    struct tool_words w = {0};
    struct arena arena;
    enum tool_words_result split = TOOL_WORDS_BAD;
    bool ok = read_schema(l->request->schema, &text, f);

    arena_init(&arena, NULL, 0);
    (void)snprintf(t.name, sizeof t.name, "%s", l->request->table);
    if (ok) {
        split = tool_words_split(&arena, text.data, &w, f);
        if (split == TOOL_WORDS_INCOMPLETE)
            (void)tool_fail(f, "the schema ends within a quote or parenthesis");
        ok = split == TOOL_WORDS_OK && define(&w, &t, f) &&
             tool_table_create(l->store.session, l->dbid, &t, &l->cursor, f);
    }
    if (ok && JetCloseTable(l->store.session, l->cursor) < JET_errSuccess)
        ok = tool_fail(f, "closing the new table %s failed", t.name);
    tool_table_fini(&t);
    tool_text_fini(&text);
    arena_fini(&arena);
    return ok;
}

static bool open_table(struct load *l, struct tool_failure *f)
{
    const struct request *r = l->request;
    JET_ERR err = JET_errSuccess;
    char path[PATH_MAX];

    if (!tool_database_path(&l->store, r->database, path, f))
        return false;
    if (!tool_database_open(&l->store, r->database, &l->dbid, f)) {
        if (r->schema == NULL || f->err != JET_errFileNotFound)
            return false;
        err = JetCreateDatabaseA(l->store.session, path, NULL, &l->dbid, 0);
        if (err < JET_errSuccess)
            return tool_jet_fail(f, err, "creating the database %s", path);
    }
    if (r->schema != NULL && !create_table(l, f))
        return false;
    err = JetOpenTableA(l->store.session, l->dbid, r->table, NULL, 0, 0, &l->cursor);
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "opening the table %s of %s", r->table, r->database);
    if (!tool_table_describe(l->store.session, l->cursor, r->table, &l->table, f))
        return false;
    if (!l->store.is_folder)
        l->bulk = load_bulk_open(r->place.address, r->database, &l->table, refused_there, l, f);
    return l->store.is_folder || l->bulk != NULL;
}

/* ---- the file ---- */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);

    return n > s && strcasecmp(name + n - s, suffix) == 0;
}

static bool open_file(struct load *l, struct tool_failure *f)
{
    const struct request *r = l->request;
    bool csv = has_suffix(r->file, ".csv") || has_suffix(r->file, ".tsv");

    l->json = has_suffix(r->file, ".jsonl") || has_suffix(r->file, ".ndjson");
    if (r->format != NULL) {
        csv = strcmp(r->format, "csv") == 0;
        l->json = strcmp(r->format, "jsonl") == 0;
    }
    if (!csv && !l->json)
        return tool_fail(f, "say what %s is: --format csv or --format jsonl", r->file);
    l->source = (struct load_source){.name = r->file, .line = 1, .table = &l->table};
    l->source.separator = r->separator != '\0'          ? r->separator
                          : has_suffix(r->file, ".tsv") ? '\t'
                                                        : ',';
    l->source.in = strcmp(r->file, "-") == 0 ? stdin : fopen(r->file, "re");
    if (l->source.in == NULL)
        return tool_fail(f, "cannot read %s: %s", r->file, strerror(errno));
    return l->json || load_csv_begin(&l->source, r->columns, !r->no_header, f);
}

static int finish(struct load *l, bool ok, struct tool_failure *f)
{
    double seconds = seconds_of(l);

    if (!ok)
        (void)fprintf(stderr, "holdfast load: %s\n", f->text);
    (void)printf("%lu rows in %.2f s, %.0f rows/s; %lu rejected%s\n", l->committed, seconds,
                 (double)l->committed / seconds, l->rejects,
                 ok ? "" : "; given up, what is counted here is in the table");
    if (l->source.in != NULL && l->source.in != stdin)
        (void)fclose(l->source.in);
    tool_text_fini(&l->source.field);
    tool_text_fini(&l->source.json);
    tool_text_fini(&l->value);
    mem_free(l->source.fields);
    load_record_fini(&l->record);
    tool_table_fini(&l->table);
    if (l->in_transaction && l->bulk == NULL)
        (void)JetRollback(l->store.session, JET_bitRollbackAll);
    load_bulk_close(l->bulk);
    if (!tool_store_close(&l->store, f)) {
        (void)fprintf(stderr, "holdfast load: %s\n", f->text);
        ok = false;
    }
    return ok && l->rejects == 0 ? TOOL_OK : TOOL_FAILED;
}

static int run(const struct request *r)
{
    struct load l = {.request = r, .cursor = JET_tableidNil};
    struct tool_failure f = {0};
    bool ok = true;

    if (!tool_store_open(&l.store, &r->place, &f)) {
        (void)fprintf(stderr, "holdfast load: %s\n", f.text);
        return TOOL_FAILED;
    }
    l.start = l.last_progress = clock_now_ns();
    ok = open_table(&l, &f) && open_file(&l, &f) && load_rows(&l, &f);
    return finish(&l, ok, &f);
}

/* ---- the command line ---- */

static bool parse_count(const char *text, unsigned long least, unsigned long *ret_count)
{
    char *end = NULL;

    *ret_count = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *ret_count >= least;
}

static bool parse_separator(const char *text, char *ret_separator)
{
    *ret_separator = strcmp(text, "\\t") == 0 ? '\t' : text[0];
    return *ret_separator == '\t' || (text[0] != '\0' && text[1] == '\0' && text[0] != '"');
}

/* 0, or the exit status that ends the program; -1 stands for "help was asked for". */
static int parse(int argc, char **argv, struct request *r)
{
    static const struct option known[] = {
        {"format", required_argument, NULL, 'f'}, {"separator", required_argument, NULL, 's'},
        {"no-header", no_argument, NULL, 'n'},    {"columns", required_argument, NULL, 'c'},
        {"schema", required_argument, NULL, 'S'}, {"base64", no_argument, NULL, '6'},
        {"batch", required_argument, NULL, 'B'},  {"rejects", required_argument, NULL, 'R'},
        {"base", required_argument, NULL, 'b'},   {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    bool ok = true;
    int c = 0;

    optind = 1;
    while (ok && (c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'f':
            r->format = optarg;
            ok = strcmp(optarg, "csv") == 0 || strcmp(optarg, "jsonl") == 0;
            break;
        case 's': ok = parse_separator(optarg, &r->separator); break;
        case 'n': r->no_header = true; break;
        case 'c': r->columns = optarg; break;
        case 'S': r->schema = optarg; break;
        case '6': r->base64 = true; break;
        case 'B': ok = parse_count(optarg, 1, &r->batch); break;
        case 'R': ok = parse_count(optarg, 0, &r->rejects_max); break;
        case 'b': r->place.base_name = optarg; break;
        case 'l': r->place.log_folder = optarg; break;
        case 'h': return -1;
        default: return TOOL_USAGE;
        }
        if (!ok)
            (void)fprintf(stderr, "holdfast load: \"%s\" does not suit its option\n", optarg);
    }
    if (!ok || optind + 4 != argc)
        return TOOL_USAGE;
    r->place.address = argv[optind];
    r->database = argv[optind + 1];
    r->table = argv[optind + 2];
    r->file = argv[optind + 3];
    return 0;
}

int load_command(int argc, char **argv)
{
    struct request r = {.batch = 1000, .rejects_max = 100};
    int outcome = parse(argc, argv, &r);

    r.place.may_create = r.schema != NULL;
    if (outcome == 0)
        return run(&r);
    (void)fputs(usage, outcome == -1 ? stdout : stderr);
    return outcome == -1 ? TOOL_OK : outcome;
}
