#include "rpc/methods.h"

#include <algorithm>
#include <array>

#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

constexpr std::array table{
    &torrent_add,
    &torrent_get,
    &torrent_set,
    &torrent_start,
    &torrent_start_now,
    &torrent_stop,
    &torrent_verify,
    &torrent_reannounce,
    &torrent_remove,
    &torrent_set_location,
    &torrent_rename_path,
    &torrent_why,
    &torrent_create,
    &creation_get,
    &creation_cancel,
    &queue_move_top,
    &queue_move_up,
    &queue_move_down,
    &queue_move_bottom,
    &session_get,
    &session_set,
    &session_stats,
    &session_close,
    &free_space,
    &group_get,
    &group_set,
    &blocklist_update,
    &port_test,
    &dht_get,
    &dht_put,
    &dht_scrape,
    &rpc_discover,
    &token_create,
    &token_list,
    &token_revoke,
    &settings_get,
    &settings_reset,
};

}  // namespace

std::span<const Method* const> methods() { return table; }

const Method* find_method(std::string_view name, Dialect dialect) {
  const auto found = std::ranges::find_if(table, [&](const Method* method) {
    return method->name == name || (dialect == Dialect::legacy && method->legacy == name);
  });
  return found == table.end() ? nullptr : *found;
}

}  // namespace seed::rpc
