/* SPDX-License-Identifier: Apache-2.0
 *
 * shell.c - `holdfast shell`: JET databases by hand or by script
 */
#include "tool/command.h"
#include "tool/shell.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <getopt.h>
#include <histedit.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define STATEMENT_MAX ((size_t)16 << 20)

static const char usage[] =
    "usage: holdfast shell [OPTION...] FOLDER [DATABASE]\n"
    "\n"
    "Works on the databases of a store by commands, one a line; `help` lists them. FOLDER is the\n"
    "JET_paramSystemPath of the programs that use the store, or a server's address. With standard\n"
    "input from a file or pipe, the first command that fails ends it with exit status 1.\n"
    "\n"
    "  --base NAME     the store NAME.store of the folder (JET_paramBaseName)\n"
    "  --log FOLDER    where the store's log is (JET_paramLogFilePath)\n"
    "  --command LINE  run LINE and end; may be given several times\n"
    "  --json          begin with output as JSON\n"
    "  --keep-going    do not end at a command that fails\n";

struct request {
    struct tool_place place;
    const char *database;
    const char **lines; /* of --command */
    int line_count;
    bool json, keep_going;
};

/* ---- commands about the shell itself ---- */

static bool run_help(struct shell *s, struct tool_words *w, struct tool_failure *f);

static bool run_format(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    bool json = tool_word_accept(w, "json");

    if (!json && !tool_word_accept(w, "table"))
        return tool_fail(f, "format: table or json");
    s->json = json;
    return true;
}

static bool run_timing(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    bool on = tool_word_accept(w, "on");

    if (!on && !tool_word_accept(w, "off"))
        return tool_fail(f, "timing: on or off");
    s->timing = on;
    return true;
}

static bool run_quit(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    (void)w;
    (void)f;
    s->quit = true;
    return true;
}

static const struct shell_command own_commands[] = {
    {"format", run_format, SHELL_NOTHING, "table | json", "how rows are shown"},
    {"timing", run_timing, SHELL_NOTHING, "on | off", "show how long each command takes"},
    {"help", run_help, SHELL_NOTHING, "[COMMAND]", "list the commands, or explain one"},
    {"quit", run_quit, SHELL_NOTHING, "", "leave; what is not committed is rolled back"},
    {NULL, NULL, SHELL_NOTHING, NULL, NULL},
};

static const struct shell_command *const all_commands[] = {shell_schema_commands,
                                                           shell_row_commands, own_commands};

static const struct shell_command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof all_commands / sizeof *all_commands; i++)
        for (const struct shell_command *c = all_commands[i]; c->name != NULL; c++)
            if (strcasecmp(c->name, name) == 0)
                return c;
    return NULL;
}

static const char syntax_help[] =
    "\n"
    "Values are words, or \"text\" with \\n \\\" \\xHH \\uHHHH; null is NULL; binary is "
    "hexadecimal.\n"
    "# begins a comment. An open parenthesis goes on in the next line.\n"
    "ELEMENT of a table:  NAME TYPE [(SIZE)] [not null] [autoincrement] [version] [escrow] "
    "[multi]\n"
    "                     [fixed | variable | tagged] [compressed] [ascii] [default VALUE]\n"
    "                 or  [primary] [unique] index NAME (COLUMN, -COLUMN, ...) [no null]\n"
    "                     [ignore [any | first] null] [nulls high] [cross | nested]\n"
    "                     [no truncation] [key SIZE] [when COLUMN [not] null]\n"
    "TYPE:                bit byte short ushort long ulong longlong ulonglong currency single "
    "double\n"
    "                     datetime guid binary text longbinary longtext\n";

static bool run_help(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    const struct tool_word *name = tool_word_take(w);
    const struct shell_command *c = NULL;

    (void)s;
    if (name->size > 0) {
        c = find_command(name->text);
        if (c == NULL)
            return tool_fail(f, "there is no command %s; `help` lists them", name->text);
        (void)printf("%s %s\n    %s\n", c->name, c->arguments, c->help);
        (void)fputs(strcmp(c->name, "create") == 0 ? syntax_help : "", stdout);
        return true;
    }
    for (size_t i = 0; i < sizeof all_commands / sizeof *all_commands; i++)
        for (c = all_commands[i]; c->name != NULL; c++)
            (void)printf("  %-10s %s\n", c->name, c->help);
    (void)fputs(syntax_help, stdout);
    return true;
}

/* ---- one command ---- */

static bool check_need(const struct shell *s, const struct shell_command *c, struct tool_failure *f)
{
    if (c->need >= SHELL_DATABASE && s->dbid == JET_dbidNil)
        return tool_fail(f,
                         "%s: no database is open; `use NAME` opens one, `databases` lists them, "
                         "`create database NAME` makes one",
                         c->name);
    if (c->need == SHELL_TABLE && s->cursor == JET_tableidNil)
        return tool_fail(f, "%s: no table is open; `open NAME` opens one, `tables` lists them",
                         c->name);
    return true;
}

static bool run_words(struct shell *s, struct tool_words *w, struct tool_failure *f)
{
    const struct tool_word *name = tool_word_take(w);
    const struct shell_command *c = find_command(name->text);
    uint64_t start = clock_now_ns();

    if (c == NULL)
        return tool_fail(f, "there is no command %s; `help` lists them", name->text);
    if (!check_need(s, c, f) || !c->run(s, w, f))
        return false;
    if (w->at < w->count)
        return tool_fail(f, "%s is done, but \"%s\" and what follows is not understood", c->name,
                         tool_word_peek(w)->text);
    if (s->timing)
        (void)printf("(%.6f s)\n", (double)(clock_now_ns() - start) / 1e9);
    return true;
}

static enum tool_words_result run_line(struct shell *s, const char *line, struct tool_failure *f)
{
    struct arena arena;
    struct tool_words words = {0};
    char lent[4096] __attribute__((aligned(16)));
    enum tool_words_result r = TOOL_WORDS_OK;

    arena_init(&arena, lent, sizeof lent);
    r = tool_words_split(&arena, line, &words, f);
    if (r == TOOL_WORDS_OK && words.count > 0 && !run_words(s, &words, f))
        r = TOOL_WORDS_BAD;
    arena_fini(&arena);
    return r;
}

/* ---- lines ---- */

/* Where lines come from: a terminal, through libedit, or a file. */
struct source {
    EditLine *el;
    History *history;
    HistEvent event;
    char *line;
    size_t room;
    unsigned long number;
    char prompt[NAME_MAX + TOOL_NAME_MAX + 16];
};

static char *prompt_of(EditLine *el)
{
    struct source *src = NULL;

    (void)el_get(el, EL_CLIENTDATA, &src);
    return src->prompt;
}

static bool source_open(struct source *src)
{
    if (!isatty(STDIN_FILENO))
        return true;
    src->el = el_init("holdfast", stdin, stdout, stderr);
    src->history = history_init();
    if (src->el == NULL || src->history == NULL)
        return false;
    (void)history(src->history, &src->event, H_SETSIZE, 1000);
    (void)el_set(src->el, EL_CLIENTDATA, src);
    (void)el_set(src->el, EL_PROMPT, prompt_of);
    (void)el_set(src->el, EL_EDITOR, "emacs");
    (void)el_set(src->el, EL_HIST, history, src->history);
    (void)el_source(src->el, NULL);
    return true;
}

static void source_close(struct source *src)
{
    if (src->history != NULL)
        history_end(src->history);
    if (src->el != NULL)
        el_end(src->el);
    free(src->line);
}

static void set_prompt(struct source *src, const struct shell *s, bool goes_on)
{
    char stars[8] = "";

    for (int i = 0; i < s->level && i < 7; i++)
        (void)strcat(stars, "*");
    (void)snprintf(src->prompt, sizeof src->prompt, goes_on ? "%s%s%s%s... " : "%s%s%s%s> ",
                   s->database, s->cursor != JET_tableidNil ? ":" : "", s->table.name, stars);
}

/* The next line; NULL at the end. */
static const char *source_read(struct source *src)
{
    int count = 0;
    ssize_t size = 0;
    const char *line = NULL;

    src->number++;
    if (src->el != NULL) {
        line = el_gets(src->el, &count);
        if (line != NULL && count > 1)
            (void)history(src->history, &src->event, H_ENTER, line);
        return count > 0 ? line : NULL;
    }
    size = getline(&src->line, &src->room, stdin);
    return size >= 0 ? src->line : NULL;
}

/* Adds lines until the statement is whole. */
static enum tool_words_result run_statement(struct shell *s, struct source *src, const char *line,
                                            struct tool_failure *f)
{
    struct tool_text statement = {0};
    enum tool_words_result r = TOOL_WORDS_INCOMPLETE;

    while (r == TOOL_WORDS_INCOMPLETE && line != NULL) {
        if (statement.size > 0)
            statement.size--; /* the NUL */
        tool_text_add(&statement, line, strlen(line) + 1);
        if (statement.failed || statement.size > STATEMENT_MAX) {
            (void)tool_fail(f, "the command is longer than %zu octets", STATEMENT_MAX);
            r = TOOL_WORDS_BAD;
            break;
        }
        r = run_line(s, statement.data, f);
        if (r == TOOL_WORDS_INCOMPLETE) {
            set_prompt(src, s, true);
            line = source_read(src);
        }
    }
    tool_text_fini(&statement);
    if (r == TOOL_WORDS_INCOMPLETE)
        (void)tool_fail(f, "the input ends within a command: a quote or parenthesis is open");
    return r;
}

static void complain(const struct source *src, unsigned long number, const struct tool_failure *f)
{
    (void)fflush(stdout);
    if (src != NULL && src->el == NULL)
        (void)fprintf(stderr, "holdfast shell: line %lu: %s\n", number, f->text);
    else
        (void)fprintf(stderr, "%s%s\n", src == NULL ? "holdfast shell: " : "", f->text);
}

static int run_source(struct shell *s, bool keep_going)
{
    struct source src = {0};
    struct tool_failure f = {0};
    const char *line = NULL;
    int outcome = TOOL_OK;

    if (!source_open(&src)) {
        (void)fputs("holdfast shell: out of memory for line editing\n", stderr);
        source_close(&src);
        return TOOL_FAILED;
    }
    for (;;) {
        unsigned long number = 0;

        set_prompt(&src, s, false);
        line = source_read(&src);
        if (line == NULL)
            break;
        number = src.number;
        if (run_statement(s, &src, line, &f) != TOOL_WORDS_OK) {
            complain(&src, number, &f);
            if (src.el == NULL) {
                outcome = TOOL_FAILED;
                if (!keep_going)
                    break;
            }
        }
        (void)fflush(stdout);
        if (s->quit)
            break;
    }
    source_close(&src);
    return outcome;
}

static int run_commands(struct shell *s, const struct request *r)
{
    struct tool_failure f = {0};
    int outcome = TOOL_OK;

    for (int i = 0; i < r->line_count && !s->quit; i++) {
        enum tool_words_result result = run_line(s, r->lines[i], &f);

        if (result == TOOL_WORDS_INCOMPLETE)
            (void)tool_fail(&f, "%s: a quote or parenthesis is open", r->lines[i]);
        if (result == TOOL_WORDS_OK)
            continue;
        complain(NULL, 0, &f);
        outcome = TOOL_FAILED;
        if (!r->keep_going)
            break;
    }
    return outcome;
}

/* ---- the command ---- */

/* The database that was named, or the only one that there is. */
static bool open_first(struct shell *s, const char *database, struct tool_failure *f)
{
    char **names = NULL;
    size_t count = 0;
    bool ok = true;

    if (database != NULL)
        return shell_open_database(s, database, f);
    if (!tool_database_names(&s->store, &names, &count, f))
        return false;
    if (count == 1)
        ok = shell_open_database(s, names[0], f);
    tool_names_free(names, count);
    return ok;
}

/* 0, or the exit status that ends the program; -1 stands for "help was asked for". */
static int parse(int argc, char **argv, struct request *r)
{
    static const struct option known[] = {
        {"base", required_argument, NULL, 'b'},
        {"log", required_argument, NULL, 'l'},
        {"command", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        {"keep-going", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c = 0;

    optind = 1;
    while ((c = getopt_long(argc, argv, "c:", known, NULL)) != -1) {
        switch (c) {
        case 'b': r->place.base_name = optarg; break;
        case 'l': r->place.log_folder = optarg; break;
        case 'c': r->lines[r->line_count++] = optarg; break;
        case 'j': r->json = true; break;
        case 'k': r->keep_going = true; break;
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

static int run(const struct request *r)
{
    struct shell s = {.dbid = JET_dbidNil, .cursor = JET_tableidNil, .json = r->json};
    struct tool_failure f = {0};
    int outcome = TOOL_FAILED;

    (void)setlocale(LC_CTYPE, "");
    if (!tool_store_open(&s.store, &r->place, &f)) {
        complain(NULL, 0, &f);
        return TOOL_FAILED;
    }
    if (!open_first(&s, r->database, &f))
        complain(NULL, 0, &f);
    else
        outcome = r->line_count > 0 ? run_commands(&s, r) : run_source(&s, r->keep_going);
    shell_close_cursor(&s);
    if (!tool_store_close(&s.store, &f)) {
        complain(NULL, 0, &f);
        outcome = TOOL_FAILED;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "holdfast shell: cannot write the output: %s\n", strerror(errno));
        outcome = TOOL_FAILED;
    }
    return outcome;
}

int shell_command(int argc, char **argv)
{
    struct request r = {.place.may_create = true};
    int outcome = TOOL_FAILED;

    r.lines = mem_alloc((size_t)argc * sizeof *r.lines);
    if (r.lines != NULL)
        outcome = parse(argc, argv, &r);
    if (outcome == 0)
        outcome = run(&r);
    else if (outcome != TOOL_FAILED) {
        (void)fputs(usage, outcome == -1 ? stdout : stderr);
        outcome = outcome == -1 ? TOOL_OK : outcome;
    }
    mem_free(r.lines);
    return outcome;
}
