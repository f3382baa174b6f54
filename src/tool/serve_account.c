/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_account.c - holdfast serve account: the NTLM accounts of a server
 *
 * The password comes from the terminal or from standard input, never from the command line, which
 * every user of the machine can read. The file is replaced as a whole, so a server that reads it at
 * that moment reads the old one or the new one.
 */
#include "tool/command.h"
#include "tool/serve_auth.h"

#include <holdfast/security.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#define NAME_MAX_OCTETS 255
#define PASSWORD        1024
#define LINE            1024

static const char usage[] =
    "usage: holdfast serve account [DOMAIN\\]NAME [--file FILE] [--remove]\n"
    "\n"
    "Adds an NTLM account for `holdfast serve`, or changes its password, which is asked for at "
    "the\n"
    "terminal or read from standard input (one line). The file holds the passwords' NT hashes, "
    "which\n"
    "are as good as the passwords: its mode is 0600.\n"
    "\n"
    "  --file FILE  the accounts; $HOLDFAST_NTLM_ACCOUNTS, else /etc/holdfast/ntlm-accounts\n"
    "  --remove     takes the account away\n";

struct request {
    const char *name, *file;
    bool remove;
};

static int complain(const char *what, const char *why)
{
    (void)fprintf(stderr, "holdfast serve account: %s: %s\n", what, why);
    return TOOL_FAILED;
}

static int read_options(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {{"file", required_argument, NULL, 'f'},
                                            {"remove", no_argument, NULL, 'r'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    *r = (struct request){.file = getenv("HOLDFAST_NTLM_ACCOUNTS")};
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'f': r->file = optarg; break;
        case 'r': r->remove = true; break;
        case 'h': (void)fputs(usage, stdout); exit(TOOL_OK);
        default: (void)fputs(usage, stderr); return TOOL_USAGE;
        }
    if (optind + 1 != argc) {
        (void)fputs(usage, stderr);
        return TOOL_USAGE;
    }
    r->name = argv[optind];
    if (!r->file)
        r->file = "/etc/holdfast/ntlm-accounts";
    return TOOL_OK;
}

/* A colon ends a name in the file, an @ is of Kerberos' principals. */
static const char *bad_name(const char *name)
{
    const char *user = strchr(name, '\\');

    if (strlen(name) > NAME_MAX_OCTETS)
        return "this name is too long";
    if (!*name || user == name || (user && (!user[1] || strchr(user + 1, '\\'))))
        return "write NAME or DOMAIN\\NAME";
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < ' ' || strchr(":@#\"*", *p))
            return "a name has no control characters and none of : @ # \" *";
    return NULL;
}

/* ---- the password ---- */

/* One line without its end; false at the end of input, or when it is too long. */
static bool read_line(char *to, size_t size)
{
    size_t n = 0;

    if (!fgets(to, (int)size, stdin))
        return false;
    n = strcspn(to, "\n");
    if (to[n] == '\0' && !feof(stdin))
        return false;
    to[n] = '\0';
    return true;
}

static bool ask(const char *prompt, char *to, size_t size)
{
    struct termios loud, quiet;
    bool changed = tcgetattr(STDIN_FILENO, &loud) == 0, good = false;

    quiet = loud;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    changed = changed && tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    if (!changed)
        return false;
    (void)fputs(prompt, stderr);
    good = read_line(to, size);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &loud);
    (void)fputc('\n', stderr);
    return good;
}

/* NULL, or what is wrong. */
static const char *read_password(char password[PASSWORD])
{
    char again[PASSWORD] = "";
    const char *wrong = NULL;

    if (!isatty(STDIN_FILENO))
        wrong = read_line(password, PASSWORD) ? NULL : "no line with a password on standard input";
    else if (!ask("Password: ", password, PASSWORD) || !ask("Once more: ", again, PASSWORD))
        wrong = "no password was given";
    else if (strcmp(password, again) != 0)
        wrong = "the two are not the same";
    if (!wrong && password[0] == '\0')
        wrong = "an empty password is none";
    explicit_bzero(again, sizeof again);
    return wrong;
}

/* ---- the file ---- */

static bool is_of(const char *line, const char *name)
{
    size_t n = strlen(name);

    return !strncasecmp(line, name, n) && line[n] == ':';
}

/* All lines but the account's. False when something could not be read or written. */
static bool copy_others(FILE *from, FILE *to, const char *name, bool *ret_there)
{
    char line[LINE];
    bool good = true;

    while (good && fgets(line, sizeof line, from)) {
        if (is_of(line, name))
            *ret_there = true;
        else
            good = fputs(line, to) >= 0;
    }
    explicit_bzero(line, sizeof line);
    return good && !ferror(from);
}

static bool put_account(FILE *to, const char *name, const unsigned char hash[16])
{
    bool good = fprintf(to, "%s:", name) > 0;

    for (int i = 0; good && i < 16; i++)
        good = fprintf(to, "%02x", hash[i]) == 2;
    return good && fputc('\n', to) != EOF;
}

/* `hash` NULL: the account goes. */
static int change(const struct request *r, const unsigned char *hash)
{
    char path[PATH_MAX], reason[PATH_MAX + 128];
    bool missing = false, there = false, good = false;
    int old = serve_auth_open(r->file, 077, &missing, reason, sizeof reason), fd = -1;
    FILE *from = old >= 0 ? fdopen(old, "r") : NULL, *to = NULL;
    int status = TOOL_OK;

    if (!from && (!missing || !hash)) {
        (void)fprintf(stderr, "holdfast serve account: %s\n", reason);
        return TOOL_FAILED;
    }
    if ((size_t)snprintf(path, sizeof path, "%s.new", r->file) >= sizeof path)
        status = complain(r->file, "this path is too long");
    if (!status)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!status && fd < 0)
        status = complain(path, errno == EEXIST
                                    ? "somebody else is changing the accounts; if not, delete it"
                                    : strerror(errno));
    to = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (to) {
        good = !from || copy_others(from, to, r->name, &there);
        good = good && (!hash || put_account(to, r->name, hash));
        good = fflush(to) == 0 && fsync(fd) == 0 && good;
        good = fclose(to) == 0 && good;
        if (good && !hash && !there)
            status = complain(r->name, "there is no such account");
        else if (!good || rename(path, r->file) != 0)
            status = complain(r->file, strerror(errno));
        if (status)
            (void)unlink(path);
    }
    if (from)
        (void)fclose(from);
    return status;
}

int serve_account_command(int argc, char **argv)
{
    char password[PASSWORD] = "";
    unsigned char hash[16];
    struct request r;
    const char *wrong = NULL;
    int status = read_options(argc, argv, &r);

    if (status)
        return status;
    wrong = bad_name(r.name);
    if (wrong)
        return complain(r.name, wrong);
    if (r.remove)
        return change(&r, NULL);
    wrong = read_password(password);
    if (!wrong && holdfast_nt_hash(password, hash) != RPC_S_OK)
        wrong = "the password is not UTF-8";
    explicit_bzero(password, sizeof password);
    status = wrong ? complain(r.name, wrong) : change(&r, hash);
    explicit_bzero(hash, sizeof hash);
    return status;
}
