/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - `holdfast backup` and `holdfast restore`: JetBackupInstance and JetRestoreInstance by hand
 *
 * What is backed up may be a server, which goes on; what is restored is a folder that nobody uses.
 */
#include "tool/command.h"
#include "tool/jet.h"

#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char backup_usage[] =
    "usage: holdfast backup [OPTION...] PLACE FOLDER\n"
    "\n"
    "Copies all databases of PLACE, the address of a server or a folder that nobody uses, into "
    "FOLDER,\n"
    "which is empty or not there yet. `holdfast restore` brings them back.\n"
    "\n"
    "  --incremental   add what is new to the backup that is in FOLDER\n"
    "  --atomic        keep the backup that is in FOLDER until the new one is whole\n"
    "  --base NAME     the store NAME.store of the folder PLACE\n"
    "  --log FOLDER    where that store's log is\n";

static const char restore_usage[] =
    "usage: holdfast restore [OPTION...] BACKUP FOLDER\n"
    "\n"
    "Brings what `holdfast backup` or JetBackupInstance has copied into the folder BACKUP back "
    "into\n"
    "FOLDER: the store, and beside it the files of its databases. All of it or nothing.\n"
    "\n"
    "  --replace       in the place of the store that FOLDER has\n"
    "  --base NAME     as the store NAME.store; edb.store unless said\n"
    "  --log FOLDER    with its log there\n";

struct request {
    struct tool_place place; /* what is backed up, or restored */
    const char *backup;
    JET_GRBIT grbit; /* of JetBackupInstance */
    bool replace;
};

/* ---- progress, for whoever looks ---- */

static JET_ERR JET_API show(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    const JET_SNPROG *p = data;

    (void)session;
    (void)snp;
    if (snt == JET_sntProgress && p->cunitTotal > 0)
        (void)fprintf(stderr, "\r%3lu %%", p->cunitDone * 100 / p->cunitTotal);
    else if (snt == JET_sntComplete || snt == JET_sntFail)
        (void)fputs("\r     \r", stderr);
    return JET_errSuccess;
}

static JET_PFNSTATUS progress(void)
{
    return isatty(STDERR_FILENO) ? show : NULL;
}

/* ---- the two of them ---- */

static bool back_up(const struct request *r, struct tool_failure *f)
{
    struct tool_store store;
    struct tool_failure closing = {0};
    bool ok = tool_store_open(&store, &r->place, f);
    JET_ERR err;

    if (!ok)
        return false;
    err = JetBackupInstanceA(store.instance, r->backup, r->grbit, progress());
    if (err < JET_errSuccess)
        ok = tool_jet_fail(f, err, "backing %s up into %s", r->place.address, r->backup);
    if (!tool_store_close(&store, &closing) && ok) {
        *f = closing;
        ok = false;
    }
    return ok;
}

static bool may_take_place(const struct request *r, struct tool_failure *f)
{
    const char *base = r->place.base_name != NULL ? r->place.base_name : "edb";
    char path[PATH_MAX];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s.store", r->place.address, base);
    return r->replace || stat(path, &st) != 0 ||
           tool_fail(f, "%s has a store; --replace puts the backup in its place", r->place.address);
}

static bool restore(const struct request *r, struct tool_failure *f)
{
    struct tool_store store;
    JET_ERR err, end;

    if (!may_take_place(r, f) || !tool_store_prepare(&store, &r->place, f))
        return false;
    err = JetRestoreInstanceA(store.instance, r->backup, r->place.address, progress());
    end = JetTerm(store.instance);
    if (err >= JET_errSuccess)
        err = end;
    return err >= JET_errSuccess ||
           tool_jet_fail(f, err, "restoring %s into %s", r->backup, r->place.address);
}

/* ---- command lines ---- */

/* 0, or the exit status that ends the program; -1 stands for "help was asked for". */
static int parse(int argc, char **argv, const struct option *known, struct request *r)
{
    int c = 0;

    optind = 1;
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'i': r->grbit |= JET_bitBackupIncremental; break;
        case 'a': r->grbit |= JET_bitBackupAtomic; break;
        case 'r': r->replace = true; break;
        case 'b': r->place.base_name = optarg; break;
        case 'l': r->place.log_folder = optarg; break;
        case 'h': return -1;
        default: return TOOL_USAGE;
        }
    }
    return optind + 2 == argc ? 0 : TOOL_USAGE;
}

static int told(int outcome, const char *usage)
{
    (void)fputs(usage, outcome == -1 ? stdout : stderr);
    return outcome == -1 ? TOOL_OK : outcome;
}

static int ended(const char *command, bool ok, const struct tool_failure *f)
{
    if (!ok)
        (void)fprintf(stderr, "holdfast %s: %s\n", command, f->text);
    return ok ? TOOL_OK : TOOL_FAILED;
}

int backup_command(int argc, char **argv)
{
    static const struct option known[] = {
        {"incremental", no_argument, NULL, 'i'}, {"atomic", no_argument, NULL, 'a'},
        {"base", required_argument, NULL, 'b'},  {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    struct request r = {.grbit = 0};
    struct tool_failure f = {0};
    int outcome = parse(argc, argv, known, &r);

    if (outcome != 0)
        return told(outcome, backup_usage);
    r.place.address = argv[optind];
    r.backup = argv[optind + 1];
    return ended(argv[0], back_up(&r, &f), &f);
}

int restore_command(int argc, char **argv)
{
    static const struct option known[] = {
        {"replace", no_argument, NULL, 'r'},
        {"base", required_argument, NULL, 'b'},
        {"log", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct request r = {.place = {.may_create = true}};
    struct tool_failure f = {0};
    int outcome = parse(argc, argv, known, &r);

    if (outcome != 0)
        return told(outcome, restore_usage);
    r.backup = argv[optind];
    r.place.address = argv[optind + 1];
    return ended(argv[0], restore(&r, &f), &f);
}
