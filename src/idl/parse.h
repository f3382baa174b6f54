/* SPDX-License-Identifier: Apache-2.0
 *
 * parse.h - what the parser's files share
 *
 * A syntax error is reported and leaves to the nearest `struct recovery`, which skips to the end of
 * the statement; so one run reports the errors of many statements.
 */
#ifndef HF_IDL_PARSE_H
#define HF_IDL_PARSE_H

#include <string.h>

#include "idl/ast.h"

struct parser {
    struct idl_compilation *c;
    struct idl_token *t; /* the next token */
    jmp_buf *recovery;
    unsigned depth; /* of nesting, at most IDL_LIMIT_NESTING */
    bool imported;
    struct idl_interface *interface; /* whose body this is, or NULL */
    enum idl_attr_kind pointer_class;
    bool ms_union; /* of the interface */
    struct idl_function ***function_tail;
};

struct idl_import {
    struct idl_import *next;
    const char *real_path;
};

/* ---- Tokens ---------------------------------------------------------------------------------- */

static inline bool is_punct(const struct parser *p, uint16_t punct)
{
    return p->t->kind == IDL_T_PUNCT && p->t->punct == punct;
}

static inline bool is_word(const struct parser *p, const char *word)
{
    return p->t->kind == IDL_T_NAME && strcmp(p->t->name->text, word) == 0;
}

bool parse_accept(struct parser *p, uint16_t punct);
void parse_expect(struct parser *p, uint16_t punct, const char *after);
bool parse_accept_word(struct parser *p, const char *word);
struct idl_name *parse_name(struct parser *p, const char *what);

/* Reports and leaves to the recovery. */
void parse_fail(struct parser *p, enum idl_error number, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

/* Around each level of nesting. */
void parse_enter(struct parser *p);
static inline void parse_leave(struct parser *p)
{
    p->depth--;
}

/* The characters of a string token, escapes untouched, without its quotes. */
char *parse_string(struct parser *p, const char *what);

/* A file's name without folder and extension, as a C name. */
const char *idl_stem(struct idl_compilation *c, const char *path);

/* ---- Pieces ---------------------------------------------------------------------------------- */

/* parse_expr.c */
struct idl_expr *parse_expr(struct parser *p); /* without comma */
bool parse_integer(const struct idl_token *t, int64_t *ret_value);

/* parse_attr.c: every [list] here, appended to *attrs; `places` are those that may follow. */
void parse_attrs(struct parser *p, struct idl_attrs *attrs, unsigned places, bool acf);
void parse_attrs_place(struct parser *p, struct idl_attrs *attrs, enum idl_place place);

/* parse_type.c */
bool parse_is_type(const struct parser *p);
struct idl_type *parse_type_spec(struct parser *p, struct idl_attrs *attrs, bool *ret_defines);
struct idl_type *parse_declarator(struct parser *p, struct idl_type *base,
                                  const struct idl_token **ret_name);
struct idl_type *parse_type_name(struct parser *p); /* type and abstract declarator */
struct idl_type *parse_pointer_to(struct parser *p, struct idl_type *to);
struct idl_var *parse_params(struct parser *p);
void parse_check_name(struct parser *p, const struct idl_token *t);
/* A typedef that says of a type of the language what it is anyway. */
bool parse_restates(const struct idl_token *name, const struct idl_type *t);

#endif
