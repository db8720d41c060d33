// Events of GET /events: what each is called and what is in it. The only table of them: streams,
// schema and docs take the names from here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/event.h"
#include "rpc/json_writer.h"
#include "rpc/params.h"

namespace seed::rpc {

struct EventRow {
  std::string_view name;
  std::string_view doc;
  std::span<const Parameter> members;  ///< of its object
};

/// Those of the stream itself first, then what happens, in the order of session::Event.
std::span<const EventRow> event_rows();
/// The row of something that happened.
const EventRow& row_of(const session::Event& event);
/// What happened, as the object that its row describes.
void write_event(const session::Event& event, JsonWriter& out);

// --- events of the stream itself
extern const EventRow open_event;      ///< it begins
extern const EventRow torrents_event;  ///< what changed
extern const EventRow reset_event;     ///< some of it is lost
/// {"sequence"}: what open and reset have to say.
std::string sequence_object(std::uint64_t sequence);
/// What torrents has to say; `write_torrents(out)` writes the value of its member of that name and
/// returns the number that it is told up to.
template <typename Write>
std::string torrents_object(bool full, std::span<const session::TorrentNumber> removed,
                            Write&& write_torrents) {
  JsonWriter out;
  out.begin_object();
  out.key(torrents_event.members[0].name);
  out.boolean(full);
  out.key(torrents_event.members[1].name);
  out.begin_array();
  for (const auto number : removed) out.integer(number);
  out.end_array();
  out.key(torrents_event.members[2].name);
  const std::uint64_t sequence = write_torrents(out);
  out.key(torrents_event.members[3].name);
  out.integer(sequence);
  out.end_object();
  return out.take();
}

}  // namespace seed::rpc
