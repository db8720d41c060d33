// LINK: seed::ctl
// Any octets as an event stream: the events are the same however the stream is cut, and what is
// kept of an event without an end is bounded. The first octet says where the cut is.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "ctl/server_events.h"

using namespace seed::ctl;

namespace {

constexpr std::size_t bytes_max = 4096;

std::vector<ServerEvent> read(std::string_view first, std::string_view second) {
  ServerEvents events(bytes_max);
  std::vector<ServerEvent> out;
  for (const std::string_view part : {first, second}) {
    if (!events.feed(part)) return {};
    while (auto event = events.next()) out.push_back(*std::move(event));
  }
  for (const ServerEvent& event : out)
    if (event.data.size() > bytes_max || event.name.empty()) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t cut = text.size() * data[0] / 255;
  if (read(text, {}) != read(text.substr(0, cut), text.substr(cut))) std::abort();
  return 0;
}
