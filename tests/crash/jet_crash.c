/* SPDX-License-Identifier: Apache-2.0
 *
 * jet_crash.c - sessions that commit are killed at random moments; what they were told is true
 *
 *     jet_crash [CYCLES [SEED]]
 *
 * The writer tells each commit through a pipe as soon as it has returned, so what is known here
 * comes from outside the engine. After each kill: every acknowledged durable commit is there, each
 * session's rows are those of a whole number of transactions, and the database agrees with itself
 * (check.h). A lazy commit may be missing, from the end only.
 */
#include "jet_model.h"

#include "ese/engine/check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS 20000 /* until the first acknowledgement */
#define RUN_MS   120   /* until the kill, at most */

static char folder[64], database[96];
static uint64_t seed;

static void die(const char *what, long long number)
{
    printf("not ok 1 - %s %lld (seed %llu)\n", what, number, (unsigned long long)seed);
    exit(1);
}

static void must(JET_ERR err, const char *what)
{
    if (err < 0)
        die(what, err);
}

/* ---- a host, and reading through the provider ---- */

static uint64_t number_of(const struct ese_host *host, unsigned long id)
{
    (void)host;
    return id == JET_paramDatabasePageSize ? 4096 : 0;
}

static const char *text_of(const struct ese_host *host, unsigned long id)
{
    (void)id;
    return id == JET_paramLogFilePath ? host->address : NULL;
}

static bool stopping(const struct ese_host *host)
{
    (void)host;
    return false;
}

static void unavailable(struct ese_host *host, JET_ERR err)
{
    (void)host;
    die("unavailable", err);
}

struct reader {
    struct ese_instance *instance;
    struct ese_session *session;
    struct ese_cursor *cursor;
    JET_DBID db;
};

static void reader_open(struct reader *r, struct ese_host *host)
{
    const struct ese_provider *p = &ese_embedded;

    must(p->init(host, 0, &r->instance), "init");
    must(p->begin_session(r->instance, &r->session), "session");
    must(p->attach_database(r->session, database, 0, 0), "attach");
    must(p->open_database(r->session, database, 0, &r->db), "open");
}

static bool read_row(struct reader *r, uint32_t session, uint32_t slot, int64_t *ret_n,
                     uint8_t *value, uint32_t *ret_size)
{
    int32_t key = model_key(session, slot);
    JET_RETRIEVECOLUMN columns[2] = {
        {.columnid = 2, .pvData = ret_n, .cbData = 8, .itagSequence = 1},
        {.columnid = 256, .pvData = value, .cbData = MODEL_SIZE_MAX, .itagSequence = 1},
    };
    JET_ERR err;

    must(ese_embedded.make_key(r->session, r->cursor, &key, 4, JET_bitNewKey), "key");
    err = ese_embedded.seek(r->session, r->cursor, JET_bitSeekEQ);
    if (err == JET_errRecordNotFound)
        return false;
    must(err, "seek");
    must(ese_embedded.retrieve_columns(r->session, r->cursor, columns, 2), "retrieve");
    *ret_size = (uint32_t)columns[1].cbActual;
    return true;
}

/* ---- the model ---- */

struct state {
    uint64_t n;
    uint32_t value[MODEL_SLOTS];
    uint64_t at[MODEL_SLOTS];
};

static struct state states[MODEL_SESSIONS];

static void advance(uint32_t session, uint64_t n)
{
    struct model_change changes[MODEL_CHANGES];
    struct state *s = &states[session];

    while (s->n < n) {
        unsigned count = model_changes(seed, session, ++s->n, changes);

        for (unsigned i = 0; i < count; i++) {
            s->value[changes[i].slot] = changes[i].value;
            s->at[changes[i].slot] = s->n;
        }
    }
}

static void compare(struct reader *r, uint32_t session)
{
    static uint8_t have[MODEL_SIZE_MAX], want[MODEL_SIZE_MAX];
    const struct state *s = &states[session];

    for (uint32_t slot = 0; slot < MODEL_SLOTS; slot++) {
        uint32_t size = 0;
        int64_t n = 0;
        bool there = read_row(r, session, slot, &n, have, &size);

        if (there != (s->value[slot] != 0))
            die("a row that is not as it should be, slot", slot);
        if (!there)
            continue;
        model_bytes(s->value[slot], want);
        if (n != (int64_t)s->at[slot] || size != model_size(s->value[slot]) ||
            memcmp(have, want, size) != 0)
            die("a row of another transaction, slot", slot);
    }
}

static void print_fault(void *ctx, const char *text)
{
    (void)ctx;
    printf("# %s\n", text);
}

static void verify(const uint64_t durable[MODEL_SESSIONS], uint64_t *ret_rows)
{
    struct ese_host host = {.name = "crash",
                            .address = folder,
                            .number = number_of,
                            .text = text_of,
                            .stopping = stopping,
                            .unavailable = unavailable};
    struct eng_check check = {.fault = print_fault};
    struct reader r = {0};

    reader_open(&r, &host);
    must(ese_embedded.open_table(r.session, r.db, "rows", 0, &r.cursor), "table");
    must(ese_embedded.begin(r.session, JET_bitTransactionReadOnly, 0), "begin");
    for (uint32_t i = 0; i < MODEL_SESSIONS; i++) {
        static uint8_t value[MODEL_SIZE_MAX];
        uint32_t size = 0;
        int64_t n = 0;

        (void)read_row(&r, i, MODEL_COUNTER, &n, value, &size);
        if ((uint64_t)n < durable[i])
            die("a durable commit is lost, transactions", (long long)durable[i] - n);
        if ((uint64_t)n < states[i].n)
            die("a commit seen before is lost, session", i);
        advance(i, (uint64_t)n);
        compare(&r, i);
    }
    must(ese_embedded.commit(r.session, 0, 0, NULL), "commit");
    ese_embedded.close_cursor(r.session, r.cursor);
    must(eng_check_database(r.session, r.db, &check), "check");
    if (check.faults > 0)
        die("the database does not agree with itself, faults", (long long)check.faults);
    *ret_rows = check.rows;
    ese_embedded.close_database(r.session, r.db);
    ese_embedded.end_session(r.session);
    must(ese_embedded.term(r.instance, false), "term");
}

/* ---- the writer and its death ---- */

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static pid_t start_writer(const char *program, int *ret_pipe)
{
    char text[32];
    int fds[2];
    pid_t pid;

    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    if (pipe(fds) != 0)
        die("pipe", errno);
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execl(program, program, folder, text, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    if (pid < 0)
        die("fork", errno);
    *ret_pipe = fds[0];
    return pid;
}

/* Takes acknowledgements until the pipe ends or `until`; false at its end. */
static bool listen_until(int fd, long long until, uint64_t durable[MODEL_SESSIONS],
                         uint64_t *commits)
{
    struct model_ack ack;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        long long left = until - now_ms();

        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            return true;
        if (read(fd, &ack, sizeof ack) != (ssize_t)sizeof ack)
            return false;
        ++*commits;
        if (ack.durable && ack.n > durable[ack.session])
            durable[ack.session] = ack.n;
    }
}

static uint64_t cycle(const char *program, uint64_t r, uint64_t durable[MODEL_SESSIONS])
{
    uint64_t commits = 0;
    int fd = -1, status = 0;
    pid_t pid = start_writer(program, &fd);
    struct pollfd first = {.fd = fd, .events = POLLIN};

    if (poll(&first, 1, START_MS) <= 0)
        die("no commit within milliseconds", START_MS);
    if (!listen_until(fd, now_ms() + (long long)(r % RUN_MS), durable, &commits)) {
        waitpid(pid, &status, 0);
        die("the writer ended by itself, status", status);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    (void)listen_until(fd, now_ms() + START_MS, durable, &commits); /* what it still said */
    close(fd);
    return commits;
}

int main(int argc, char **argv)
{
    unsigned long cycles = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    const char *program = getenv("JET_CRASH_WRITER");
    uint64_t durable[MODEL_SESSIONS] = {0}, commits = 0, rows = 0;
    char command[100];

    seed =
        argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL) * 1000 + (uint64_t)getpid();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..1\n# seed %llu\n", (unsigned long long)seed);
    snprintf(folder, sizeof folder, "%s/hf-crash-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (program == NULL || mkdtemp(folder) == NULL)
        die("set JET_CRASH_WRITER; folder", errno);
    snprintf(database, sizeof database, "%s/crash.edb", folder);
    for (unsigned long i = 0; i < cycles; i++) {
        commits += cycle(program, model_mix(seed + i), durable);
        verify(durable, &rows);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        die("folder not removed", errno);
    printf("# %lu kills, %llu commits acknowledged, %llu rows at the end\n", cycles,
           (unsigned long long)commits, (unsigned long long)rows);
    printf("ok 1 - acknowledged commits survive kills, whole and consistent\n");
    return 0;
}
