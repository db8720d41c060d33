// Rpc: the daemon's face: an HTTP server that speaks both dialects and carries calls to the session
// on the loop and back (design, section 14).
//
// Everything here is called on the loop thread. The HTTP threads have their own copy of what they
// need of the settings; the session is touched only by letters, which the loop opens.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/precedence.h"
#include "config/settings.h"
#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/io/mailbox.h"
#include "core/log/logger.h"
#include "core/session/session.h"
#include "rpc/program_facts.h"

namespace seed::rpc {

/// Octets of RpcOptions::secret.
inline constexpr std::size_t secret_bytes = 32;

struct RpcOptions {
  config::Settings settings;
  /// What clients of Transmission parse: "4.1.3 (5eedd001)" (rpc-contract, section 8).
  std::string version = "4.1.3 (5eedd001)";
  std::string seedd_version;  ///< "0.1.0"
  Buffer secret;              ///< secret_bytes of io::Entropy, from which the session id is made
  /// On the loop: as many octets of io::Entropy.
  std::function<Buffer(std::size_t size)> make_secret;
  std::function<WallTime()> wall;  ///< from any thread
  log::Logger audit;               ///< see rpc/audit.h
  /// On the loop, after session_close was answered: the daemon should stop.
  std::function<void()> close_daemon;
  /// On the loop: what the program knows of its own work, for /metrics.
  std::function<ProgramFacts()> program_facts;
  /// On the loop: whether the command line sets the setting of this name.
  std::function<bool(std::string_view name)> overruled = [](std::string_view) { return false; };
  /// On the loop: the settings in force, and who said each of them.
  std::function<config::Loaded()> in_force = [] { return config::Loaded(); };
  /// On the loop: takes back what was saved of these settings; what the others say.
  std::function<config::Loaded(const std::vector<std::string>& names)> forget =
      [](const std::vector<std::string>&) { return config::Loaded(); };
  /// Where config files are: no torrent may be put there.
  std::vector<std::string> config_folders;
  /// On the loop, after session_set saved something: names and texts, and the settings with them.
  std::function<void(const config::SavedSettings&, const config::Settings&)> settings_changed;
};

class Rpc {
 public:
  /// `session` and `mailbox` outlive it.
  Rpc(RpcOptions options, session::Session& session, io::Mailbox& mailbox, log::Logger log);
  ~Rpc();
  Rpc(const Rpc&) = delete;
  Rpc& operator=(const Rpc&) = delete;

  /// Listens as the settings say; does nothing when rpc_enabled is false. The fault's text is for
  /// the user: the address, the port and why.
  Result<void> start();
  /// Takes no more calls; those under way are answered, with an error if the loop has not answered
  /// them yet. Blocks until their threads have ended and what they answered is sent, for
  /// limits::stop_calls_max at most. May be called twice.
  void stop();
  /// After stop(): no thread answers anything any more. When one does, because a disk does not
  /// answer, it goes on to use this object's parts. These stay when it is destroyed, and the
  /// process is to be ended by _Exit.
  bool ended() const;
  /// Settings changed outside of the RPC: login and whitelists hold from now on. Address, port and
  /// path take effect with the next start.
  void on_settings(const config::Settings& settings);

  /// Reads the certificate and the key of TLS again, for connections from now on. When they are no
  /// good all is as before, and the log says why.
  void reload_files();

  /// The port in use; 0 while there is none.
  std::uint16_t port() const;
  /// What X-Transmission-Session-Id has to be.
  const std::string& session_id() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seed::rpc
