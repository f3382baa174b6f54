/* SPDX-License-Identifier: Apache-2.0
 *
 * command.h - the subcommands of holdfast, one file each
 *
 * argv[0] is the subcommand's name. A command prints results to standard output and reasons to
 * standard error, and returns the program's exit status.
 */
#ifndef HF_TOOL_COMMAND_H
#define HF_TOOL_COMMAND_H

enum tool_exit {
    TOOL_OK = 0,
    TOOL_FAILED = 1, /* the work failed; the reason is on standard error */
    TOOL_USAGE = 2,  /* the command line is not one */
};

int edb_command(int argc, char **argv);
int shell_command(int argc, char **argv);
int load_command(int argc, char **argv);
int dump_command(int argc, char **argv);
int check_command(int argc, char **argv);
int backup_command(int argc, char **argv);
int restore_command(int argc, char **argv);
int idl_command(int argc, char **argv);
int serve_command(int argc, char **argv);
int commit_status_command(int argc, char **argv);
int contexts_command(int argc, char **argv);
int ping_command(int argc, char **argv);
int epmapper_command(int argc, char **argv);
int endpoints_command(int argc, char **argv);
int conformance_command(int argc, char **argv);

#endif
