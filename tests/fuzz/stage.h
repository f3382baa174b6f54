/* SPDX-License-Identifier: Apache-2.0
 *
 * stage.h - for fuzz targets: the engine of rpc/net without sockets, threads and time
 *
 * stage.c defines every function of net.h that the server uses, so that the linker takes none of the real
 * engine. What happens, and when, is the target's choice: octets arrive by stage_input, an output is
 * taken at once or waits until the peer reads, jobs run in stage_jobs. All of it is one thread. A routine
 * that wants others to go on meanwhile says stage_adopt, as if it had been long, and plays on.
 */
#ifndef TESTS_FUZZ_STAGE_H
#define TESTS_FUZZ_STAGE_H

#include "rpc/net/net.h"

/* What the server sends, an output at a time. */
typedef void stage_sink(void *argument, const uint8_t *octets, size_t size);

/* A peer connects; `argument` is its sink's. NULL: the server has no memory for it. */
struct net_conn *stage_open(const struct net_peer *peer, stage_sink *sink, void *argument);
/* Octets of the peer. */
void stage_input(struct net_conn *c, const uint8_t *octets, size_t size);
/* The peer reads nothing, or reads again. */
void stage_reads(struct net_conn *c, bool reads);
/* The peer is gone; `c` is not the target's any more. */
void stage_close(struct net_conn *take_c);

/* Runs all jobs that are due, and closes what was broken. */
void stage_jobs(void);
/* In a routine: another worker has its set now. */
void stage_adopt(void);

/* Connections, buffers and jobs that are left. */
unsigned stage_left(void);

#endif
