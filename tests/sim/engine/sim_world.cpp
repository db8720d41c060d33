#include "tests/sim/engine/sim_world.h"

#include <cstdlib>
#include <utility>

#include "core/base/check.h"

namespace seed::sim {

SimWorld::SimWorld(std::uint64_t seed)
    : rng_(seed),
      // A computer may have been up for a second or for a month.
      began_(Instant{} + (rng_.below(2) == 0 ? 1s : rng_.between(1s, 720h))),
      events_(began_),
      network_(events_, digest_, rng_.fork()) {}

SimWorld::~SimWorld() {
  // Machines first: their streams lead to the others.
  machines_.clear();
  rude_.clear();
  trackers_.clear();
}

log::Logger SimWorld::make_logger(const std::string& name) {
  // For people who look at a run: SEED_SIM_LOG=1. It does not change the run.
  static log::Log* const log = [] {
    const char* wanted = std::getenv("SEED_SIM_LOG");
    if (wanted == nullptr) return static_cast<log::Log*>(nullptr);
    return new log::Log({.level = log::Level::debug});
  }();
  return log == nullptr ? log::Logger() : log->logger(name);
}

SimHost::Config SimWorld::next_host(const std::string& name) {
  const std::uint32_t number = ++hosts_;
  return {.number = number,
          .name = name + std::to_string(number),
          .address = IpAddress::v4(0x0a000000 + number * 256 + 1)};
}

SimWorld::Bystander& SimWorld::add_bystander(const std::string& name, Line line) {
  auto bystander = std::make_unique<Bystander>();
  bystander->host = std::make_unique<SimHost>(events_, digest_, next_host(name), rng_.fork());
  bystander->net = std::make_unique<SimNet>(network_, *bystander->host, line);
  return *bystanders_.emplace_back(std::move(bystander));
}

SimTracker& SimWorld::add_tracker(const std::string& name, Temper temper) {
  auto& bystander = add_bystander(name, {});
  return *trackers_.emplace_back(
      std::make_unique<SimTracker>(*bystander.net, web_, name, temper, rng_.fork()));
}

SimMachine& SimWorld::add_machine(SimMachine::Plan plan) {
  auto config = next_host("machine");
  log::Logger log = make_logger(config.name);
  if (plan.bans != nullptr && std::getenv("SEED_SIM_LOG") == nullptr)
    log = plan.bans->logger(config.name);
  return *machines_.emplace_back(std::make_unique<SimMachine>(
      network_, web_, std::move(config), std::move(plan), rng_.fork(), std::move(log)));
}

RudePeer& SimWorld::add_rude_peer(const KnownContent& content, const Manners& manners, Line line) {
  auto& bystander = add_bystander("rude", line);
  return *rude_.emplace_back(
      std::make_unique<RudePeer>(*bystander.net, content, manners, rng_.fork()));
}

void SimWorld::cut_some() {
  const double chance = network_.conditions.cut_a_minute / 60;
  if (chance <= 0) return;
  for (const auto& machine : machines_) {
    if (!machine->running()) continue;
    const std::size_t streams = machine->net().stream_count();
    for (std::size_t i = 0; i < streams; ++i)
      // Each stream has two ends that draw.
      if (network_.chance(chance / 2)) machine->net().cut_one(network_.dice());
  }
}

bool SimWorld::run(Duration at_most, const std::function<bool()>& done,
                   const std::function<void()>& each_second) {
  const Instant end = now() + at_most;
  while (now() < end) {
    const Instant second = std::min(end, now() + 1s);
    const std::uint64_t before = events_.events_run();
    while (events_.step(second)) {
      // A host that never sleeps would stop time.
      SEED_CHECK(events_.events_run() - before < 20'000'000);
    }
    cut_some();
    if (each_second) each_second();
    if (done()) return true;
  }
  return false;
}

}  // namespace seed::sim
