// BandwidthGroups: the bandwidth groups: their options by name, and a level of the rate limits for
// each, between the session's and those of the group's torrents. A group is made by naming it, and
// stays.
//
// Bencoded in the store under "groups"; what cannot be read there is as it is at first.
// Bounds: limits::groups_max, limits::group_name_bytes_max; beyond, a name is refused.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/group_options.h"
#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/session/snapshot.h"
#include "core/torrent/allowance.h"

namespace seed::session {

class BandwidthGroups {
 public:
  /// The session's limits, which outlive this object.
  explicit BandwidthGroups(torrent::Allowance& session) : session_(session) {}

  /// The group's limits; the session's for "" and for a name that is none.
  torrent::Allowance& allowance_of(const std::string& name);
  bool knows(const std::string& name) const { return groups_.contains(name); }
  const config::GroupOptions* find(const std::string& name) const;
  /// Makes the group if it is none yet. A Fault: the name is empty or too long, or there are too
  /// many.
  Result<void> set(const std::string& name, const config::GroupOptions& options, Instant now);
  /// In order of their names.
  std::vector<GroupSnapshot> list() const;

  Buffer encode() const;
  void load(Bytes encoded, Instant now);

 private:
  struct Group {
    config::GroupOptions options;
    std::unique_ptr<torrent::Allowance> allowance;
  };

  torrent::Allowance& session_;
  std::map<std::string, Group> groups_;
};

}  // namespace seed::session
