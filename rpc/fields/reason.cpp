#include "rpc/fields/reason.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace seed::rpc {

namespace {

using session::Reason;
using enum session::ReasonCode;

std::string count(std::int64_t number, std::string_view one, std::string_view many) {
  return number == 1 ? fmt::format("1 {}", one) : fmt::format("{} {}", number, many);
}

std::string rate(std::int64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{:.0f} kB/s", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB/s", static_cast<double>(bytes) / 1e6);
}

std::string size(std::int64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < units.size(); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string percent(double share) { return fmt::format("{:.0f} %", std::floor(share * 100)); }

/// "; the next announce is at 12:04:31 UTC", or nothing.
std::string at(const Reason& reason, std::string_view what) {
  if (reason.when == no_time) return {};
  const auto seconds = static_cast<std::time_t>(unix_seconds(reason.when));
  return fmt::format("; the next {} is at {:%H:%M:%S} UTC", what, fmt::gmtime(seconds));
}

#define SAY(...) [](const Reason& r) -> std::string { return __VA_ARGS__; }
#define TEXT(text) [](const Reason&) -> std::string { return text; }

// clang-format off
constexpr std::array table{
    ReasonRow{downloading, "downloading", "It downloads; `number` is octets a second.", SAY("It downloads at " + rate(r.number) + ".")},
    ReasonRow{seeding, "seeding", "It seeds; `number` is octets a second.", SAY(r.number > 0 ? "It seeds at " + rate(r.number) + "." : std::string("It seeds."))},
    ReasonRow{paused, "paused", "The user has stopped it, or has not started it.", TEXT("It is paused: start it.")},
    ReasonRow{limit_reached, "limit_reached", "It has stopped at its ratio or idle limit.", TEXT("It has reached its ratio or idle limit: start it to seed on.")},
    ReasonRow{disk_full, "disk_full", "There is no room; `detail` says where.", SAY("The disk is full: " + r.detail)},
    ReasonRow{root_missing, "root_missing", "Its folder is not there, or another disk is; `detail` says which.", SAY("Its folder is missing: " + r.detail)},
    ReasonRow{files_missing, "files_missing", "Files that were complete are gone; `detail` says what to do.", SAY("Files are missing: " + r.detail)},
    ReasonRow{files_in_the_way, "files_in_the_way", "Files that are not its own have its names; `detail` says which.", SAY("Other files are in the way: " + r.detail)},
    ReasonRow{no_permission, "no_permission", "The system does not let seedd read or write; `detail` says what.", SAY("The system refuses: " + r.detail)},
    ReasonRow{disk_error, "disk_error", "The disk fails; `detail` says how.", SAY("The disk fails: " + r.detail)},
    ReasonRow{broken, "error", "Something else is wrong; `detail` says what.", SAY("Something is wrong: " + r.detail)},
    ReasonRow{check_waits, "check_waits", "It waits for its turn to be verified.", TEXT("It waits to be verified: others are being verified.")},
    ReasonRow{checking, "checking", "It is verified; `share` is done.", SAY("It is being verified: " + percent(r.share) + " is done.")},
    ReasonRow{moving, "moving", "Its data is moved; `share` is done.", SAY("Its data is being moved: " + percent(r.share) + " is done.")},
    ReasonRow{queued, "queued", "It waits in the queue at place `number` of `of`; `detail` is \"download\" or \"seed\".", SAY(fmt::format("It waits in the {} queue: place {} of {}.", r.detail, r.number, r.of))},
    ReasonRow{opening, "opening", "Its files are looked up.", TEXT("Its files are being looked up.")},
    ReasonRow{metadata_missing, "waiting_for_metadata", "Nobody has told yet what it consists of.", TEXT("It waits for its metadata: what it consists of is not known yet.")},
    ReasonRow{nothing_wanted, "nothing_wanted", "No file of it is wanted.", TEXT("None of its files is wanted: choose some.")},
    ReasonRow{no_address_family, "no_address_family", "bind_address_ipv4 and bind_address_ipv6 are empty.", TEXT("seedd may use neither IPv4 nor IPv6: see bind_address_ipv4 and bind_address_ipv6.")},
    ReasonRow{network_gone, "network_gone", "The interface or address that everything goes over is gone; `detail` says which.", SAY("It waits for the network: " + r.detail + ".")},
    ReasonRow{no_trackers, "no_trackers", "It has no trackers, and nobody else names peers.", TEXT("It has no trackers that could name peers: add one.")},
    ReasonRow{asking_trackers, "asking_trackers", "Its trackers are asked for peers.", TEXT("Its trackers are being asked for peers.")},
    ReasonRow{asking_dht, "asking_dht", "It has no trackers, and the DHT is asked for peers; `number` nodes of it are known.", SAY(r.number == 0 ? std::string("The DHT is asked for peers, and no node of it is known yet.") : "The DHT is asked for peers: " + count(r.number, "node", "nodes") + " of it " + (r.number == 1 ? "is" : "are") + " known.")},
    ReasonRow{no_peers_found, "no_peers_found", "Its trackers know no peers; the next announce is at `when`.", SAY("No peers were found yet" + at(r, "announce") + ".")},
    ReasonRow{tracker_error, "tracker_error", "A tracker failed or refused; `detail` is its host and what it said, the next announce is at `when`.", SAY("Tracker " + r.detail + at(r, "announce") + ".")},
    ReasonRow{connecting, "connecting", "`number` peers are being connected to.", SAY("It is connecting to " + count(r.number, "peer", "peers") + ".")},
    ReasonRow{dial_waits, "dial_waits", "`number` peers are known and wait for their turn to be dialled.", SAY(count(r.number, "peer is", "peers are") + " known, and " + (r.number == 1 ? "waits" : "wait") + " to be connected to: all of seedd's places for peers may be taken.")},
    ReasonRow{peers_unreachable, "peers_unreachable", "`number` peers are known and none can be reached; the next is tried at `when`.", SAY(count(r.number, "peer is", "peers are") + " known, and none could be reached" + at(r, "attempt") + ".")},
    ReasonRow{nobody_connected, "nobody_connected", "Nobody who would download is connected.", TEXT("It is ready to seed, and nobody is connected.")},
    ReasonRow{peers_choke_us, "peers_choke_us", "All `number` peers choke us.", SAY(r.number == 1 ? std::string("The only peer chokes us.") : fmt::format("All {} peers choke us.", r.number))},
    ReasonRow{no_peer_has_missing, "no_peer_has_missing", "Of `of` missing octets, connected peers have `number`.", SAY(r.number == 0 ? "No connected peer has any of the missing " + size(r.of) + "." : "Connected peers have " + size(r.number) + " of the missing " + size(r.of) + ".")},
    ReasonRow{blocks_under_way, "blocks_under_way", "Blocks are asked for of `number` peers, and have not come yet.", SAY("Blocks are asked for of " + count(r.number, "peer", "peers") + ", and have not come yet.")},
    ReasonRow{nobody_interested, "nobody_interested", "None of the `number` peers wants anything.", SAY(r.number == 1 ? std::string("The only peer wants nothing of it.") : fmt::format("None of the {} peers wants anything of it.", r.number))},
    ReasonRow{peers_wait_for_slots, "peers_wait_for_slots", "`number` peers wait for an upload slot.", SAY(count(r.number, "peer waits", "peers wait") + " for an upload slot.")},
    ReasonRow{limit_is_zero, "limit_is_zero", "A speed limit of 0 lets nothing pass; `detail` is \"download\" or \"upload\".", SAY("A " + r.detail + " limit of 0 lets nothing pass: its own, its group's or the session's.")},
    ReasonRow{rate_limited, "rate_limited", "Peers wait for a speed limit; `detail` is \"download\" or \"upload\".", SAY("Its peers wait for a " + r.detail + " limit: its own, its group's or the session's.")},
    ReasonRow{disk_slow, "disk_slow", "The memory for blocks is full: the disk is slower than the peers.", TEXT("The disk is slower than the peers: the memory for blocks is full.")},
    ReasonRow{peer_limit, "peer_limit", "All `number` places for peers are taken.", SAY(fmt::format("All {} places for peers are taken.", r.number))},
    ReasonRow{stalled, "stalled", "It is idle for so long that it takes no place in the queue.", TEXT("It is stalled, and takes no place in the queue.")},
    ReasonRow{not_listening, "not_listening", "No peer can connect; `detail` says why.", SAY("No peer can connect to seedd: " + r.detail)},
    ReasonRow{tracker_warning, "tracker_warning", "A tracker warns; `detail` is its host and what it said.", SAY("Tracker " + r.detail)},
    ReasonRow{proxy_fails, "proxy_fails", "Something does not go through the proxy; `detail` says what and why.", SAY("The proxy of proxy_url: " + r.detail)},
};
// clang-format on

#undef SAY
#undef TEXT

/// The table is in the order of the codes.
constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return true;
}
static_assert(in_order());
static_assert(table.size() == static_cast<std::size_t>(proxy_fails) + 1);

}  // namespace

std::span<const ReasonRow> reason_rows() { return table; }

void write_reason(const Reason& reason, JsonWriter& out) {
  const ReasonRow& row = table[static_cast<std::size_t>(reason.code)];
  out.begin_object();
  out.key("code");
  out.text(row.name);
  out.key("text");
  out.text(row.say(reason));
  if (!reason.detail.empty()) {
    out.key("detail");
    out.text(reason.detail);
  }
  if (reason.number >= 0) {
    out.key("number");
    out.integer(reason.number);
  }
  if (reason.of >= 0) {
    out.key("of");
    out.integer(reason.of);
  }
  if (reason.share >= 0) {
    out.key("share");
    out.real(reason.share);
  }
  if (reason.when != no_time) {
    out.key("when");
    out.integer(unix_seconds(reason.when));
  }
  out.end_object();
}

}  // namespace seed::rpc
