/* SPDX-License-Identifier: Apache-2.0
 *
 * owner.c - whose socket is at the other end of a TCP connection within this host
 *
 * What SO_PEERCRED says of unix sockets the kernel says of TCP by NETLINK_SOCK_DIAG: of the socket with
 * our peer's address as its own and ours as its peer's it tells the uid. Only a socket that some process
 * still has counts: of others the kernel says uid 0.
 * Source: sock_diag(7)
 */
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/net/net_internal.h"

struct question {
    struct nlmsghdr header;
    struct inet_diag_req_v2 what;
};

/* One half of the address pair, as the kernel wants it: IPv4 without its mapping. */
static bool put_address(const struct sockaddr_storage *from, uint8_t *family, __be32 to[4],
                        __be16 *port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;

    if (from->ss_family == AF_INET) {
        *family = AF_INET;
        memcpy(to, &four->sin_addr, 4);
        *port = four->sin_port;
        return true;
    }
    if (from->ss_family != AF_INET6)
        return false;
    *port = six->sin6_port;
    *family = memcmp(&six->sin6_addr, mapped, sizeof mapped) == 0 ? AF_INET : AF_INET6;
    if (*family == AF_INET)
        memcpy(to, six->sin6_addr.s6_addr + 12, 4);
    else
        memcpy(to, &six->sin6_addr, 16);
    return true;
}

static bool make_question(int fd, struct question *q)
{
    struct sockaddr_storage own, peer;
    socklen_t own_size = sizeof own, peer_size = sizeof peer;
    uint8_t family;

    *q = (struct question){
        .header = {.nlmsg_len = sizeof *q,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .what = {.sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = 1u << TCP_ESTABLISHED,
                 .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
    };
    return getsockname(fd, (struct sockaddr *)&own, &own_size) == 0 &&
           getpeername(fd, (struct sockaddr *)&peer, &peer_size) == 0 &&
           put_address(&own, &q->what.sdiag_family, q->what.id.idiag_dst,
                       &q->what.id.idiag_dport) &&
           put_address(&peer, &family, q->what.id.idiag_src, &q->what.id.idiag_sport) &&
           family == q->what.sdiag_family;
}

static bool ask(const struct question *q, uid_t *ret_uid)
{
    union {
        struct nlmsghdr header;
        uint8_t octets[1024];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    const struct inet_diag_msg *m = NLMSG_DATA(&answer.header);
    ssize_t size = -1;

    if (fd < 0)
        return false;
    if (send(fd, q, sizeof *q, 0) == (ssize_t)sizeof *q)
        size = recv(fd, &answer, sizeof answer, 0);
    (void)close(fd);
    if (size < (ssize_t)NLMSG_LENGTH(sizeof *m) ||
        answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY || m->idiag_state != TCP_ESTABLISHED ||
        m->idiag_inode == 0 || m->id.idiag_sport != q->what.id.idiag_sport ||
        m->id.idiag_dport != q->what.id.idiag_dport)
        return false;
    *ret_uid = m->idiag_uid;
    return true;
}

bool net_conn_owner(struct net_conn *c, uid_t *ret_uid)
{
    struct question q;
    bool known;

    lock_take(&c->out_lock); /* C2 */
    known = c->fd >= 0 && make_question(c->fd, &q);
    lock_give(&c->out_lock);
    return known && ask(&q, ret_uid);
}
