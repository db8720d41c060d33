#include "daemon/service.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/base/limits.h"
#include "daemon/version.h"

namespace seed::daemon {

namespace {

bool was_set(const config::Loaded& loaded, std::string_view name) {
  return loaded.origin_of(name) != config::Origin::initial;
}

/// The certificates that HTTPS servers are judged by, where curl(1) and Transmission look for them
/// too; libcurl itself looks nowhere but at the system's.
std::string ca_bundle() {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (const char* path = std::getenv(name); path != nullptr && *path != '\0') return path;
  return {};
}

}  // namespace

std::string state_file(const config::Settings& settings) {
  return settings.state_dir + "/state.db";
}

log::Level level_of(const config::Settings& settings) {
  switch (settings.message_level) {
    case config::MessageLevel::off:
      return log::Level::off;
    case config::MessageLevel::critical:
    case config::MessageLevel::error:
      return log::Level::error;
    case config::MessageLevel::warn:
      return log::Level::warn;
    case config::MessageLevel::info:
      return log::Level::info;
    case config::MessageLevel::debug:
      return log::Level::debug;
    case config::MessageLevel::trace:
      return log::Level::trace;
  }
  return log::Level::info;
}

Service::Service(Configuration& configuration, const config::Loaded& loaded, log::Log& log)
    : configuration_(configuration),
      log_(log),
      logger_(log.logger("seedd")),
      world_(state_file(loaded.settings), loaded.settings.disk_threads, ca_bundle()),
      mailbox_(world_.loop),
      settings_(loaded.settings) {
  session::SessionConfig config;
  config.settings = loaded.settings;
  config.state_dir = loaded.settings.state_dir;
  config.user_agent = user_agent;
  config.peer_port_was_set = was_set(loaded, "peer_port");
  config.merge = [this, told = loaded.warnings](const SavedSettings& saved) {
    auto merged = configuration_.with_saved(saved);
    settings_ = merged.settings;
    log_.set_level(level_of(settings_));
    std::erase_if(merged.warnings,
                  [&](const auto& warning) { return std::ranges::count(told, warning) > 0; });
    tell_doubts(merged.warnings);
    return session::SessionConfig::Merged{settings_, was_set(merged, "peer_port")};
  };
  session_ = std::make_unique<session::Session>(world_.interfaces(), std::move(config),
                                                log.logger("session"));
  scripts_ = std::make_unique<Scripts>(world_.loop, world_.clock, *session_, log.logger("scripts"));
  world_.loop.on_slow_turn([this](const uv::SlowTurn& turn) {
    logger_.warn("the loop was held",
                 {{"seconds", seconds_of(turn.took)}, {"by", uv::name_of(turn.most)}});
  });
}

Service::~Service() = default;

int Service::run() {
  signals_ = std::make_unique<uv::Signals>(world_.loop,
                                           std::initializer_list<int>{SIGTERM, SIGINT, SIGHUP},
                                           [this](int number) { on_signal(number); });
  session_->start([this](const Result<void>& started) { on_started(started); });
  world_.loop.run();
  // Nothing is left to be told. Signals mean what they mean by default from where nobody takes
  // them, and the end that was asked for would look like a crash.
  signals_.reset();
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
  const bool face_ended = !rpc_ || rpc_->ended();
  rpc_.reset();
  mailbox_.close();
  session_.reset();
  scripts_.reset();
  const auto end = world_.end(limits::stop_jobs_max);
  ended_ = end == uv::RealWorld::End::dry && face_ended;
  if (end == uv::RealWorld::End::disk_hangs || !face_ended)
    logger_.warn("a disk does not answer: ending without it");
  logger_.info("stopped");
  return status_;
}

void Service::on_started(const Result<void>& started) {
  if (!started) {
    std::fprintf(stderr, "seedd: the state cannot be used: %s\n", started.error().text.c_str());
    status_ = 1;
    return world_.loop.stop();
  }
  rpc::RpcOptions options;
  options.settings = settings_;
  options.seedd_version = version;
  options.secret.resize(rpc::secret_bytes);
  world_.entropy.fill(options.secret);
  options.make_secret = [this](std::size_t size) {
    Buffer secret(size);
    world_.entropy.fill(secret);
    return secret;
  };
  options.wall = [this] { return world_.clock.wall(); };
  options.audit = log_.logger("audit");
  options.close_daemon = [this] { stop(); };
  options.program_facts = [this] { return program_facts(); };
  options.overruled = [this](std::string_view name) { return configuration_.overruled(name); };
  options.in_force = [this] { return configuration_.in_force(session_->settings()); };
  options.forget = [this](const std::vector<std::string>& names) {
    return configuration_.forget(names);
  };
  options.config_folders = configuration_.config_folders();
  options.settings_changed = [this](const SavedSettings& saved, const config::Settings& settings) {
    configuration_.remember(saved);
    for (const auto& [name, text] : saved)
      if (configuration_.overruled(name))
        logger_.warn("set by RPC until the next start or reload: the command line sets it too",
                     {{"setting", name}});
    apply(settings);
  };
  rpc_ = std::make_unique<rpc::Rpc>(std::move(options), *session_, mailbox_, log_.logger("rpc"));
  if (const auto listening = rpc_->start(); !listening) {
    std::fprintf(stderr, "seedd: %s\n", listening.error().text.c_str());
    status_ = 1;
    return stop();
  }
  scripts_->on_settings(settings_);
  started_with_ = settings_;
  logger_.info("serving", {{"version", version}, {"rpc_port", rpc_->port()}});
  notify_.ready();
  if (notify_.watchdog_interval() != Duration::max())
    watchdog_ = std::make_unique<uv::Ticker>(world_.loop, notify_.watchdog_interval(),
                                             [this] { notify_.watchdog(); });
}

rpc::ProgramFacts Service::program_facts() const {
  using Kind = uv::Workers::Kind;
  const auto jobs = [&](std::string_view name, Kind kind) {
    const auto& times = world_.workers.times(kind);
    return rpc::ProgramFacts::Jobs{name, times.waited, times.ran};
  };
  return {.turns = world_.loop.times(),
          .jobs = {jobs("transfer", Kind::transfer), jobs("background", Kind::background),
                   jobs("store", Kind::store)},
          .jobs_pending = world_.workers.pending(),
          .job_threads = world_.workers.threads()};
}

void Service::on_signal(int number) {
  if (number == SIGHUP) return reload();
  if (stopping_) {
    // The second one means now; what is saved is crash-safe.
    std::fprintf(stderr, "seedd: told twice to stop: ending at once\n");
    std::_Exit(130);
  }
  logger_.info("told to stop", {{"signal", number}});
  stop();
}

void Service::reload() {
  notify_.reloading();
  const bool turtle_before = configuration_.settings().alt_speed_enabled;
  if (auto loaded = configuration_.load()) {
    tell_doubts(loaded->warnings);
    for (const auto name : changed_for_next_start(started_with_, loaded->settings))
      logger_.warn("changed, and applies at the next start", {{"setting", name}});
    // The schedule switches it too: what says nothing new leaves it as it is.
    auto& turtle = loaded->settings.alt_speed_enabled;
    if (loaded->settings.alt_speed_time_enabled && turtle == turtle_before)
      turtle = session_->settings().alt_speed_enabled;
    apply(loaded->settings);
    session_->reconfigure(loaded->settings, was_set(*loaded, "peer_port"));
    if (rpc_) {
      rpc_->on_settings(loaded->settings);
      rpc_->reload_files();
    }
    logger_.info("the configuration was read again");
  } else {
    for (const auto& error : loaded.error())
      logger_.error("the configuration is as before", {{"error", error}});
  }
  notify_.ready();
}

void Service::tell_doubts(const std::vector<UserError>& warnings) {
  for (const auto& warning : warnings)
    logger_.warn("doubtful", {{"setting", warning.path}, {"why", warning.message}});
}

void Service::apply(const config::Settings& settings) {
  settings_ = settings;
  log_.set_level(level_of(settings));
  if (!stopping_) scripts_->on_settings(settings);
}

void Service::stop() {
  if (std::exchange(stopping_, true)) return;
  notify_.stopping();
  scripts_->stop();
  if (rpc_) rpc_->stop();
  session_->stop([this] { world_.loop.stop(); });
}

}  // namespace seed::daemon
