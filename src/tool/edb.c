/* SPDX-License-Identifier: Apache-2.0
 *
 * edb.c - `holdfast edb`: shows and dumps Windows .edb files
 */
#include "ese/edb/edb.h"
#include "tool/command.h"
#include "tool/edb_print.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

struct request {
    const char *path, *table;
    enum edb_print_format format;
    unsigned options; /* enum edb_options */
    bool rows;
};

static const char usage[] =
    "usage: holdfast edb info [OPTION...] FILE    the header, in whatever state the file is\n"
    "       holdfast edb dump [OPTION...] FILE    header, tables, columns, indexes\n"
    "\n"
    "  --rows           the rows of each table, too, with their long values\n"
    "  --table NAME     only this table\n"
    "  --format FORMAT  text (the default), json, or truth (canonical lines of raw bytes)\n"
    "  --allow-dirty    read a file that was not shut down cleanly, as it is\n"
    "  --allow-newer    read a file of a newer format update than known\n";

static bool parse_format(const char *name, enum edb_print_format *ret_format)
{
    static const char *const names[] = {
        [EDB_PRINT_TEXT] = "text", [EDB_PRINT_JSON] = "json", [EDB_PRINT_TRUTH] = "truth"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_format = (enum edb_print_format)i;
            return true;
        }
    }
    return false;
}

/* 0, or the exit status that ends the program. -1 stands for "help was asked for". */
static int parse(int argc, char **argv, struct request *ret)
{
    static const struct option known[] = {
        {"rows", no_argument, NULL, 'r'},
        {"table", required_argument, NULL, 't'},
        {"format", required_argument, NULL, 'f'},
        {"allow-dirty", no_argument, NULL, 'd'},
        {"allow-newer", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'r': ret->rows = true; break;
        case 't': ret->table = optarg; break;
        case 'd': ret->options |= EDB_ALLOW_DIRTY; break;
        case 'n': ret->options |= EDB_ALLOW_NEWER; break;
        case 'h': return -1;
        case 'f':
            if (parse_format(optarg, &ret->format))
                break;
            (void)fprintf(stderr, "holdfast edb: no format \"%s\"\n", optarg);
            return TOOL_USAGE;
        default: return TOOL_USAGE;
        }
    }
    if (optind + 1 != argc)
        return TOOL_USAGE;
    ret->path = argv[optind];
    return 0;
}

static int complain(const struct edb_error *e)
{
    (void)fprintf(stderr, "holdfast edb: %s\n", e->text);
    return TOOL_FAILED;
}

/* A table that breaks off does not keep the others from being shown. */
static int dump_tables(struct edb_file *f, const struct request *r)
{
    const struct edb_table *tables, *only = NULL;
    size_t count, printed = 0;
    int outcome = TOOL_OK;

    tables = edb_tables(f, &count);
    if (r->table != NULL) {
        only = edb_table_find(f, r->table);
        if (only == NULL) {
            (void)fprintf(stderr, "holdfast edb: %s: no table \"%s\"\n", r->path, r->table);
            return TOOL_FAILED;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (only != NULL && only != &tables[i])
            continue;
        if (r->format == EDB_PRINT_JSON && printed++ > 0)
            (void)fputs(",\n", stdout);
        if (edb_print_table(stdout, r->format, f, &tables[i], r->rows) != EDB_OK)
            outcome = complain(edb_file_error(f));
    }
    return outcome;
}

static int run(const struct request *r, bool tables)
{
    struct edb_file *f = NULL;
    struct edb_error error;
    bool json = r->format == EDB_PRINT_JSON;
    int outcome = TOOL_OK;

    if (edb_open(r->path, r->options, &f, &error) != EDB_OK)
        return complain(&error);
    if (json)
        (void)fputs("{\"header\": ", stdout);
    edb_print_header(stdout, r->format, f);
    if (json && tables)
        (void)fputs(",\n\"tables\": [\n", stdout);
    if (tables)
        outcome = dump_tables(f, r);
    if (json)
        (void)fputs(tables ? "]}\n" : "}\n", stdout);
    edb_close(f);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "holdfast edb: cannot write the output: %s\n", strerror(errno));
        outcome = TOOL_FAILED;
    }
    return outcome;
}

int edb_command(int argc, char **argv)
{
    struct request r = {0};
    const char *verb = argc >= 2 ? argv[1] : "";
    bool info = strcmp(verb, "info") == 0, dump = strcmp(verb, "dump") == 0;
    int outcome = TOOL_USAGE;

    if (info)
        r.options |= EDB_HEADER_ONLY;
    if (info || dump)
        outcome = parse(argc - 1, argv + 1, &r);
    else if (strcmp(verb, "--help") == 0)
        outcome = -1;
    if (outcome == 0)
        return run(&r, dump);
    (void)fputs(usage, outcome == -1 ? stdout : stderr);
    return outcome == -1 ? TOOL_OK : outcome;
}
