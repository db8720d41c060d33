#include "ctl/server_events.h"

#include <algorithm>
#include <utility>

namespace seed::ctl {

bool ServerEvents::feed(std::string_view octets) {
  while (!octets.empty()) {
    if (std::exchange(after_cr_, false) && octets.front() == '\n') {
      octets.remove_prefix(1);
      continue;
    }
    const std::size_t end = octets.find_first_of("\r\n");
    if (line_.size() + data_.size() + std::min(end, octets.size()) > bytes_max_) return false;
    line_ += octets.substr(0, end);
    if (end == std::string_view::npos) return true;
    after_cr_ = octets[end] == '\r';
    octets.remove_prefix(end + 1);
    on_line(line_);
    line_.clear();
  }
  return true;
}

std::optional<ServerEvent> ServerEvents::next() {
  if (ready_.empty()) return std::nullopt;
  ServerEvent out = std::move(ready_.front());
  ready_.pop_front();
  return out;
}

void ServerEvents::on_line(std::string_view line) {
  if (line.empty()) return dispatch();
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment, which keeps the connection alive
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  on_field(line.substr(0, colon), value);
}

void ServerEvents::on_field(std::string_view field, std::string_view value) {
  if (field == "event") {
    name_ = value;
  } else if (field == "id") {
    if (value.find('\0') == value.npos) id_ = value;
  } else if (field == "data") {
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  }
}

void ServerEvents::dispatch() {
  std::string name = std::exchange(name_, {});
  std::string data = std::exchange(data_, {});
  if (!std::exchange(has_data_, false)) return;
  ready_.push_back({id_, name.empty() ? "message" : std::move(name), std::move(data)});
}

}  // namespace seed::ctl
