/* SPDX-License-Identifier: Apache-2.0
 *
 * source.c - files, and the C preprocessor that reads them
 *
 * The preprocessor is the system's C compiler, run as a child without a shell: $HOLDFAST_CPP, else
 * `cc`, `gcc`, `clang`, whichever is found first. Its line markers lead errors back to the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "idl/idl.h"

#define SOURCE_COMMANDS 4

struct idl_file *idl_file_get(struct idl_compilation *c, const char *path)
{
    struct idl_file *f;

    for (f = c->files; f != NULL; f = f->next)
        if (strcmp(f->path, path) == 0)
            return f;
    f = IDL_NEW(c, struct idl_file);
    f->path = idl_strndup(c, path, strlen(path));
    f->next = c->files;
    c->files = f;
    return f;
}

static const char **arguments(struct idl_compilation *c, const char *path)
{
    const struct idl_options *o = c->options;
    const char **args = idl_alloc(c, (o->include_count + o->define_count + 12) * sizeof *args);
    const char *slash = strrchr(path, '/');
    size_t n = 1; /* args[0]: the command */

    args[n++] = "-E";
    args[n++] = "-undef";
    args[n++] = "-D__midl=700";
    args[n++] = "-D__HOLDFAST_IDL__=1";
    args[n++] = "-nostdinc";
    args[n++] = idl_printf(c, "-I%s",
                           slash == NULL   ? "."
                           : slash == path ? "/"
                                           : idl_strndup(c, path, (size_t)(slash - path)));
    for (uint32_t i = 0; i < o->include_count; i++)
        args[n++] = idl_printf(c, "-I%s", o->include_dirs[i]);
    for (uint32_t i = 0; i < o->define_count; i++)
        args[n++] = idl_printf(c, "-D%s", o->defines[i]);
    args[n++] = "-xc";
    args[n++] = path[0] == '-' ? idl_printf(c, "./%s", path) : path;
    return args;
}

/* Everything the child writes, at most the source limit and one octet. NULL: no memory. */
static char *drain(int fd, size_t *ret_size)
{
    size_t room = 65536, size = 0;
    char *text = mem_alloc(room + 1);

    while (text != NULL) {
        ssize_t n = read(fd, text + size, room - size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        size += (size_t)n;
        if (size > IDL_LIMIT_SOURCE)
            break;
        if (size == room) {
            char *more = mem_grow(text, 2 * room + 1);

            if (more == NULL) {
                mem_free(text);
                return NULL;
            }
            text = more;
            room *= 2;
        }
    }
    if (text != NULL)
        text[size] = '\0';
    *ret_size = size;
    return text;
}

static void run(const char **commands, const char **args, int out)
{
    if (dup2(out, 1) < 0)
        _exit(126);
    for (size_t i = 0; commands[i] != NULL; i++) {
        args[0] = commands[i];
        execvp(args[0], (char *const *)(uintptr_t)args);
        if (errno != ENOENT)
            break;
    }
    _exit(127);
}

/* Keeps the child's text in the compilation. */
static char *adopt(struct idl_compilation *c, const struct idl_token *at, const char *path,
                   char *take_text, size_t size)
{
    char *text = NULL;

    if (take_text == NULL) {
        idl_error(c, at, IDL_E_LIMIT, "out of memory while reading %s", path);
        return NULL;
    }
    if (size > IDL_LIMIT_SOURCE)
        idl_error(c, at, IDL_E_LIMIT, "%s has more than %u octets after preprocessing", path,
                  IDL_LIMIT_SOURCE);
    else
        text = arena_alloc(&c->arena, size + 1);
    if (text != NULL)
        memcpy(text, take_text, size);
    mem_free(take_text);
    return text;
}

char *idl_preprocess(struct idl_compilation *c, const struct idl_token *at, const char *path,
                     size_t *ret_size)
{
    const char *commands[SOURCE_COMMANDS + 1] = {NULL};
    const char *own = getenv("HOLDFAST_CPP");
    const char **args = arguments(c, path);
    int fds[2], status = 0, n = 0;
    char *text;
    pid_t child;

    if (own != NULL && own[0] != '\0') {
        commands[n++] = own;
    } else {
        commands[n++] = "cc";
        commands[n++] = "gcc";
        commands[n++] = "clang";
    }
    if (access(path, R_OK) != 0) {
        idl_error(c, at, IDL_E_FILE, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    if (pipe2(fds, O_CLOEXEC) != 0) {
        idl_error(c, at, IDL_E_FILE, "cannot start the preprocessor: %s", strerror(errno));
        return NULL;
    }
    fflush(c->messages);
    child = fork();
    if (child == 0)
        run(commands, args, fds[1]);
    close(fds[1]);
    text = child < 0 ? NULL : drain(fds[0], ret_size);
    close(fds[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child < 0) {
        idl_error(c, at, IDL_E_FILE, "cannot start the preprocessor: %s", strerror(errno));
        return NULL;
    }
    if (text != NULL && *ret_size <= IDL_LIMIT_SOURCE && status != 0) {
        mem_free(text);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
            idl_error(c, at, IDL_E_FILE,
                      "no C preprocessor found (%s); install gcc, or name one in HOLDFAST_CPP",
                      own != NULL ? own : "tried cc, gcc, clang");
        else
            idl_error(c, at, IDL_E_FILE, "the preprocessor refused %s", path);
        return NULL;
    }
    return adopt(c, at, path, text, *ret_size);
}
