// The keys of session_get (rpc-contract, section 6.6): the settings, whose rows are in
// config/settings.def, and the daemon's own facts, whose rows are here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/session/snapshot.h"
#include "rpc/fields/field.h"

namespace seed::rpc {

/// What session_get is answered from; copied on the loop.
struct SessionSnapshot {
  config::Settings settings;
  session::SessionFacts facts;
  std::string version;
  std::string seedd_version;
  std::string session_id;
  std::int64_t download_dir_free_space = -1;  ///< octets
};

/// The numbers by which clients know what they can ask for (rpc-contract, section 8).
inline constexpr int rpc_version = 19;
inline constexpr int rpc_version_minimum = 14;
inline constexpr std::string_view rpc_version_semver = "6.0.1";

/// The keys that are no settings; all of them read-only.
std::span<const Field<SessionSnapshot>> session_facts();

/// The JSON object with the keys asked for in `names`, or all when it is empty.
std::string encode_session(const SessionSnapshot& from, const std::vector<std::string>& names,
                           Dialect dialect);

}  // namespace seed::rpc
