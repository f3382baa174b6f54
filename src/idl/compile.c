/* SPDX-License-Identifier: Apache-2.0
 *
 * compile.c - a compilation from command line to files
 *
 * Outputs are written to temporary names and renamed, so that a build never sees half a file.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idl/parse.h"

/* A file's name without folder and extension. */
static char *name_of(struct idl_compilation *c, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');

    return idl_strndup(c, name, dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name));
}

const char *idl_stem(struct idl_compilation *c, const char *path)
{
    char *stem = name_of(c, path);

    for (char *p = stem; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p))
            *p = '_';
    return stem;
}

static void begin(struct idl_compilation *c, const struct idl_options *options, FILE *messages)
{
    memset(c, 0, sizeof *c);
    c->options = options;
    c->messages = messages;
    c->item_tail = &c->items;
    arena_init(&c->arena, NULL, 0);
}

static void end(struct idl_compilation *c)
{
    for (struct idl_file *f = c->files; f != NULL; f = f->next)
        mem_free(f->text);
    c->files = NULL;
}

static void emit_all(struct idl_compilation *c, struct idl_output outputs[3])
{
    idl_emit_header(c, &outputs[0]);
    if (!c->options->no_client)
        idl_emit_client(c, &outputs[1]);
    if (!c->options->no_server)
        idl_emit_server(c, &outputs[2]);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static bool write_file(struct idl_compilation *c, const char *path, const struct idl_output *o)
{
    const char *part = idl_printf(c, "%s.part%ld", path, (long)getpid());
    FILE *f = fopen(part, "wbe");
    bool good = f != NULL && fwrite(o->text, 1, o->size, f) == o->size;

    if (f != NULL && fclose(f) != 0)
        good = false;
    if (good && rename(part, path) == 0)
        return true;
    idl_error(c, NULL, IDL_E_FILE, "cannot write %s: %s", path, strerror(errno));
    if (f != NULL)
        unlink(part);
    return false;
}

static void write_all(struct idl_compilation *c, const struct idl_output outputs[3])
{
    static const char *const suffixes[] = {".h", "_c.c", "_s.c"};
    const char *path = c->options->input, *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
    int length = dot == NULL || dot == name ? (int)strlen(name) : (int)(dot - name);

    if (mkdir(c->options->out_dir, 0777) != 0 && errno != EEXIST) {
        idl_error(c, NULL, IDL_E_FILE, "cannot make the folder %s: %s", c->options->out_dir,
                  strerror(errno));
        return;
    }
    for (size_t i = 0; i < 3; i++)
        if (outputs[i].text != NULL)
            (void)write_file(
                c, idl_printf(c, "%s/%.*s%s", c->options->out_dir, length, name, suffixes[i]),
                &outputs[i]);
}

/* The ACF: the one that is named, else the one beside the IDL if there is one (MIDL's rule). */
static const char *acf_path(struct idl_compilation *c)
{
    const char *path = c->options->input, *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    bool extended = dot != NULL && (slash == NULL || dot > slash + 1) && dot != path;
    const char *beside =
        idl_printf(c, "%.*s.acf", (int)(extended ? dot - path : (ptrdiff_t)strlen(path)), path);

    if (c->options->acf != NULL)
        return c->options->acf;
    return access(beside, F_OK) == 0 ? beside : NULL;
}

static void compile_files(struct idl_compilation *c)
{
    const char *acf_file = acf_path(c);
    struct idl_output outputs[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    char *text, *acf = NULL;
    size_t size = 0, acf_size = 0;

    c->stem = idl_stem(c, c->options->input);
    c->name = name_of(c, c->options->input);
    text = idl_preprocess(c, NULL, c->options->input, &size);
    (void)idl_first_import(c, c->options->input);
    if (text != NULL)
        idl_parse(c, idl_lex(c, c->options->input, text, size), false);
    if (acf_file != NULL)
        acf = idl_preprocess(c, NULL, acf_file, &acf_size);
    if (acf != NULL)
        idl_acf(c, idl_lex(c, acf_file, acf, acf_size));
    if (c->errors == 0)
        idl_check(c);
    if (c->errors != 0)
        return;
    emit_all(c, outputs);
    write_all(c, outputs);
}

int idl_compile(const struct idl_options *options, FILE *messages)
{
    struct idl_compilation c;

    begin(&c, options, messages);
    if (setjmp(c.stop) == 0)
        compile_files(&c);
    end(&c);
    arena_fini(&c.arena);
    return c.errors == 0 ? 0 : 1;
}

uint32_t idl_compile_text(const struct idl_options *options, const char *text, size_t size,
                          const char *acf_text, size_t acf_size, FILE *messages,
                          struct idl_output ret_outputs[3], struct arena *ret_arena)
{
    struct idl_compilation c;

    begin(&c, options, messages);
    memset(ret_outputs, 0, 3 * sizeof *ret_outputs);
    if (setjmp(c.stop) == 0) {
        char *kept = idl_strndup(&c, text, size);

        c.stem = idl_stem(&c, options->input);
        c.name = name_of(&c, options->input);
        idl_parse(&c, idl_lex(&c, options->input, kept, size), false);
        if (acf_text != NULL)
            idl_acf(&c, idl_lex(&c, "acf", idl_strndup(&c, acf_text, acf_size), acf_size));
        if (c.errors == 0)
            idl_check(&c);
        if (c.errors == 0)
            emit_all(&c, ret_outputs);
    }
    end(&c);
    *ret_arena = c.arena;
    return c.errors;
}
