/* SPDX-License-Identifier: Apache-2.0
 *
 * provider.c - the remote provider's table of functions, found by the front
 *
 * What is not here (restore, facts of files) belongs to the machine that has the files: the
 * front answers JET_errFeatureNotAvailable.
 */
#include "remote/client.h"

static const struct ese_provider remote_provider = {
    .version = ESE_PROVIDER_VERSION,
    .name = "remote",
    .init = remote_init,
    .term = remote_term,
    .begin_session = remote_begin_session,
    .end_session = remote_end_session,
    .begin = remote_begin,
    .commit = remote_commit,
    .rollback = remote_rollback,
    .harden = remote_harden,
    .create_database = remote_create_database,
    .attach_database = remote_attach_database,
    .detach_database = remote_detach_database,
    .open_database = remote_open_database,
    .close_database = remote_close_database,
    .database_info = remote_database_info,
    .create_table = remote_create_table,
    .delete_table = remote_delete_table,
    .rename_table = remote_rename_table,
    .add_column = remote_add_column,
    .delete_column = remote_delete_column,
    .rename_column = remote_rename_column,
    .set_default = remote_set_default,
    .create_indexes = remote_create_indexes,
    .delete_index = remote_delete_index,
    .list_tables = remote_list_tables,
    .describe_table = remote_describe_table,
    .describe_cursor = remote_describe_cursor,
    .open_table = remote_open_table,
    .dup_cursor = remote_dup_cursor,
    .close_cursor = remote_close_cursor,
    .column_type = remote_column_type,
    .move = remote_move,
    .set_index = remote_set_index,
    .current_index = remote_current_index,
    .make_key = remote_make_key,
    .seek = remote_seek,
    .set_range = remote_set_range,
    .get_bookmark = remote_get_bookmark,
    .goto_bookmark = remote_goto_bookmark,
    .get_secondary_bookmark = remote_get_secondary_bookmark,
    .goto_secondary_bookmark = remote_goto_secondary_bookmark,
    .retrieve_key = remote_retrieve_key,
    .get_position = remote_get_position,
    .goto_position = remote_goto_position,
    .count = remote_count,
    .check_row = remote_check_row,
    .set_filter = remote_set_filter,
    .preread = remote_preread,
    .preread_ranges = remote_preread_ranges,
    .preread_tables = remote_preread_tables,
    .prepare = remote_prepare,
    .set_columns = remote_set_columns,
    .update = remote_update,
    .delete_row = remote_delete_row,
    .escrow = remote_escrow,
    .lock = remote_lock,
    .retrieve_columns = remote_retrieve_columns,
    .enumerate = remote_enumerate,
    .record_size = remote_record_size,
    .open_temp_table = remote_open_temp_table,
    .backup = remote_backup,
    .stop_backup = remote_stop_backup,
    .stream_begin = remote_stream_begin,
    .stream_databases = remote_stream_databases,
    .stream_logs = remote_stream_logs,
    .stream_open = remote_stream_open,
    .stream_read = remote_stream_read,
    .stream_close = remote_stream_close,
    .stream_copied = remote_stream_copied,
    .stream_end = remote_stream_end,
};

__attribute__((visibility("default"))) const struct ese_provider *ese_provider_get(
    unsigned version);

const struct ese_provider *ese_provider_get(unsigned version)
{
    return version == ESE_PROVIDER_VERSION ? &remote_provider : NULL;
}
