#include "rpc/fields/event.h"

#include <array>
#include <cstddef>
#include <variant>

namespace seed::rpc {

namespace {

using enum ValueType;

// clang-format off
constexpr Parameter sequence{"sequence", "", integer, "The number that it stands at; what comes after it follows."};

constexpr Parameter id{"id", "", integer, "The torrent's id."};
constexpr Parameter hash_string{"hash_string", "", text, "The torrent's info-hash."};
constexpr Parameter name{"name", "", text, "The torrent's name."};
constexpr Parameter error_string{"error_string", "", text, "What is wrong, as `torrent_get` has it."};
constexpr Parameter host{"host", "", text, "The tracker's host and port."};
constexpr Parameter succeeded{"succeeded", "", boolean, "Whether the announce was answered and not refused."};
constexpr Parameter tracker_text{"text", "", text, "What went wrong, or the tracker's warning; \"\" when nothing."};
constexpr Parameter peers{"peers", "", integer, "Peers in the answer."};
constexpr Parameter names{"names", "", texts, "The names of those that have another value."};

constexpr std::array of_numbers{sequence};
constexpr std::array of_changes{
    Parameter{"full", "", boolean, "All torrents are there, and those that are not are gone."},
    Parameter{"removed", "", integers, "The ids of those that are gone."},
    Parameter{"torrents", "", objects, "Those that changed, each with its `id` and what changed of the fields asked for.", {}, "torrents"},
    Parameter{"sequence", "", integer, "The number that it is told up to."}};
constexpr std::array of_torrent{id, hash_string, name};
constexpr std::array of_error{id, hash_string, name, error_string};
constexpr std::array of_tracker{id, hash_string, name, host, succeeded, tracker_text, peers};
constexpr std::array of_settings{names};
// clang-format on

/// Rows of the stream itself come before those of what happens.
constexpr std::size_t stream_events = 3;
constexpr std::size_t happenings = std::variant_size_v<session::Event>;

// clang-format off
constexpr std::array<EventRow, stream_events + happenings> table{{
    {"open", "The stream begins, with what comes after that number.", of_numbers},
    {"torrents", "What changed of the torrents, as `torrent_get` with `since` answers, such as how far they are; twice a second at most.", of_changes},
    {"reset", "Some of it is lost: get a full list; the stream goes on from that number.", of_numbers},
    {"added", "A torrent was added.", of_torrent},
    {"metadata", "A magnet link's metadata has come: its files are known.", of_torrent},
    {"completed", "A torrent has all that is wanted of it.", of_torrent},
    {"seeding_done", "A torrent was stopped by its ratio or idle limit.", of_torrent},
    {"error", "A torrent has stopped: something is wrong with its data.", of_error},
    {"removed", "A torrent is gone.", of_torrent},
    {"tracker", "An announce was answered or has failed.", of_tracker},
    {"settings", "Settings have other values.", of_settings},
}};
// clang-format on

void write_torrent(const session::TorrentRef& torrent, JsonWriter& out) {
  out.key(id.name);
  out.integer(torrent.number);
  out.key(hash_string.name);
  out.text(torrent.hashes.short_hash().hex());
  out.key(name.name);
  out.text(torrent.name);
}

/// What each kind says besides its torrent.
struct Telling {
  JsonWriter& out;
  void operator()(const session::TorrentFailed& event) const {
    out.key(error_string.name);
    out.text(event.reason);
  }
  void operator()(const session::TrackerAnswered& event) const {
    out.key(host.name);
    out.text(event.host);
    out.key(succeeded.name);
    out.boolean(event.good);
    out.key(tracker_text.name);
    out.text(event.text);
    out.key(peers.name);
    out.integer(event.peers);
  }
  void operator()(const session::SettingsChanged& event) const {
    out.key(names.name);
    out.begin_array();
    for (const auto& setting : event.names) out.text(setting);
    out.end_array();
  }
  void operator()(const auto& event) const { static_cast<void>(event); }
};

}  // namespace

constexpr EventRow open_event = table[0];
constexpr EventRow torrents_event = table[1];
constexpr EventRow reset_event = table[2];

std::span<const EventRow> event_rows() { return table; }

const EventRow& row_of(const session::Event& event) { return table[stream_events + event.index()]; }

void write_event(const session::Event& event, JsonWriter& out) {
  out.begin_object();
  if (const auto* torrent = session::torrent_of(event)) write_torrent(*torrent, out);
  std::visit(Telling{out}, event);
  out.end_object();
}

std::string sequence_object(std::uint64_t number) {
  JsonWriter out;
  out.begin_object();
  out.key(sequence.name);
  out.integer(number);
  out.end_object();
  return out.take();
}

}  // namespace seed::rpc
