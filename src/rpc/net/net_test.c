/* SPDX-License-Identifier: Apache-2.0
 *
 * net_test.c - the engine under a handler of one's own
 *
 * A frame is one octet of size (itself included), one of command, and the rest:
 *     'e' echo    'b' stay in a routine while the gate is shut, then echo
 *     'l' answer with 8 MiB    'f' answer "bye" and finish    'j' echo from a job
 */
#include "rpc/net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define LARGE (8u << 20)

static struct {
    struct net *net;
    struct net_endpoint *endpoint;
    atomic_int opened, closed, inside, sent, unsent, large;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool shut;
    int last;
} t = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---- The handler ------------------------------------------------------------------------------ */

struct answer {
    struct net_output output;
    struct net_job job;
    struct iovec vector;
    struct net_conn *conn;
    uint8_t octets[];
};

static void answer_done(struct net_output *o, bool sent)
{
    struct answer *a = LIST_ENTRY(o, struct answer, output);

    atomic_fetch_add(sent ? &t.sent : &t.unsent, 1);
    net_conn_unref(a->conn);
    free(a);
}

static struct answer *answer_new(struct net_conn *c, const void *octets, size_t size, size_t room)
{
    struct answer *a = calloc(1, sizeof *a + room);

    memcpy(a->octets, octets, size);
    a->conn = net_conn_ref(c);
    a->vector = (struct iovec){a->octets, room};
    a->output = (struct net_output){.iov = &a->vector, .count = 1, .done = answer_done};
    list_init(&a->output.link);
    list_init(&a->job.link);
    return a;
}

static void answer_send(struct answer *a)
{
    enum net_sent how = net_conn_send(a->conn, &a->output);

    if (how != NET_QUEUED)
        answer_done(&a->output, how == NET_SENT);
}

static void answer_job(struct net_job *job)
{
    answer_send(LIST_ENTRY(job, struct answer, job));
}

static void stay(void)
{
    net_block_begin();
    atomic_fetch_add(&t.inside, 1);
    pthread_mutex_lock(&t.lock);
    while (t.shut)
        pthread_cond_wait(&t.changed, &t.lock);
    pthread_mutex_unlock(&t.lock);
    atomic_fetch_sub(&t.inside, 1);
    net_block_end();
}

static size_t frame(const uint8_t *octets, size_t have)
{
    (void)have;
    return octets[0] < 2 ? SIZE_MAX : octets[0];
}

static void *opened(struct net_conn *c, const struct net_peer *peer, const struct net_endpoint *e)
{
    assert_ptr_equal(e, t.endpoint);
    assert_true(net_peer_is_loopback(peer));
    atomic_fetch_add(&t.opened, 1);
    return c;
}

static void frame_in(void *user, struct net_buffer *b, uint8_t *octets, size_t size)
{
    struct net_conn *c = net_conn_ref(user);
    struct answer *a;

    (void)b;
    assert_int_equal(octets[0], size);
    switch (octets[1]) {
    case 'l':
        atomic_fetch_add(&t.large, 1);
        answer_send(answer_new(c, octets, size, LARGE));
        break;
    case 'f':
        answer_send(answer_new(c, "bye", 3, 3));
        net_conn_finish(c);
        break;
    case 'j':
        a = answer_new(c, octets, size, size);
        a->job.run = answer_job;
        net_submit(t.net, &a->job);
        break;
    default:
        a = answer_new(c, octets, size, size);
        if (octets[1] == 'b')
            stay();
        answer_send(a);
    }
    net_conn_unref(c);
}

static void closed(void *user)
{
    (void)user;
    atomic_fetch_add(&t.closed, 1);
}

static const struct net_handler handler = {
    .frame = frame, .opened = opened, .frame_in = frame_in, .closed = closed};

/* ---- The tests' side -------------------------------------------------------------------------- */

static int start_with(unsigned sets, unsigned alone_after)
{
    const struct net_config config = {.sets = sets,
                                      .spare_ms = 50,
                                      .drain_ms = 200,
                                      .alone_after = alone_after,
                                      .window_us = 10000,
                                      .window_frames = 1};

    t.opened = t.closed = t.inside = t.sent = t.unsent = t.large = 0;
    t.net = net_create(&handler, &config);
    assert_non_null(t.net);
    t.endpoint = net_listen_tcp(t.net, "127.0.0.1", 0, 64);
    assert_non_null(t.endpoint);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_with(1, 0);
}

/* Every connection that speaks twice in a row gets a worker of its own. */
static int start_alone(void **state)
{
    (void)state;
    return start_with(1, 1);
}

/* Two sets, and any load is worth a trial with one worker. */
static int start_two(void **state)
{
    (void)state;
    return start_with(2, 0);
}

static void gate(bool shut)
{
    pthread_mutex_lock(&t.lock);
    t.shut = shut;
    pthread_cond_broadcast(&t.changed);
    pthread_mutex_unlock(&t.lock);
}

static int stop(void **state)
{
    (void)state;
    gate(false);
    net_destroy(t.net);
    assert_int_equal(t.opened, t.closed);
    return 0;
}

static void wait_for(atomic_int *counter, int n)
{
    for (int i = 0; i < 40000 && atomic_load(counter) != n; i++)
        nanosleep(&(struct timespec){0, 500000}, NULL);
    assert_int_equal(atomic_load(counter), n);
}

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(net_endpoint_port(t.endpoint)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_return_code(connect(fd, (struct sockaddr *)&to, sizeof to), errno);
    return fd;
}

static void say(int fd, const char *octets, size_t size)
{
    assert_int_equal(send(fd, octets, size, MSG_NOSIGNAL), size);
}

/* Reads exactly `size` octets; fewer if the stream ends. */
static size_t hear(int fd, void *to, size_t size)
{
    size_t got = 0;

    while (got < size) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        assert_int_equal(poll(&p, 1, 20000), 1);
        n = recv(fd, (uint8_t *)to + got, size - got, 0);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return got;
}

static void expect(int fd, const char *octets, size_t size)
{
    uint8_t got[256];

    assert_int_equal(hear(fd, got, size), size);
    assert_memory_equal(got, octets, size);
}

static void frames_in_any_pieces(void **state)
{
    static const char three[] = "\4eab\3ec\5edef";
    int fd = dial();

    (void)state;
    say(fd, three, 12);
    expect(fd, three, 12);
    for (int i = 0; i < 12; i++)
        say(fd, three + i, 1);
    expect(fd, three, 12);
    say(fd, "\3jx", 3);
    expect(fd, "\3jx", 3);
    close(fd);
    fd = dial();
    say(fd, "\1", 1); /* no frame: dropped */
    assert_int_equal(hear(fd, (uint8_t[1]){0}, 1), 0);
    close(fd);
}

/* One set: everybody would wait for the one who stays, if nobody took the set over. */
static void a_long_routine_delays_nobody(void **state)
{
    int slow = dial(), other = dial(), fd;
    struct net_counters n;

    (void)state;
    gate(true);
    say(slow, "\2b\3ex\2b", 7); /* what was read behind it goes on, too */
    expect(slow, "\3ex", 3);
    wait_for(&t.inside, 2);
    for (int i = 0; i < 100; i++) {
        say(other, "\3ey", 3);
        expect(other, "\3ey", 3);
    }
    fd = dial();
    say(fd, "\3jz", 3);
    expect(fd, "\3jz", 3);
    close(fd);
    net_inq_counters(t.net, &n);
    assert_true(n.adoptions >= 2 && n.workers >= 3);
    gate(false);
    expect(slow, "\2b\2b", 4);
    for (int i = 0; i < 1000 && n.workers > 2; i++) { /* spares go when idle */
        nanosleep(&(struct timespec){0, 5000000}, NULL);
        net_inq_counters(t.net, &n);
    }
    assert_true(n.workers <= 2);
    close(slow);
    close(other);
}

static void output_waits_for_its_reader_without_a_worker(void **state)
{
    uint8_t *got = malloc(LARGE);
    int reads = dial(), goes = dial(), other = dial();
    struct linger now = {.l_onoff = 1};

    (void)state;
    say(reads, "\2l", 2);
    say(goes, "\2l", 2);
    say(other, "\3ey", 3);
    expect(other, "\3ey", 3);
    assert_int_equal(hear(reads, got, LARGE), LARGE);
    wait_for(&t.sent, 2);
    (void)setsockopt(goes, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(goes);
    wait_for(&t.unsent, 1);
    wait_for(&t.closed, 1);
    close(reads);
    close(other);
    free(got);
}

/* Requests that were read together with others wait, too, while their client takes no answers. */
static void who_takes_no_answers_is_not_heard(void **state)
{
    enum { FRAMES = 32, LEAST = 16, MOST = 20 }; /* a few may go into the sockets */
    char asks[2 * FRAMES];
    uint8_t *got = malloc(LARGE);
    int fd = dial(), other = dial();

    (void)state;
    for (size_t i = 0; i < FRAMES; i++)
        memcpy(asks + 2 * i, "\2l", 2);
    say(fd, asks, sizeof asks);
    say(fd, "\3ex", 3);
    for (int i = 0; i < 40000 && atomic_load(&t.large) < LEAST; i++)
        nanosleep(&(struct timespec){0, 500000}, NULL);
    say(other, "\3ey", 3); /* its turn is behind all that is heard */
    expect(other, "\3ey", 3);
    assert_in_range(atomic_load(&t.large), LEAST, MOST);
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(hear(fd, got, LARGE), LARGE);
    expect(fd, "\3ex", 3);
    close(fd);
    close(other);
    free(got);
}

static void finishing_says_the_last_word(void **state)
{
    static const char much[200] = "\2f";
    int fd = dial();
    uint8_t got[8];

    (void)state;
    say(fd, much, sizeof much); /* unread input must not cost the client the answer */
    assert_int_equal(hear(fd, got, sizeof got), 3);
    assert_memory_equal(got, "bye", 3);
    wait_for(&t.closed, 1);
    close(fd);
}

static void a_child_keeps_no_connection_alive(void **state)
{
    int fd = dial(), ours[2];
    pid_t child;

    (void)state;
    say(fd, "\3ex", 3);
    expect(fd, "\3ex", 3);
    assert_int_equal(pipe(ours), 0);
    child = fork();
    if (child == 0) {
        char c;

        close(ours[1]);
        _exit(read(ours[0], &c, 1) != 0); /* lives until the test lets it go */
    }
    close(ours[0]);
    say(fd, "\2f", 2);
    expect(fd, "bye", 3);
    assert_int_equal(hear(fd, (uint8_t[1]){0}, 1), 0); /* the end, although the child lives */
    close(fd);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
    close(ours[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void many_streams_at_once(void **state)
{
    enum { N = 300 };
    int fd[N];

    (void)state;
    for (int i = 0; i < N; i++)
        fd[i] = dial();
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < N; i++)
            say(fd[i], "\4eab", 4);
        for (int i = 0; i < N; i++)
            expect(fd[i], "\4eab", 4);
    }
    for (int i = 0; i < N; i++)
        close(fd[i]);
    wait_for(&t.closed, N);
}

/* A client with many requests on their way at a time: one worker is tried for all connections, and
 * they go on as they were wherever they are. */
static void connections_move_to_one_worker_and_back(void **state)
{
    enum { N = 10 };
    struct net_counters now = {0};
    bool was_gathered = false, was_spread = false;
    int fd[N];

    (void)state;
    for (int i = 0; i < N; i++)
        fd[i] = dial();
    for (int round = 0; round < 4000000 && !(was_spread && now.moved >= N); round++) {
        for (int i = 0; i < N; i++)
            say(fd[i], round % 2 ? "\4bab" : "\4bab\3e", round % 2 ? 4 : 6);
        for (int i = 0; i < N; i++)
            expect(fd[i], "\4bab", 4);
        for (int i = 0; i < N && round % 2 == 0; i++)
            say(fd[i], "x", 1);
        for (int i = 0; i < N && round % 2 == 0; i++)
            expect(fd[i], "\3ex", 3);
        net_inq_counters(t.net, &now);
        was_gathered |= now.gathered;
        was_spread |= was_gathered && !now.gathered;
    }
    assert_true(was_spread);
    assert_true(now.moved >= N);
    for (int i = 0; i < N; i++)
        close(fd[i]);
    wait_for(&t.closed, N);
}

/* Waits until so many connections have a worker of their own. */
static void wait_alone(unsigned n)
{
    struct net_counters now = {.alone = n + 1};

    for (int i = 0; i < 40000 && now.alone != n; i++) {
        nanosleep(&(struct timespec){0, 500000}, NULL);
        net_inq_counters(t.net, &now);
    }
    assert_int_equal(now.alone, n);
}

/* Speaks until the connection has a worker of its own. */
static int dial_alone(void)
{
    struct net_counters now = {0};
    unsigned before;
    int fd = dial();

    net_inq_counters(t.net, &now);
    before = now.alone;
    for (int i = 0; i < 40000 && now.alone == before; i++) {
        say(fd, "\3ex", 3);
        expect(fd, "\3ex", 3);
        net_inq_counters(t.net, &now);
    }
    assert_int_equal(now.alone, before + 1);
    return fd;
}

static void a_busy_connection_has_a_worker_while_it_is_busy(void **state)
{
    int busy = dial_alone(), other = dial();

    (void)state;
    say(busy, "\3jx", 3);
    expect(busy, "\3jx", 3);
    say(other, "\4ety", 4);
    expect(other, "\4ety", 4);
    wait_alone(0); /* both are silent */
    say(busy, "\3ex\3", 4);
    expect(busy, "\3ex", 3);
    say(busy, "ex", 2);
    expect(busy, "\3ex", 3);
    close(busy);
    close(other);
    wait_for(&t.closed, 2);
}

static void a_long_routine_alone_does_not_deafen_its_connection(void **state)
{
    int busy = dial_alone();

    (void)state;
    gate(true);
    say(busy, "\2b\3ex", 5);
    expect(busy, "\3ex", 3); /* read together with the other, served by the set's owner */
    wait_alone(0);
    say(busy, "\3ey", 3);
    expect(busy, "\3ey", 3);
    gate(false);
    expect(busy, "\2b", 2);
    close(busy);
    wait_for(&t.closed, 1);
}

static void an_end_alone_is_an_end(void **state)
{
    uint8_t *got = malloc(LARGE);
    struct linger now = {.l_onoff = 1};
    int fd = dial_alone();

    (void)state;
    close(fd);
    wait_for(&t.closed, 1);
    fd = dial_alone();
    say(fd, "\1", 1); /* no frame */
    assert_int_equal(hear(fd, got, 1), 0);
    close(fd);
    wait_for(&t.closed, 2);
    fd = dial_alone();
    say(fd, "\2f\3ex", 5);
    expect(fd, "bye", 3);
    assert_int_equal(hear(fd, got, 1), 0);
    close(fd);
    wait_for(&t.closed, 3);
    fd = dial_alone();
    say(fd, "\2l\3ex", 5); /* what its worker cannot send, the set's owner does */
    assert_int_equal(hear(fd, got, LARGE), LARGE);
    expect(fd, "\3ex", 3);
    say(fd, "\2l", 2);
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
    wait_for(&t.closed, 4);
    fd = dial_alone(); /* ... and one is there when the engine goes */
    t.last = fd;
    free(got);
}

static int stop_alone(void **state)
{
    int result = stop(state);

    close(t.last);
    return result;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define BOTH(name)                                    \
    TEST(name),                                       \
    {                                                 \
#name "_alone", name, start_alone, stop, NULL \
    }
    const struct CMUnitTest tests[] = {
        BOTH(frames_in_any_pieces),
        BOTH(a_long_routine_delays_nobody),
        BOTH(output_waits_for_its_reader_without_a_worker),
        BOTH(who_takes_no_answers_is_not_heard),
        BOTH(finishing_says_the_last_word),
        TEST(a_child_keeps_no_connection_alive),
        cmocka_unit_test_setup_teardown(connections_move_to_one_worker_and_back, start_two, stop),
        BOTH(many_streams_at_once),
        cmocka_unit_test_setup_teardown(a_busy_connection_has_a_worker_while_it_is_busy,
                                        start_alone, stop),
        cmocka_unit_test_setup_teardown(a_long_routine_alone_does_not_deafen_its_connection,
                                        start_alone, stop),
        cmocka_unit_test_setup_teardown(an_end_alone_is_an_end, start_alone, stop_alone),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
