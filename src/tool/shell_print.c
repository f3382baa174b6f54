/* SPDX-License-Identifier: Apache-2.0
 *
 * shell_print.c - rows as a table for people or as JSON
 */
#include "tool/shell.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define CELL_OCTETS 160 /* of a value that are read for a table */
#define CELL_WIDTH  48  /* characters of a cell that are shown */
#define BATCH       64  /* rows that share their widths */

/* Cells of up to BATCH rows, row by row. */
struct grid {
    char **cells;
    size_t *widths;
    unsigned columns, rows;
};

static bool grid_init(struct grid *g, unsigned columns)
{
    *g = (struct grid){.columns = columns};
    g->cells = mem_alloc(((size_t)columns * BATCH + 1) * sizeof *g->cells);
    g->widths = mem_alloc((columns + 1) * sizeof *g->widths);
    return g->cells != NULL && g->widths != NULL;
}

static void grid_clear(struct grid *g)
{
    for (size_t i = 0; g->cells != NULL && i < (size_t)g->columns * BATCH; i++) {
        free(g->cells[i]);
        g->cells[i] = NULL;
    }
    g->rows = 0;
}

static void grid_fini(struct grid *g)
{
    grid_clear(g);
    mem_free(g->cells);
    mem_free(g->widths);
}

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

/* Cuts the text to CELL_WIDTH characters. */
static void cut(char *text)
{
    size_t n = 0;

    for (char *p = text; *p != '\0'; p++) {
        if ((*p & 0xc0) == 0x80)
            continue;
        if (n++ == CELL_WIDTH - 3 && characters(p) > 3) {
            memcpy(p, "...", 4);
            return;
        }
    }
}

/* One column of the current row as text from malloc. */
static char *make_cell(const struct shell *s, const struct tool_column *c, JET_ERR *ret_err)
{
    char data[CELL_OCTETS], *text = NULL;
    unsigned long size = 0;
    size_t length = 0, shown = 0;
    FILE *out = open_memstream(&text, &length);
    struct tool_writer w = {.out = out, .style = TOOL_STYLE_TABLE, .column = c};
    JET_ERR err = JET_errOutOfMemory;

    if (out != NULL)
        err = JetRetrieveColumn(s->store.session, s->cursor, c->id, data, sizeof data, &size, 0,
                                NULL);
    shown = size < sizeof data ? size : sizeof data;
    if (err == JET_errSuccess || err == JET_wrnBufferTruncated)
        tool_writer_piece(&w, data, shown, shown);
    else if (err == JET_wrnColumnNull)
        (void)fputs("NULL", out);
    if (out != NULL && (fclose(out) != 0 || text == NULL))
        err = JET_errOutOfMemory;
    if (err == JET_errSuccess || err == JET_wrnBufferTruncated)
        cut(text);
    *ret_err = err < JET_errSuccess ? err : JET_errSuccess;
    return text;
}

static bool add_row(const struct shell *s, struct grid *g, struct tool_failure *f)
{
    for (unsigned i = 0; i < g->columns; i++) {
        const struct tool_column *c = &s->table.columns[i];
        JET_ERR err = JET_errSuccess;
        char *cell = make_cell(s, c, &err);
        size_t width = cell != NULL ? characters(cell) : 0;

        g->cells[g->rows * g->columns + i] = cell;
        if (err < JET_errSuccess)
            return tool_jet_fail(f, err, "reading the column %s", c->name);
        if (g->widths[i] < width)
            g->widths[i] = width;
    }
    g->rows++;
    return true;
}

static void print_padded(const char *text, size_t width, bool last)
{
    size_t n = characters(text);

    (void)fputs(text, stdout);
    for (; !last && n < width + 2; n++)
        (void)fputc(' ', stdout);
}

static void print_heading(const struct shell *s, struct grid *g)
{
    for (unsigned i = 0; i < g->columns; i++) {
        size_t width = characters(s->table.columns[i].name);

        if (g->widths[i] < width)
            g->widths[i] = width;
        print_padded(s->table.columns[i].name, g->widths[i], i + 1 == g->columns);
    }
    (void)fputc('\n', stdout);
    for (unsigned i = 0; i < g->columns; i++) {
        for (size_t n = 0; n < g->widths[i]; n++)
            (void)fputc('-', stdout);
        (void)fputs(i + 1 < g->columns ? "  " : "\n", stdout);
    }
}

static void print_grid(const struct shell *s, struct grid *g, bool heading)
{
    if (heading)
        print_heading(s, g);
    for (unsigned r = 0; r < g->rows; r++) {
        for (unsigned i = 0; i < g->columns; i++)
            print_padded(g->cells[r * g->columns + i], g->widths[i], i + 1 == g->columns);
        (void)fputc('\n', stdout);
    }
    grid_clear(g);
}

static bool print_json_row(struct shell *s, struct tool_failure *f)
{
    struct tool_reader r;
    bool ok = false;

    if (!tool_reader_init(&r, s->store.session, s->cursor, &s->table, f))
        return false;
    ok = tool_reader_read(&r, f) && tool_reader_json(&r, stdout, TOOL_HEX, f);
    if (ok)
        (void)fputc('\n', stdout);
    tool_reader_fini(&r);
    return ok;
}

/* Moves on, unless this was the last row that is wanted. *ret_more: there is another. */
static bool step(struct shell *s, bool *ret_more, struct tool_failure *f)
{
    JET_ERR err = JetMove(s->store.session, s->cursor, JET_MoveNext, 0);

    *ret_more = err >= JET_errSuccess;
    return *ret_more || err == JET_errNoCurrentRecord ||
           tool_jet_fail(f, err, "moving in the table %s", s->table.name);
}

static bool print_table(struct shell *s, uint32_t count, bool move, struct tool_failure *f)
{
    struct grid g;
    bool ok = grid_init(&g, s->table.column_count) || tool_fail(f, "out of memory");
    bool more = ok, heading = true;

    for (uint32_t n = 0; ok && more && n < count; n++) {
        ok = add_row(s, &g, f);
        if (ok && move)
            ok = step(s, &more, f);
        if (ok && g.rows == BATCH) {
            print_grid(s, &g, heading);
            heading = false;
        }
    }
    if (ok && g.rows > 0)
        print_grid(s, &g, heading);
    grid_fini(&g);
    return ok;
}

bool shell_print_row(struct shell *s, struct tool_failure *f)
{
    return s->json ? print_json_row(s, f) : print_table(s, 1, false, f);
}

bool shell_print_rows(struct shell *s, uint32_t count, struct tool_failure *f)
{
    JET_ERR err = JetMove(s->store.session, s->cursor, 0, 0);
    bool more = true;

    if (err == JET_errNoCurrentRecord || err == JET_errRecordDeleted) {
        if (!step(s, &more, f))
            return false;
        if (!more) {
            (void)fputs(s->json ? "" : "(no rows)\n", stdout);
            return true;
        }
    } else if (err < JET_errSuccess)
        return tool_jet_fail(f, err, "reading the table %s", s->table.name);
    if (!s->json)
        return print_table(s, count, true, f);
    for (uint32_t n = 0; more && n < count; n++)
        if (!print_json_row(s, f) || !step(s, &more, f))
            return false;
    return true;
}

void shell_print_names(struct shell *s, const char *heading, char *const *names, size_t count)
{
    if (!s->json)
        (void)printf("%s\n", heading);
    for (size_t i = 0; i < count; i++) {
        if (s->json) {
            tool_json_string(stdout, names[i], strlen(names[i]));
            (void)fputc('\n', stdout);
        } else
            (void)printf("  %s\n", names[i]);
    }
}
