// The methods, for the table in rpc/methods.cpp.
#pragma once

#include "rpc/method.h"

namespace seed::rpc {

extern const Method blocklist_update;
extern const Method creation_cancel;
extern const Method creation_get;
extern const Method dht_get;
extern const Method dht_put;
extern const Method dht_scrape;
extern const Method free_space;
extern const Method group_get;
extern const Method group_set;
extern const Method port_test;
extern const Method queue_move_bottom;
extern const Method queue_move_down;
extern const Method queue_move_top;
extern const Method queue_move_up;
extern const Method rpc_discover;
extern const Method session_close;
extern const Method session_get;
extern const Method session_set;
extern const Method session_stats;
extern const Method token_create;
extern const Method token_list;
extern const Method token_revoke;
extern const Method settings_get;
extern const Method settings_reset;
extern const Method torrent_add;
extern const Method torrent_create;
extern const Method torrent_get;
extern const Method torrent_reannounce;
extern const Method torrent_remove;
extern const Method torrent_rename_path;
extern const Method torrent_set;
extern const Method torrent_set_location;
extern const Method torrent_start;
extern const Method torrent_start_now;
extern const Method torrent_stop;
extern const Method torrent_verify;
extern const Method torrent_why;

}  // namespace seed::rpc
