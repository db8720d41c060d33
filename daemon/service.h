// Service: the running daemon: the real world, the session, the RPC, and what the system tells.
//
//   made --run()--> starting --> serving --SIGTERM, session_close--> stopping --> run() returns
//                         \--state or RPC port cannot be used--> run() returns 1
#pragma once

#include <memory>
#include <string>

#include "core/log/log.h"
#include "core/session/session.h"
#include "core/uv/mailbox.h"
#include "core/uv/signals.h"
#include "core/uv/world.h"
#include "daemon/configuration.h"
#include "daemon/notify.h"
#include "daemon/scripts.h"
#include "rpc/rpc.h"

namespace seed::daemon {

class Service {
 public:
  /// `log` and `configuration` outlive it. The state folder is there and locked.
  Service(Configuration& configuration, const config::Loaded& loaded, log::Log& log);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Serves until told to stop; returns the exit status.
  int run();
  /// After run(). False: a thread still waits for a disk that hangs, so that this must not be
  /// destroyed and the process must end without exit().
  bool ended() const { return ended_; }

 private:
  void on_started(const Result<void>& started);
  rpc::ProgramFacts program_facts() const;
  void on_signal(int number);
  void reload();
  void tell_doubts(const std::vector<UserError>& warnings);
  void apply(const config::Settings& settings);
  void stop();

  Configuration& configuration_;
  log::Log& log_;
  log::Logger logger_;
  Notify notify_;
  uv::RealWorld world_;
  uv::Mailbox mailbox_;
  std::unique_ptr<session::Session> session_;
  std::unique_ptr<rpc::Rpc> rpc_;
  std::unique_ptr<Scripts> scripts_;
  std::unique_ptr<uv::Signals> signals_;
  std::unique_ptr<uv::Ticker> watchdog_;
  config::Settings settings_;
  config::Settings started_with_;  ///< of which some hold until the end
  int status_ = 0;
  bool stopping_ = false;
  bool ended_ = true;
};

/// How the settings' message_level and log_format look to the log.
log::Level level_of(const config::Settings& settings);
/// The path of the state file.
std::string state_file(const config::Settings& settings);

}  // namespace seed::daemon
