// ServerEvents: reads text/event-stream (HTML Living Standard, section 9.2) as it arrives.
//
// Bounds: an event as large as an answer may be (answer_bytes_max in ctl/client.h); more: broken.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace seed::ctl {

struct ServerEvent {
  std::string id;    ///< the last one that was given, as the standard says
  std::string name;  ///< "message" when none is given
  std::string data;

  bool operator==(const ServerEvent&) const = default;
};

class ServerEvents {
 public:
  explicit ServerEvents(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// False: more came without the end of an event than may be, and nothing is read any more.
  bool feed(std::string_view octets);
  /// The next whole event.
  std::optional<ServerEvent> next();

 private:
  void on_line(std::string_view line);
  void on_field(std::string_view field, std::string_view value);
  void dispatch();

  std::size_t bytes_max_;
  std::string line_;       ///< begun and not ended
  bool after_cr_ = false;  ///< a newline now belongs to the line before
  std::string id_;
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  std::deque<ServerEvent> ready_;
};

}  // namespace seed::ctl
