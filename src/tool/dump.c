/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.c - `holdfast dump`: the rows of a table as CSV or JSON lines
 *
 * All of one snapshot. What `holdfast load` reads again gives the same octets; what CSV cannot say
 * (several values of a column, octets that are no text) is refused, and said, rather than lost.
 */
#include "tool/command.h"
#include "tool/jet_define.h"
#include "tool/jet_print.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

static const char usage[] =
    "usage: holdfast dump [OPTION...] FOLDER DATABASE TABLE\n"
    "\n"
    "Writes the rows of a table, as of one moment, to standard output.\n"
    "\n"
    "  --format FORMAT   jsonl (unless said) or csv; csv cannot say several values of a column\n"
    "  --separator CHAR  of CSV: a comma unless said; \\t is a tab\n"
    "  --no-header       CSV without the line of names\n"
    "  --index NAME      in the order of this index; rows that it leaves out are left out\n"
    "  --base64          binary values as base64, not hexadecimal\n"
    "  --schema          not the rows but how to create the table, for `holdfast load --schema`\n"
    "  --base NAME       the store NAME.store of the folder\n"
    "  --log FOLDER      where the store's log is\n";

struct request {
    struct tool_place place;
    const char *database, *table, *index;
    char separator;
    bool csv, no_header, base64, schema;
};

static void print_header(const struct request *r, const struct tool_table *t)
{
    for (unsigned i = 0; i < t->column_count; i++) {
        struct tool_column text = {.type = JET_coltypText, .code_page = TOOL_CODE_PAGE};
        struct tool_writer w = {.out = stdout, .style = TOOL_STYLE_CSV, .column = &text};
        size_t size = strlen(t->columns[i].name);

        if (i > 0)
            (void)fputc(r->separator, stdout);
        tool_writer_piece(&w, t->columns[i].name, size, size);
    }
    (void)fputc('\n', stdout);
}

static bool print_csv(struct tool_reader *reader, const struct request *r, struct tool_failure *f)
{
    struct tool_writer w = {
        .out = stdout, .style = TOOL_STYLE_CSV, .binary = r->base64 ? TOOL_BASE64 : TOOL_HEX};

    for (unsigned i = 0; i < reader->table->column_count; i++) {
        const struct tool_column *c = &reader->table->columns[i];
        bool null = tool_reader_is_null(reader, i), several = false;

        if (i > 0)
            (void)fputc(r->separator, stdout);
        if (null)
            continue;
        several = tool_reader_has_more(reader, i);
        if (!several && !tool_reader_write(reader, i, &w, f))
            return false;
        if (several || w.unsayable)
            return tool_fail(f, "the column %s has %s, which CSV cannot say; use --format jsonl",
                             c->name, several ? "several values" : "octets that are no text");
    }
    (void)fputc('\n', stdout);
    return true;
}

static bool print_rows(JET_SESID session, JET_TABLEID cursor, const struct tool_table *t,
                       const struct request *r, struct tool_failure *f)
{
    struct tool_reader reader;
    unsigned long rows = 0;
    JET_ERR err = JET_errSuccess;
    bool ok = tool_reader_init(&reader, session, cursor, t, f);

    if (ok && r->csv && !r->no_header)
        print_header(r, t);
    if (ok)
        err = JetMove(session, cursor, JET_MoveFirst, 0);
    while (ok && err >= JET_errSuccess && !ferror(stdout)) {
        ok = tool_reader_read(&reader, f);
        if (ok && r->csv)
            ok = print_csv(&reader, r, f);
        else if (ok) {
            ok = tool_reader_json(&reader, stdout, r->base64 ? TOOL_BASE64 : TOOL_HEX, f);
            (void)fputc('\n', stdout);
        }
        rows += ok;
        if (ok)
            err = JetMove(session, cursor, JET_MoveNext, 0);
    }
    tool_reader_fini(&reader);
    if (!ok)
        (void)fprintf(stderr, "holdfast dump: row %lu of %s:\n", rows + 1, t->name);
    if (ok && err < JET_errSuccess && err != JET_errNoCurrentRecord)
        ok = tool_jet_fail(f, err, "moving in the table %s after %lu rows", t->name, rows);
    return ok;
}

static bool dump_table(const struct tool_store *s, JET_TABLEID cursor, const struct request *r,
                       struct tool_failure *f)
{
    struct tool_table t = {0};
    JET_ERR err = JET_errSuccess;
    bool ok = tool_table_describe(s->session, cursor, r->table, &t, f);

    if (ok && r->schema) {
        (void)printf("create table ");
        tool_json_string(stdout, t.name, strlen(t.name));
        (void)printf(" (\n");
        tool_define_print(stdout, &t, "    ");
        (void)printf(")\n");
    } else if (ok) {
        if (r->index != NULL)
            err = JetSetCurrentIndexA(s->session, cursor, r->index);
        ok = err >= JET_errSuccess
                 ? print_rows(s->session, cursor, &t, r, f)
                 : tool_jet_fail(f, err, "choosing the index %s of the table %s", r->index, t.name);
    }
    tool_table_fini(&t);
    return ok;
}

static bool dump(const struct tool_store *s, const struct request *r, struct tool_failure *f)
{
    JET_DBID dbid = JET_dbidNil;
    JET_TABLEID cursor = JET_tableidNil;
    JET_ERR err = JET_errSuccess;
    bool ok = tool_database_open(s, r->database, &dbid, f);

    if (!ok)
        return false;
    err = JetBeginTransaction2(s->session, JET_bitTransactionReadOnly);
    if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "beginning a transaction");
    err = JetOpenTableA(s->session, dbid, r->table, NULL, 0, JET_bitTableReadOnly, &cursor);
    ok = err >= JET_errSuccess
             ? dump_table(s, cursor, r, f)
             : tool_jet_fail(f, err, "opening the table %s of %s", r->table, r->database);
    err = JetRollback(s->session, JET_bitRollbackAll);
    return ok && (err >= JET_errSuccess || tool_jet_fail(f, err, "ending the transaction"));
}

static int run(const struct request *r)
{
    struct tool_store s;
    struct tool_failure f = {0};
    bool ok = tool_store_open(&s, &r->place, &f);

    if (ok) {
        ok = dump(&s, r, &f);
        if (!ok)
            (void)fprintf(stderr, "holdfast dump: %s\n", f.text);
        ok = tool_store_close(&s, &f) && ok;
    } else
        (void)fprintf(stderr, "holdfast dump: %s\n", f.text);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "holdfast dump: cannot write the output: %s\n", strerror(errno));
        ok = false;
    }
    return ok ? TOOL_OK : TOOL_FAILED;
}

/* 0, or the exit status that ends the program; -1 stands for "help was asked for". */
static int parse(int argc, char **argv, struct request *r)
{
    static const struct option known[] = {
        {"format", required_argument, NULL, 'f'}, {"separator", required_argument, NULL, 's'},
        {"no-header", no_argument, NULL, 'n'},    {"index", required_argument, NULL, 'i'},
        {"base64", no_argument, NULL, '6'},       {"schema", no_argument, NULL, 'S'},
        {"base", required_argument, NULL, 'b'},   {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    int c = 0;

    optind = 1;
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'f':
            r->csv = strcmp(optarg, "csv") == 0;
            if (r->csv || strcmp(optarg, "jsonl") == 0)
                break;
            (void)fprintf(stderr, "holdfast dump: no format \"%s\"\n", optarg);
            return TOOL_USAGE;
        case 's':
            r->separator = strcmp(optarg, "\\t") == 0 ? '\t' : optarg[0];
            if (r->separator == '\t' || (optarg[0] != '\0' && optarg[1] == '\0' && *optarg != '"'))
                break;
            (void)fprintf(stderr, "holdfast dump: a separator is one character, not a quote\n");
            return TOOL_USAGE;
        case 'n': r->no_header = true; break;
        case 'i': r->index = optarg; break;
        case '6': r->base64 = true; break;
        case 'S': r->schema = true; break;
        case 'b': r->place.base_name = optarg; break;
        case 'l': r->place.log_folder = optarg; break;
        case 'h': return -1;
        default: return TOOL_USAGE;
        }
    }
    if (optind + 3 != argc)
        return TOOL_USAGE;
    r->place.address = argv[optind];
    r->database = argv[optind + 1];
    r->table = argv[optind + 2];
    return 0;
}

int dump_command(int argc, char **argv)
{
    struct request r = {.separator = ','};
    int outcome = parse(argc, argv, &r);

    if (outcome == 0)
        return run(&r);
    (void)fputs(usage, outcome == -1 ? stdout : stderr);
    return outcome == -1 ? TOOL_OK : outcome;
}
