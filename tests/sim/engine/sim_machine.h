// SimMachine: one host that runs the shipped engine: a Session over a simulated World, life after
// life, on one disk and one store.
//
//   off --boot()--> running --crash()--> off
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/log/logger.h"
#include "core/session/session.h"
#include "tests/sim/engine/ban_watch.h"
#include "tests/sim/engine/known_content.h"
#include "tests/sim/engine/sim_http.h"
#include "tests/sim/engine/sim_net.h"
#include "tests/sim/engine/sim_store.h"
#include "tests/sim/engine/sim_workers.h"
#include "tests/support/fake_files.h"
#include "tests/support/fake_uplink.h"

namespace seed::sim {

enum class Crash : std::uint8_t {
  process,  ///< kill -9: what was written is there
  power,    ///< what was not synced is gone, or some of it; peers are not told
};

class SimMachine {
 public:
  static constexpr const char* downloads = "/disk/downloads";

  /// What a scenario begins with: trackers alone, in plain.
  static config::Settings plain_settings() {
    config::Settings settings;
    settings.dht_enabled = false;
    settings.port_forwarding_enabled = false;
    settings.pex_enabled = false;
    settings.lpd_enabled = false;
    // Every datagram is an event of its own.
    settings.preferred_transports = {config::Transport::tcp};
    settings.encryption = config::Encryption::allowed;
    return settings;
  }
  struct Plan {
    Line line;
    config::Settings settings = plain_settings();
    std::size_t threads = 2;
    test::FakeFiles::Speed speed{20us, 400'000'000, 5ms};
    /// Hears the log; must outlive the machine.
    const BanWatch* bans = nullptr;
  };

  SimMachine(Network& network, Web& web, SimHost::Config host, Plan plan, Rng rng, log::Logger log);
  ~SimMachine();

  /// Starts the session; `ready` once the list of torrents is complete.
  void boot(std::function<void()> ready = {});
  void crash(Crash kind);
  /// The process dies within a job, after so many more changes to its disk.
  void crash_in_a_job(std::uint64_t changes, Crash kind);
  bool running() const { return session_ != nullptr; }
  /// Adds a torrent; SEED_CHECKs that it was taken.
  void add(const KnownContent& content, bool paused = false);
  /// An order of the user's, with a turn's end after it.
  void with_session(const std::function<void(session::Session&)>& order);
  /// The one torrent's facts; nothing while there is none or its content cannot be had now.
  std::optional<session::TorrentSnapshot> look(const session::Groups& groups = {});

  /// What the disk does wrong; judges who look at it are spared.
  void set_disk_hook(test::FakeFiles::Hook hook);
  /// The interface that it is bound to goes, and what is open over it ends.
  void take_network();
  void give_network();
  /// boot(), while its network is gone.
  void boot_without_network();
  /// Its disk is taken out, or put back as it was.
  void take_disk();
  void give_disk();
  bool has_disk() const { return has_disk_; }
  /// Whether the octets of a piece are on its disk.
  bool holds(const KnownContent& content, PieceIndex piece);

  SimHost& host() { return host_; }
  SimNet& net() { return *net_; }
  SimRouter& router() { return router_; }
  test::FakeFiles& files() { return files_; }
  SimStore& store() { return store_; }
  SimWorkers& workers() { return *workers_; }
  std::uint64_t boots() const { return boots_; }
  Instant booted_at() const { return booted_at_; }
  /// Told when a crash within a job has happened.
  std::function<void(SimMachine&)> crashed;

 private:
  Network& network_;
  Web& web_;
  SimHost host_;
  Plan plan_;
  log::Logger log_;
  test::FakeFiles files_;
  SimStore store_;
  SimRouter router_;
  test::FakeUplink uplink_;
  std::unique_ptr<SimNet> net_;
  std::unique_ptr<SimHttp> http_;
  std::unique_ptr<SimResolver> resolver_;
  std::unique_ptr<SimGateway> gateway_;
  std::unique_ptr<SimWorkers> workers_;
  std::unique_ptr<session::Session> session_;
  bool ready_ = false;
  bool judged_ = false;
  bool has_disk_ = true;
  Crash crash_kind_ = Crash::process;
  std::uint64_t boots_ = 0;
  Instant booted_at_{};
};

}  // namespace seed::sim
