/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.h - the server half of the suite, as a program of its own
 */
#ifndef HF_CONFORMANCE_SERVE_H
#define HF_CONFORMANCE_SERVE_H

/* Serves conformance.idl until SIGTERM or SIGINT; returns an exit status. `tcp`: a port, or "0" for any,
 * or NULL; `unix_path`: a socket's path, or NULL. Prints a string binding for each and an empty line. */
int conformance_serve(const char *tcp, const char *unix_path);

#endif
