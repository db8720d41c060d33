#include "core/session/bandwidth_groups.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "core/torrent/stored_value.h"

namespace seed::session {

namespace {

void apply(torrent::Allowance& allowance, const config::GroupOptions& options, Instant now) {
  const auto rate = [](bool limited, std::uint32_t kilobytes) {
    return limited ? std::uint64_t{kilobytes} * 1000 : TokenBucket::unlimited;
  };
  using torrent::Direction;
  allowance.set_rate(Direction::down,
                     rate(options.speed_limit_down_enabled, options.speed_limit_down), now);
  allowance.set_rate(Direction::up, rate(options.speed_limit_up_enabled, options.speed_limit_up),
                     now);
  allowance.set_honors_session(options.honors_session_limits);
}

}  // namespace

torrent::Allowance& BandwidthGroups::allowance_of(const std::string& name) {
  const auto found = groups_.find(name);
  return found == groups_.end() ? session_ : *found->second.allowance;
}

const config::GroupOptions* BandwidthGroups::find(const std::string& name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second.options;
}

Result<void> BandwidthGroups::set(const std::string& name, const config::GroupOptions& options,
                                  Instant now) {
  auto found = groups_.find(name);
  if (found == groups_.end()) {
    if (name.empty()) return fail(FaultCode::malformed, "a group needs a name");
    if (name.size() > limits::group_name_bytes_max)
      return fail(FaultCode::too_large,
                  fmt::format("a group's name has at most {} bytes", limits::group_name_bytes_max));
    if (groups_.size() >= limits::groups_max)
      return fail(FaultCode::too_large,
                  fmt::format("there are {} groups, and that is the most", limits::groups_max));
    found = groups_.emplace(name, Group{{}, std::make_unique<torrent::Allowance>(&session_)}).first;
  }
  found->second.options = options;
  apply(*found->second.allowance, options, now);
  return {};
}

std::vector<GroupSnapshot> BandwidthGroups::list() const {
  std::vector<GroupSnapshot> out;
  out.reserve(groups_.size());
  for (const auto& [name, group] : groups_) out.push_back({name, group.options});
  return out;
}

Buffer BandwidthGroups::encode() const {
  bencode::DictWriter out;
  for (const auto& [name, group] : groups_) {
    bencode::DictWriter options;
    config::each_group_option([&](const auto& row) {
      torrent::write_value(options, row.name, group.options.*row.member);
    });
    out.raw(name, options.take());
  }
  return out.take();
}

void BandwidthGroups::load(Bytes encoded, Instant now) {
  const auto document = bencode::Document::parse(encoded);
  if (!document) return;
  for (const auto& [key, dict] : document->root().dict_entries()) {
    if (!dict.is_dict()) continue;
    config::GroupOptions options;
    config::each_group_option(
        [&](const auto& row) { torrent::read_value(dict, row.name, options.*row.member); });
    static_cast<void>(set(to_string(key), options, now));  // one that is none is left out
  }
}

}  // namespace seed::session
