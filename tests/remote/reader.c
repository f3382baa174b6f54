/* SPDX-License-Identifier: Apache-2.0
 *
 * reader.c - a program that backs a server up, one step a line
 *
 * The address is HOLDFAST_ADDRESS. `ready` is printed when its instance runs; then each line that it is
 * given is answered with that line's first word and an error:
 *     begin, databases, opendb, logs, openlog, read, close, truncate, end, give-up
 *                     the calls of a backup file by file, with what the last list began with
 *     all             all of them in turn, up to the first error
 *     folder DIR      JetBackupInstance; `held` is printed at its first progress, and a line waited for
 *     stopped DIR     the same, stopped by its own progress function
 *     session         JetBeginSession
 *     term            JetTerm, and the end
 */
#include <esent.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static JET_INSTANCE instance = JET_instanceNil;
static JET_HANDLE file;
static char list[65536], buffer[1 << 16];

static void say(const char *word, JET_ERR err)
{
    printf("%s %d\n", word, err);
    fflush(stdout);
}

static JET_ERR do_begin(void)
{
    return JetBeginExternalBackupInstance(instance, 0);
}

static JET_ERR do_databases(void)
{
    return JetGetAttachInfoInstanceA(instance, list, sizeof list, NULL);
}

static JET_ERR do_logs(void)
{
    return JetGetLogInfoInstanceA(instance, list, sizeof list, NULL);
}

static JET_ERR do_open(void)
{
    return JetOpenFileInstanceA(instance, list, &file, NULL, NULL);
}

static JET_ERR do_read(void)
{
    unsigned long got = 0;

    return JetReadFileInstance(instance, file, buffer, sizeof buffer, &got);
}

static JET_ERR do_close(void)
{
    return JetCloseFileInstance(instance, file);
}

static JET_ERR do_truncate(void)
{
    return JetTruncateLogInstance(instance);
}

static JET_ERR do_end(void)
{
    return JetEndExternalBackupInstance(instance);
}

static JET_ERR do_give_up(void)
{
    return JetEndExternalBackupInstance2(instance, JET_bitBackupEndAbort);
}

static JET_ERR do_session(void)
{
    JET_SESID session = 0;

    return JetBeginSessionA(instance, &session, NULL, NULL);
}

static JET_ERR do_all(void)
{
    static JET_ERR (*const steps[])(void) = {do_begin, do_databases, do_open, do_read,  do_close,
                                             do_logs,  do_open,      do_read, do_close, do_end};
    JET_ERR err = JET_errSuccess;

    for (size_t i = 0; i < sizeof steps / sizeof *steps && !err; i++)
        err = steps[i]();
    return err;
}

static const struct {
    const char *word;
    JET_ERR (*run)(void);
} words[] = {
    {"begin", do_begin}, {"databases", do_databases}, {"opendb", do_open},
    {"logs", do_logs},   {"openlog", do_open},        {"read", do_read},
    {"close", do_close}, {"truncate", do_truncate},   {"end", do_end},
    {"all", do_all},     {"give-up", do_give_up},     {"session", do_session},
};

static JET_ERR JET_API hold(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    static int held;
    char line[16];

    (void)session;
    (void)snp;
    (void)data;
    if (snt != JET_sntProgress || held++)
        return JET_errSuccess;
    puts("held");
    fflush(stdout);
    return fgets(line, sizeof line, stdin) ? JET_errSuccess : JET_errInternalError;
}

static JET_ERR JET_API stop(JET_SESID session, JET_SNP snp, JET_SNT snt, void *data)
{
    (void)session;
    (void)snp;
    (void)data;
    return snt == JET_sntBegin ? JetStopBackupInstance(instance) : JET_errSuccess;
}

static void obey(const char *line)
{
    if (!strncmp(line, "folder ", 7)) {
        say("folder", JetBackupInstanceA(instance, line + 7, 0, hold));
        return;
    }
    if (!strncmp(line, "stopped ", 8)) {
        say("stopped", JetBackupInstanceA(instance, line + 8, 0, stop));
        return;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(line, words[i].word)) {
            say(line, words[i].run());
            return;
        }
    say(line, JET_errInvalidParameter);
}

int main(void)
{
    char line[4096];

    if (JetCreateInstanceA(&instance, "reader") || JetInit(&instance)) {
        say("init", JET_errInternalError);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (!strcmp(line, "term"))
            break;
        obey(line);
    }
    say("term", JetTerm(instance));
    return 0;
}
