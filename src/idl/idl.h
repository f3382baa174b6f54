/* SPDX-License-Identifier: Apache-2.0
 *
 * idl.h - the compiler's common ground: a compilation, its diagnostics, its memory, its tokens
 *
 * Stages, each a file or a few, each knowing only what the former left behind:
 *
 *     source   file -> preprocessed text, with the way back to file and line
 *     lex      text -> tokens
 *     parse    tokens -> declarations (ast.h)
 *     acf      attributes of an ACF file, laid onto the declarations
 *     check    declarations -> the same, legal or refused
 *     plan     types -> marshalling plans (plan.h), no text
 *     emit_*   plans -> C
 *
 * All memory of a compilation is one arena. A failed allocation, and an error after which going on
 * makes no sense, leave through `idl_stop` to the one place that compiles; nothing leaks.
 */
#ifndef HF_IDL_IDL_H
#define HF_IDL_IDL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "idl/errors.h"

#define IDL_LIMIT_ERRORS  50   /* of one compilation; then it stops */
#define IDL_LIMIT_MEMBERS 4096 /* of one struct, union, parameter list */
#define IDL_LIMIT_IMPORTS 256  /* files of one compilation */
#define IDL_LIMIT_METHODS 65535

struct idl_type;
struct idl_symbol;

/* One text file as its author wrote it; `text` is read when an error has to show a line of it. */
struct idl_file {
    struct idl_file *next;
    const char *path;
    char *text;
    size_t size;
    bool tried;         /* to read it */
    uint32_t anonymous; /* types without a tag so far */
};

enum idl_token_kind {
    IDL_T_END,
    IDL_T_NAME,
    IDL_T_NUMBER,
    IDL_T_STRING, /* with its quotes, escapes untouched */
    IDL_T_CHAR,
    IDL_T_PUNCT,
};

struct idl_token {
    enum idl_token_kind kind;
    uint32_t length;
    const char *text;
    const char *line_text; /* start of its line in the preprocessed text */
    struct idl_file *file;
    uint32_t line;
    uint16_t punct; /* IDL_T_PUNCT: up to two characters, second in the high octet */
    bool wide;      /* L"..." or L'...' */
    struct idl_name *name;
};

#define IDL_PUNCT2(a, b) ((uint16_t)((a) | (b) << 8))

/* A name, and what it stands for in C's two name spaces. Interned: equal names, equal pointers. */
struct idl_name {
    struct idl_name *next;
    const char *text;
    uint32_t length;
    uint32_t hash;
    struct idl_symbol *symbol; /* typedef, constant, enumerator, function */
    struct idl_type *tag;      /* struct, union, enum */
};

/* What the command line says. */
struct idl_options {
    const char *input;
    const char *acf;
    const char *out_dir;
    const char *prefix_client, *prefix_server; /* "" if none */
    const char **include_dirs;
    uint32_t include_count;
    const char **defines; /* NAME or NAME=VALUE */
    uint32_t define_count;
    bool ndr64;  /* --protocol all: interfaces offer NDR64, too */
    bool strict; /* --strict: type_strict_context_handle unless said otherwise */
    bool no_client, no_server;
};

struct idl_compilation {
    struct arena arena;
    jmp_buf stop;
    FILE *messages; /* where diagnostics go */
    const struct idl_options *options;
    uint32_t errors, warnings;
    struct idl_file *files;
    struct idl_name **names;
    uint32_t name_count, name_room;
    struct idl_import *imports; /* files already imported */
    uint32_t import_count;
    struct idl_item **item_tail;
    struct idl_item *items;                      /* every declaration, in order */
    struct idl_pending *pending, **pending_tail; /* pointees to be planned */
    unsigned plan_depth;
    bool full_pointers; /* some pointer is [ptr] */
    const char *name;   /* main file's name without folder and extension */
    const char *stem;   /* ... as a part of names in C */
};

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Zeroed memory of the compilation; does not return without it. */
void *idl_alloc(struct idl_compilation *c, size_t size);
char *idl_strndup(struct idl_compilation *c, const char *s, size_t n);
char *idl_printf(struct idl_compilation *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *idl_vprintf(struct idl_compilation *c, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
struct idl_name *idl_intern(struct idl_compilation *c, const char *s, size_t n);

#define IDL_NEW(c, type) ((type *)idl_alloc((c), sizeof(type)))

/* Gives up the compilation. */
void idl_stop(struct idl_compilation *c) __attribute__((noreturn));

/* ---- Diagnostics ----------------------------------------------------------------------------- */

/* Reports an error at a token (NULL: none), with its line and a caret. Stops the compilation when
 * there have been IDL_LIMIT_ERRORS. */
void idl_error(struct idl_compilation *c, const struct idl_token *at, enum idl_error number,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
void idl_warning(struct idl_compilation *c, const struct idl_token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Stages ---------------------------------------------------------------------------------- */

struct idl_file *idl_file_get(struct idl_compilation *c, const char *path);

/* Runs the C preprocessor over a file; NULL after an error was reported at `at`. */
char *idl_preprocess(struct idl_compilation *c, const struct idl_token *at, const char *path,
                     size_t *ret_size);

/* Tokens of a preprocessed text, ended by IDL_T_END. The text must outlive them. */
struct idl_token *idl_lex(struct idl_compilation *c, const char *path, const char *text,
                          size_t size);

/* True if the file has not been imported before, nor is the main one. */
bool idl_first_import(struct idl_compilation *c, const char *path);

void idl_parse(struct idl_compilation *c, struct idl_token *tokens, bool imported);
void idl_acf(struct idl_compilation *c, struct idl_token *tokens);
void idl_check(struct idl_compilation *c);

/* The finished text of one output. */
struct idl_output {
    char *text;
    size_t size;
};
void idl_emit_header(struct idl_compilation *c, struct idl_output *ret_out);
void idl_emit_client(struct idl_compilation *c, struct idl_output *ret_out);
void idl_emit_server(struct idl_compilation *c, struct idl_output *ret_out);

/* The whole compilation of one file as the command line asks; returns an exit status. Messages go
 * to `messages`. Outputs are written only when nothing was wrong. */
int idl_compile(const struct idl_options *options, FILE *messages);

/* The part of it that the fuzzer drives: preprocessed text up to and including check and emission,
 * nothing read and nothing written. Returns the number of errors. */
uint32_t idl_compile_text(const struct idl_options *options, const char *text, size_t size,
                          const char *acf_text, size_t acf_size, FILE *messages,
                          struct idl_output ret_outputs[3], struct arena *ret_arena);

#endif
