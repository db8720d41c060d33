// seedd: the daemon's table of contents: read the configuration, take the state folder, serve,
// stop.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "config/print.h"
#include "config/settings_value.h"
#include "core/uv/saved_settings.h"
#include "core/uv/state_lock.h"
#include "core/uv/workers.h"
#include "daemon/configuration.h"
#include "daemon/hash_password.h"
#include "daemon/options.h"
#include "daemon/service.h"
#include "daemon/version.h"
#include "rpc/schema.h"

namespace {

using namespace seed;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

int complain(const std::string& text, int status) {
  std::fprintf(stderr, "seedd: %s\n", text.c_str());
  return status;
}

/// Blocks of 16 KiB come and go by the thousand: memory is kept for the next ones instead of being
/// given back and asked for again, and few arenas keep it in few places.
void tune_allocator() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 32 << 20);
  ::mallopt(M_TOP_PAD, 1 << 20);
}

/// Links and files need more descriptors than the usual soft limit of 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(daemon::Configuration& configuration, const config::Loaded& loaded) {
  const auto& settings = loaded.settings;
  std::error_code error;
  std::filesystem::create_directories(settings.state_dir, error);
  if (error)
    return complain("cannot make the state folder " + settings.state_dir + ": " + error.message(),
                    exit_failure);
  auto lock = uv::StateLock::take(settings.state_dir);
  if (!lock) return complain(lock.error().text, exit_failure);
  const char* journal = std::getenv("JOURNAL_STREAM");
  std::optional<log::Log> log;
  log.emplace(
      log::LogOptions{.level = daemon::level_of(settings),
                      .format = settings.log_format == config::LogFormat::json ? log::Format::json
                                                                               : log::Format::text,
                      .journal = journal != nullptr && log::is_journal(STDERR_FILENO, journal),
                      .fd = STDERR_FILENO});
  for (const auto& warning : loaded.warnings)
    log->logger("config").warn("doubtful", {{"setting", warning.path}, {"why", warning.message}});
  const auto guarded = configuration.protect_password(log->logger("config"));
  auto service = std::make_unique<daemon::Service>(configuration, guarded, *log);
  const int status = service->run();
  if (service->ended()) return status;
  // The thread that hangs uses some of it. All is saved; what the log still holds is written. Where
  // the system cannot end that thread, the next seedd need not wait for it.
  (void)service.release();
  log.reset();
  {
    const uv::StateLock given_up = *std::move(lock);
  }
  std::_Exit(status);
}

/// With what RPC has saved, as the daemon would start now.
void print_settings(daemon::Configuration& configuration, const config::Loaded& loaded) {
  auto saved = uv::read_saved_settings(daemon::state_file(loaded.settings));
  if (!saved) std::printf("# What RPC has saved is left out: %s\n", saved.error().text.c_str());
  const auto all = saved ? configuration.with_saved(*std::move(saved)) : loaded;
  std::printf("%s", config::print_config(all).c_str());
}

int run(int argc, char** argv) {
  auto options = daemon::parse_options(argc, argv);
  if (!options) return options.error();
  if (options->schema) {
    std::printf("%s\n", rpc::schema(daemon::version).dump(2).c_str());
    return 0;
  }
  if (options->hash_password) return daemon::hash_password();
  const bool print = options->print_config;
  const bool check = options->check_config;
  daemon::Configuration configuration(*std::move(options));
  const auto loaded = configuration.load();
  if (!loaded) {
    for (const auto& text : loaded.error()) complain(text, exit_usage);
    return exit_usage;
  }
  if (check)
    for (const auto& warning : loaded->warnings)
      complain("doubtful: " + config::describe(warning), 0);
  if (print) print_settings(configuration, *loaded);
  if (print || check) return 0;
  uv::size_thread_pool(loaded->settings.disk_threads);
  tune_allocator();
  raise_descriptor_limit();
  return serve(configuration, *loaded);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& exception) {
    return complain(exception.what(), exit_failure);
  }
}
