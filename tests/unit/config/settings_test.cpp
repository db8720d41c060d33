#include "config/settings.h"

#include <algorithm>
#include <set>
#include <string>

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

namespace {

bool is_key(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos;
}

template <typename Struct>
void check_rows() {
  std::set<std::string_view> names;
  std::set<std::string_view> over_rpc;
  for (const RowInfo& row : Table<Struct>::rows()) {
    INFO(row.name);
    CHECK(is_key(row.name));
    CHECK(is_key(row.rpc));
    CHECK(names.insert(row.name).second);
    CHECK(over_rpc.insert(row.rpc).second);
    CHECK(row.doc.ends_with('.'));
    CHECK(row.doc.size() <= 130);
    const bool number = row.kind == Kind::integer || row.kind == Kind::real;
    CHECK((row.range.rule == Rule::between) == number);
    CHECK((row.unit == Unit::none || number));
    CHECK((row.kind == Kind::choice) <= !row.choices.empty());
  }
}

}  // namespace

TEST_CASE("every row has a key of its own, a sentence, and bounds if it is a number") {
  check_rows<Settings>();
  check_rows<TorrentOptions>();
}

TEST_CASE("every initial value is what its row allows") {
  const Settings settings;
  for (std::size_t i = 0; i < setting_count; ++i) {
    const RowInfo& row = Table<Settings>::rows()[i];
    if (row.name == "download_dir") continue;  // known when the paths are
    INFO(row.name);
    CHECK(checked(row, Table<Settings>::get(settings, i)) == Table<Settings>::get(settings, i));
  }
  const TorrentOptions options;
  for (std::size_t i = 0; i < torrent_option_count; ++i) {
    INFO(Table<TorrentOptions>::rows()[i].name);
    CHECK(checked(Table<TorrentOptions>::rows()[i], Table<TorrentOptions>::get(options, i)));
  }
}

TEST_CASE("initial values are Transmission's where seedd has no reason of its own") {
  const Settings settings;
  CHECK(settings.peer_port == 6881);
  CHECK(settings.rpc_bind_address == "127.0.0.1");
  CHECK(settings.rpc_port == 9091);
  CHECK(settings.rpc_url == "/transmission/");
  CHECK(settings.speed_limit_down == 100);
  CHECK(settings.ratio_limit == 2.0);
  CHECK(settings.preferred_transports == TransportList{Transport::utp, Transport::tcp});
  CHECK(settings.encryption == Encryption::preferred);
  CHECK(settings.peer_limit_global == 200);
  CHECK(settings.block_memory_mib == 64);
}

TEST_CASE("the rows know their members") {
  Settings settings;
  std::size_t seen = 0;
  each_setting([&](const auto& row) {
    ++seen;
    if (row.name == "peer_port")
      CHECK(&(settings.*row.member) == static_cast<void*>(&settings.peer_port));
  });
  CHECK(seen == setting_count);
}

TEST_CASE("no setting of the RPC server is in the RPC's reach") {
  for (const RowInfo& row : Table<Settings>::rows()) {
    INFO(row.name);
    if (row.name.starts_with("rpc_")) CHECK(row.access == Rpc::none);
  }
}

TEST_CASE("every setting of the contract that RPC may write is there under both its names") {
  // rpc-contract, 6.6: key and legacy key of the rw rows.
  const std::pair<std::string_view, std::string_view> contract[] = {
      {"alt_speed_down", "alt-speed-down"},
      {"alt_speed_enabled", "alt-speed-enabled"},
      {"alt_speed_time_begin", "alt-speed-time-begin"},
      {"alt_speed_time_day", "alt-speed-time-day"},
      {"alt_speed_time_enabled", "alt-speed-time-enabled"},
      {"alt_speed_time_end", "alt-speed-time-end"},
      {"alt_speed_up", "alt-speed-up"},
      {"anti_brute_force_enabled", "anti-brute-force-enabled"},
      {"anti_brute_force_threshold", "anti-brute-force-threshold"},
      {"blocklist_enabled", "blocklist-enabled"},
      {"blocklist_url", "blocklist-url"},
      {"cache_size_mib", "cache-size-mb"},
      {"default_trackers", "default-trackers"},
      {"dht_enabled", "dht-enabled"},
      {"download_dir", "download-dir"},
      {"download_queue_enabled", "download-queue-enabled"},
      {"download_queue_size", "download-queue-size"},
      {"encryption", "encryption"},
      {"idle_seeding_limit", "idle-seeding-limit"},
      {"idle_seeding_limit_enabled", "idle-seeding-limit-enabled"},
      {"incomplete_dir", "incomplete-dir"},
      {"incomplete_dir_enabled", "incomplete-dir-enabled"},
      {"lpd_enabled", "lpd-enabled"},
      {"peer_limit_global", "peer-limit-global"},
      {"peer_limit_per_torrent", "peer-limit-per-torrent"},
      {"peer_port", "peer-port"},
      {"peer_port_random_on_start", "peer-port-random-on-start"},
      {"pex_enabled", "pex-enabled"},
      {"port_forwarding_enabled", "port-forwarding-enabled"},
      {"preferred_transports", "preferred_transports"},
      {"queue_stalled_enabled", "queue-stalled-enabled"},
      {"queue_stalled_minutes", "queue-stalled-minutes"},
      {"rename_partial_files", "rename-partial-files"},
      {"reqq", "reqq"},
      {"script_torrent_added_enabled", "script-torrent-added-enabled"},
      {"script_torrent_added_filename", "script-torrent-added-filename"},
      {"script_torrent_done_enabled", "script-torrent-done-enabled"},
      {"script_torrent_done_filename", "script-torrent-done-filename"},
      {"script_torrent_done_seeding_enabled", "script-torrent-done-seeding-enabled"},
      {"script_torrent_done_seeding_filename", "script-torrent-done-seeding-filename"},
      {"seed_queue_enabled", "seed-queue-enabled"},
      {"seed_queue_size", "seed-queue-size"},
      {"seed_ratio_limit", "seedRatioLimit"},
      {"seed_ratio_limited", "seedRatioLimited"},
      {"sequential_download", "sequential_download"},
      {"speed_limit_down", "speed-limit-down"},
      {"speed_limit_down_enabled", "speed-limit-down-enabled"},
      {"speed_limit_up", "speed-limit-up"},
      {"speed_limit_up_enabled", "speed-limit-up-enabled"},
      {"start_added_torrents", "start-added-torrents"},
      {"trash_original_torrent_files", "trash-original-torrent-files"},
      {"utp_enabled", "utp-enabled"},
  };
  for (const auto& [rpc, legacy] : contract) {
    INFO(rpc);
    const auto place = Table<Settings>::find_rpc(rpc);
    REQUIRE(place);
    CHECK(is_writable(Table<Settings>::rows()[*place]));
    CHECK(Table<Settings>::find_legacy(legacy) == place);
  }
}
