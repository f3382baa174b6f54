/* SPDX-License-Identifier: Apache-2.0
 *
 * idl.c - holdfast idl: the command line of the IDL compiler
 *
 * Also the whole of holdfast-idl, the program of the build's first stage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idl/idl.h"
#include "tool/command.h"

static const char usage[] =
    "usage: holdfast idl FILE.idl [-I DIR]... [-D NAME[=VALUE]]... [--acf FILE.acf] [-o DIR]\n"
    "                    [--prefix-client P] [--prefix-server P] [--client none] [--server none]\n"
    "                    [--strict] [--protocol dce|all]\n"
    "--protocol all: stubs offer NDR64 beside NDR 2.0, and servers prefer it.\n"
    "FILE.acf beside the IDL is read without being named.\n"
    "Writes FILE.h, FILE_c.c (client stubs) and FILE_s.c (server stubs) to DIR.\n";

static int misuse(const char *what, const char *arg)
{
    fprintf(stderr, "holdfast idl: %s%s%s\n%s", what, arg[0] == '\0' ? "" : ": ", arg, usage);
    return 2;
}

/* The value of option `name` at *argv: `NAME VALUE`, `NAME=VALUE`, or (one letter) `NAMEVALUE`.
 * NULL if this is another option; *argv is moved to what was used last. */
static const char *option(char ***argv, const char *name)
{
    const char *arg = **argv;
    size_t n = strlen(name);

    if (strncmp(arg, name, n) != 0)
        return NULL;
    if (arg[n] == '=' && name[1] == '-')
        return arg + n + 1;
    if (arg[n] != '\0')
        return name[1] == '-' ? NULL : arg + n;
    if ((*argv)[1] == NULL)
        return NULL;
    return *++*argv;
}

static int none(const char *value, bool *ret)
{
    if (strcmp(value, "none") != 0)
        return misuse("only 'none' can be said of a stub", value);
    *ret = true;
    return 0;
}

/* NDR64 alone is not to be had: everyone must understand NDR 2.0 (rpc-wire 5). */
static int protocol(const char *value, bool *ret_ndr64)
{
    *ret_ndr64 = strcmp(value, "all") == 0;
    if (!*ret_ndr64 && strcmp(value, "dce") != 0)
        return misuse("the protocol is 'dce' or 'all'", value);
    return 0;
}

static int parse(struct idl_options *o, char **argv)
{
    const char *v;
    int status = 0;

    for (; *argv != NULL && status == 0; argv++) {
        if ((v = option(&argv, "-I")) != NULL)
            o->include_dirs[o->include_count++] = v;
        else if ((v = option(&argv, "-D")) != NULL)
            o->defines[o->define_count++] = v;
        else if ((v = option(&argv, "-o")) != NULL)
            o->out_dir = v;
        else if ((v = option(&argv, "--acf")) != NULL)
            o->acf = v;
        else if ((v = option(&argv, "--prefix-client")) != NULL)
            o->prefix_client = v;
        else if ((v = option(&argv, "--prefix-server")) != NULL)
            o->prefix_server = v;
        else if ((v = option(&argv, "--client")) != NULL)
            status = none(v, &o->no_client);
        else if ((v = option(&argv, "--server")) != NULL)
            status = none(v, &o->no_server);
        else if ((v = option(&argv, "--protocol")) != NULL)
            status = protocol(v, &o->ndr64);
        else if (strcmp(*argv, "--strict") == 0)
            o->strict = true;
        else if (**argv == '-' && (*argv)[1] != '\0')
            return misuse("no such option, or its value is missing", *argv);
        else if (o->input != NULL)
            return misuse("one IDL file at a time", *argv);
        else
            o->input = *argv;
    }
    return status;
}

int idl_command(int argc, char **argv)
{
    struct idl_options o = {.out_dir = ".", .prefix_client = "", .prefix_server = ""};
    int status;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return 0;
    }
    o.include_dirs = calloc((size_t)argc + 1, sizeof *o.include_dirs);
    o.defines = calloc((size_t)argc + 1, sizeof *o.defines);
    if (o.include_dirs == NULL || o.defines == NULL) {
        fprintf(stderr, "holdfast idl: out of memory\n");
        status = 1;
    } else {
        status = parse(&o, argv + 1);
        if (status == 0 && o.input == NULL)
            status = misuse("no IDL file", "");
        if (status == 0)
            status = idl_compile(&o, stderr);
    }
    free(o.include_dirs);
    free(o.defines);
    return status;
}

#ifdef IDL_STAGE
int main(int argc, char **argv)
{
    return idl_command(argc, argv);
}
#endif
