#include "tests/sim/engine/sim_machine.h"

#include <utility>

#include "core/base/check.h"

namespace seed::sim {

SimMachine::SimMachine(Network& network, Web& web, SimHost::Config host, Plan plan, Rng rng,
                       log::Logger log)
    : network_(network),
      web_(web),
      host_(network.events(), network.digest(), std::move(host), rng),
      plan_(std::move(plan)),
      log_(std::move(log)) {
  files_.mount("/disk");
  static_cast<void>(files_.make_folders(*SafePath::root(downloads), true));
  static_cast<void>(files_.sync_folder(*SafePath::root("/disk")));
  files_.set_speed(plan_.speed);
  store_.hook = [this]() -> std::optional<Fault> {
    if (files_.killed()) return Fault{FaultCode::io, 0, "killed"};
    return std::nullopt;
  };
  plan_.settings.download_dir = downloads;
  plan_.settings.bind_address_ipv6 = "";
}

SimMachine::~SimMachine() {
  if (running()) crash(Crash::process);
}

void SimMachine::boot(std::function<void()> ready) {
  SEED_CHECK(!running());
  ++boots_;
  booted_at_ = host_.now();
  net_ = std::make_unique<SimNet>(network_, host_, plan_.line);
  net_->outage().gone = !uplink_.facts().there();
  http_ = std::make_unique<SimHttp>(host_, web_, net_->outage());
  resolver_ = std::make_unique<SimResolver>(host_, web_, net_->outage());
  gateway_ = std::make_unique<SimGateway>(host_, router_);
  workers_ =
      std::make_unique<SimWorkers>(host_, files_, store_, plan_.threads, [this, life = boots_] {
        if (life != boots_ || !running()) return;
        crash(crash_kind_);
        if (crashed) crashed(*this);
      });
  session::SessionConfig config;
  config.settings = plan_.settings;
  config.state_dir = "/state";
  config.user_agent = "seedd/0.1.0";
  const io::World world{host_,     host_,     host_,  *net_,  *resolver_, *http_,
                        *gateway_, *workers_, files_, store_, uplink_};
  host_.enter([&] {
    session_ = std::make_unique<session::Session>(world, std::move(config), log_);
    session_->start([this, ready = std::move(ready)](const Result<void>& started) {
      SEED_CHECK(started.has_value());
      ready_ = true;
      if (ready) ready();
    });
  });
}

void SimMachine::crash(Crash kind) {
  if (!running()) return;
  host_.digest().note("crash", host_.now(), host_.config().number);
  host_.crash();
  if (kind == Crash::power) net_->cut_power();
  ready_ = false;
  workers_.reset();
  session_.reset();
  resolver_.reset();
  gateway_.reset();
  http_.reset();
  net_.reset();
  files_.revive();
  if (kind == Crash::power) files_.crash(&host_.dice());
}

void SimMachine::crash_in_a_job(std::uint64_t changes, Crash kind) {
  crash_kind_ = kind;
  files_.kill_after(changes);
}

void SimMachine::set_disk_hook(test::FakeFiles::Hook hook) {
  files_.set_hook([this, hook = std::move(hook)](test::FileOp op, const std::string& path) {
    return judged_ ? std::nullopt : hook(op, path);
  });
}

void SimMachine::take_network() {
  host_.enter([this] {
    net_->outage().gone = true;
    ++net_->outage().life;
    uplink_.take(Outage::fault().text);
    net_->end_all();
    http_->end_all();
    resolver_->end_all();
  });
}

void SimMachine::boot_without_network() {
  uplink_.take(Outage::fault().text);
  boot();
}

void SimMachine::give_network() {
  host_.enter([this] {
    net_->outage().gone = false;
    uplink_.give();
  });
}

void SimMachine::take_disk() {
  files_.unmount("/disk");
  has_disk_ = false;
}

void SimMachine::give_disk() {
  files_.remount("/disk");
  has_disk_ = true;
}

bool SimMachine::holds(const KnownContent& content, PieceIndex piece) {
  judged_ = true;
  const bool there = content.holds(files_, downloads, piece);
  judged_ = false;
  static_cast<void>(files_.take_elapsed());
  return there;
}

void SimMachine::add(const KnownContent& content, bool paused) {
  with_session([&](session::Session& session) {
    session::AddOrder order;
    order.source = content.torrent();
    order.paused = paused;
    session.add(std::move(order), [](const session::OrderResult<session::AddReply>& added) {
      SEED_CHECK(added.has_value());
    });
  });
}

void SimMachine::with_session(const std::function<void(session::Session&)>& order) {
  if (!running()) return;
  host_.enter([&] { order(*session_); });
}

std::optional<session::TorrentSnapshot> SimMachine::look(const session::Groups& groups) {
  // Shared with the answer, which may come when we have gone on.
  auto out = std::make_shared<std::optional<session::TorrentSnapshot>>();
  if (!ready_) return std::nullopt;
  with_session([&](session::Session& session) {
    session.list({.which = {}, .groups = groups, .since = 0},
                 [out](session::OrderResult<session::ListReply> reply) {
                   if (reply && !reply->torrents.empty()) *out = std::move(reply->torrents[0]);
                 });
  });
  return std::move(*out);
}

}  // namespace seed::sim
