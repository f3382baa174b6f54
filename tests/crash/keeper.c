/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper.c - the scenarios of backups and restores that are cut short (keeper.h)
 *
 * FOLDER/work   the instance, with the databases; its log, or
 * FOLDER/logs   its log
 * FOLDER/other  an instance that is restored into, without databases before
 * FOLDER/moved  where databases go that are restored to another place
 * FOLDER/backup a backup
 */
#include "keeper_kit.h"

#include "../fault/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scenario {
    const char *name;
    void (*prepare)(void);
    /* What comes before the act, and is not cut short: an instance that is backed up is started. */
    void (*begin)(void);
    JET_ERR (*act)(void);
    enum keeper_end (*judge)(void);
    bool may_be_nothing; /* there was no old content */
};

static const struct scenario *scenario;
static const char *logs = "work"; /* where the log of the instance in work lies */

/* ---- restores ---- */

/* Both contents: NEW in what `backup` makes, OLD in the instance. */
static void prepare_restore(JET_ERR (*backup)(void))
{
    keeper_shell("mkdir work logs other moved");
    keeper_start("work", logs);
    keeper_make("work");
    keeper_write("work", KEEPER_NEW);
    MUST(backup());
    keeper_write("work", KEEPER_OLD);
    keeper_term();
}

static JET_ERR back_up(void)
{
    return JetBackupInstanceA(keeper_instance, keeper_path("backup"), 0, NULL);
}

static void prepare_folder(void)
{
    prepare_restore(back_up);
}

static void prepare_logs_apart(void)
{
    logs = "logs";
    prepare_restore(back_up);
}

static JET_ERR stream_out_whole(void)
{
    return keeper_stream_out("backup", 0);
}

static void prepare_files(void)
{
    keeper_shell("mkdir backup");
    prepare_restore(stream_out_whole);
    keeper_shell("cp backup/*.edb moved");
}

static JET_ERR restore_to(const char *moved)
{
    MUST(keeper_create("work", logs));
    return JetRestoreInstanceA(keeper_instance, keeper_path("backup"), moved, NULL);
}

static JET_ERR restore_in_place(void)
{
    return restore_to(NULL);
}

static JET_ERR restore_logs_apart(void)
{
    logs = "logs";
    return restore_to(NULL);
}

static JET_ERR restore_to_folder(void)
{
    return restore_to(keeper_path("moved"));
}

static JET_ERR restore_files(void)
{
    return keeper_stream_in("backup", "work", "work", NULL);
}

static JET_ERR restore_files_elsewhere(void)
{
    return keeper_stream_in("backup", "other", "other", "moved");
}

/* What an instance finds that begins now, and that it has swept what the act has left. */
static enum keeper_end look(const char *system, const char *log, const char *where)
{
    enum keeper_end found;
    char command[300];

    keeper_start(system, log);
    found = keeper_read(where);
    keeper_term();
    (void)snprintf(command, sizeof command,
                   "cd %s/edb.store && for f in restoring restored backup backup.tmp; do "
                   "test ! -e $f || exit 1; done",
                   system);
    keeper_shell(command);
    return found;
}

static enum keeper_end judge_in_place(void)
{
    return look("work", logs, "work");
}

static enum keeper_end judge_logs_apart(void)
{
    logs = "logs";
    return judge_in_place();
}

/* The files that name the databases in their new place are there with the content. */
static enum keeper_end judge_to_folder(void)
{
    enum keeper_end found = judge_in_place();

    if ((access(keeper_path("moved/b.edb"), F_OK) == 0) != (found == KEEPER_NEW))
        keeper_broken("a name without its content, or the other way round", found);
    return found == KEEPER_NEW ? look("work", "work", "moved") : found;
}

static enum keeper_end judge_elsewhere(void)
{
    return look("other", "other", "moved");
}

/* ---- backups ---- */

/* NEW is in the instance; OLD in the former backup, if there is one. */
static void prepare_backup(JET_ERR (*former)(void))
{
    keeper_shell("mkdir work");
    keeper_start("work", "work");
    keeper_make("work");
    keeper_write("work", KEEPER_OLD);
    if (former != NULL)
        MUST(former());
    keeper_write("work", KEEPER_NEW);
    keeper_term();
}

static JET_ERR back_up_atomic(void)
{
    return JetBackupInstanceA(keeper_instance, keeper_path("backup"), JET_bitBackupAtomic, NULL);
}

static JET_ERR back_up_incremental(void)
{
    return JetBackupInstanceA(keeper_instance, keeper_path("backup"), JET_bitBackupIncremental,
                              NULL);
}

static JET_ERR stream_out_incremental(void)
{
    return keeper_stream_out("backup", JET_bitBackupIncremental);
}

static void prepare_full(void)
{
    prepare_backup(NULL);
}

static void prepare_atomic(void)
{
    prepare_backup(back_up_atomic);
}

static void prepare_incremental(void)
{
    prepare_backup(back_up);
}

static void prepare_stream(void)
{
    keeper_shell("mkdir backup");
    prepare_backup(stream_out_whole);
}

static void begin_backup(void)
{
    keeper_start("work", "work");
    keeper_attach("work");
}

/* What a full backup has left in part is no folder for another one. */
static JET_ERR back_up_anew(void)
{
    keeper_shell("test -e backup/manifest || rm -rf backup");
    return access(keeper_path("backup"), F_OK) == 0 ? JET_errSuccess : back_up();
}

static void must_be_unharmed(void)
{
    if (look("work", "work", "work") != KEEPER_NEW)
        keeper_broken("the instance has lost what was committed", 0);
}

/* What of the backup comes back, into another instance. */
static enum keeper_end judge_backup(void)
{
    JET_ERR err;

    must_be_unharmed();
    keeper_shell("mkdir check");
    MUST(keeper_create("check", "check"));
    err = JetRestoreInstanceA(keeper_instance, keeper_path("backup"), keeper_path("check"), NULL);
    MUST(JetTerm(keeper_instance));
    if (err == JET_errNoBackup)
        return KEEPER_NOTHING;
    MUST(err);
    return look("check", "check", "check");
}

/* An incremental backup after one that was cut short brings the content that is there. */
static enum keeper_end judge_stream(void)
{
    JET_ERR err;

    must_be_unharmed();
    begin_backup();
    err = stream_out_incremental();
    MUST(err);
    keeper_term();
    keeper_shell("mkdir check && cp backup/*.edb check");
    MUST(keeper_stream_in("backup", "check", "check", "check"));
    return look("check", "check", "check");
}

/* ---- scenarios and steps ---- */

static const struct scenario scenarios[] = {
    {"restore", prepare_folder, NULL, restore_in_place, judge_in_place, false},
    {"restore-log-apart", prepare_logs_apart, NULL, restore_logs_apart, judge_logs_apart, false},
    {"restore-to-folder", prepare_folder, NULL, restore_to_folder, judge_to_folder, false},
    {"restore-files", prepare_files, NULL, restore_files, judge_in_place, false},
    {"restore-files-elsewhere", prepare_files, NULL, restore_files_elsewhere, judge_elsewhere,
     true},
    {"full", prepare_full, begin_backup, back_up_anew, judge_backup, true},
    {"atomic", prepare_atomic, begin_backup, back_up_atomic, judge_backup, false},
    {"incremental", prepare_incremental, begin_backup, back_up_incremental, judge_backup, false},
    {"stream", prepare_stream, begin_backup, stream_out_whole, judge_stream, false},
    {"stream-incremental", prepare_stream, begin_backup, stream_out_incremental, judge_stream,
     false},
};

static void tell(char what)
{
    if (write(STDOUT_FILENO, &what, 1) != 1)
        keeper_broken("nobody listens", 0);
}

static int act(char **fault)
{
    JET_ERR err;

    if (scenario->begin != NULL)
        scenario->begin();
    tell(KEEPER_TELLS_BEGIN);
    if (fault[0] != NULL)
        fault_arm((enum fault_op)atoi(fault[0]), keeper_folder, (unsigned)atoi(fault[1]), 1,
                  atoi(fault[2]));
    err = scenario->act();
    fault_disarm();
    if (err != JET_errSuccess)
        return KEEPER_REFUSED;
    tell(KEEPER_TELLS_DONE);
    return KEEPER_DONE;
}

static int again(void)
{
    if (scenario->begin != NULL)
        scenario->begin();
    MUST(scenario->act());
    return KEEPER_DONE;
}

static int judge(bool done)
{
    enum keeper_end found = scenario->judge();

    if (done && found != KEEPER_NEW)
        keeper_broken("it had returned, and there is", found);
    if (found != KEEPER_OLD && found != KEEPER_NEW && !scenario->may_be_nothing)
        keeper_broken("neither content is there", found);
    return found;
}

static int run(const char *step, char **more)
{
    if (strcmp(step, "act") == 0)
        return act(more);
    if (strcmp(step, "again") == 0)
        return again();
    if (strcmp(step, "judge") == 0)
        return judge(more[0] != NULL && more[0][0] == '1');
    scenario->prepare();
    return KEEPER_DONE;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, argv[2]) == 0)
            scenario = &scenarios[i];
    if (scenario == NULL)
        return 2;
    keeper_folder = argv[3];
    _exit(run(argv[1], argv + 4)); /* no more than the act itself */
}
