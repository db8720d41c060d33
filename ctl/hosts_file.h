// HostsFile: ~/.config/seedd/seedctl.toml, the daemons that a user has given names:
//
//   default = "nas"                # the one that is meant when none is named
//   [hosts.nas]
//   host = "https://nas.lan/rpc"   # all that --host takes
//   user = "me"
//   password_file = "nas.password" # or password; or token, token_file; relative to this file
//   cacert = "nas.pem"             # or insecure = true
//   timeout = 10                   # seconds
//
// Bounds: 1 MiB of file, a key in a file 64 KiB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/outcome.h"

namespace seed::ctl {

struct HostEntry {
  std::string name;
  std::string host;  ///< as --host has it; "" means the name
  std::string user;
  std::string password;
  std::string password_file;  ///< absolute, "" for none; the same of the other paths
  std::string token;
  std::string token_file;
  std::string cacert;
  bool insecure = false;
  std::optional<std::int64_t> timeout;  ///< seconds

  /// In the file itself, be it in the host's URL.
  bool has_secret() const;
};

struct HostsFile {
  std::string path;  ///< "" when there is none
  std::string default_name;
  std::vector<HostEntry> hosts;  ///< in the order of the file
  /// Secrets stand in it and others may read it.
  bool exposed = false;

  const HostEntry* find(std::string_view name) const;
};

/// What stands in the text. Every mistake is Exit::usage and names file, line and key.
Outcome<HostsFile> parse_hosts(std::string_view text, const std::string& path);

/// Reads the file; one that is not there is empty, unless the user has named it himself.
Outcome<HostsFile> read_hosts(const std::string& path, bool named);

/// A secret from a file of its own: the first line. `exposed` becomes true when others may read it.
Outcome<std::string> read_secret(const std::string& path, bool& exposed);

}  // namespace seed::ctl
