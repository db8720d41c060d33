#include "tests/sim/engine/scenario.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "tests/sim/engine/ban_watch.h"
#include "tests/support/catch.h"

namespace seed::sim {

namespace {

constexpr std::uint64_t slow_line = 256 * 1024;  ///< octets a second

/// One run as it goes.
class Run {
 public:
  Run(const Scenario& scenario, std::uint64_t seed)
      : scenario_(scenario),
        world_(seed),
        content_(with_trackers(scenario), world_.dice().fork()),
        judges_(world_, content_) {}

  Outcome play();

 private:
  static ContentPlan with_trackers(const Scenario& scenario);
  void make_trackers();
  void make_machines();
  void make_rude_peers();
  void arrange_disk(SimMachine& machine);
  void boot(SimMachine& machine);
  void on_second();
  void calm_down();
  void crash_some();
  void on_crashed(SimMachine& machine);
  void move_roots();
  void help_out();
  void stop_all();
  void judge_end();
  bool is_udp(std::size_t tracker) const { return scenario_.udp_trackers && tracker % 2 == 1; }
  bool answers_each(std::size_t tracker) const;
  void judge_completed(const SimTracker& tracker);
  void judge_bans();
  bool is_rude(const IpAddress& address) const;

  const Scenario& scenario_;
  BanWatch bans_;
  SimWorld world_;
  KnownContent content_;
  Judges judges_;
  bool calm_ = false;
  std::map<SimMachine*, Instant> reboot_at_;
  std::map<SimMachine*, Instant> remount_at_;
  std::set<SimMachine*> added_;
};

ContentPlan Run::with_trackers(const Scenario& scenario) {
  ContentPlan plan = scenario.content;
  for (std::size_t i = 0; i < scenario.trackers.size(); ++i) {
    const bool udp = scenario.udp_trackers && i % 2 == 1;
    plan.trackers.push_back(
        {fmt::format("{}://tracker{}:{}/announce", udp ? "udp" : "http", i, udp ? 6969 : 80)});
  }
  return plan;
}

void Run::make_trackers() {
  for (std::size_t i = 0; i < scenario_.trackers.size(); ++i)
    world_.add_tracker(fmt::format("tracker{}", i), scenario_.trackers[i])
        .set_interval(world_.dice().between(20s, 60s));
}

void Run::make_machines() {
  Rng& dice = world_.dice();
  for (int i = 0; i < scenario_.seeds + scenario_.leeches; ++i) {
    SimMachine::Plan plan;
    plan.line.delay = dice.between(1ms, 80ms);
    if (dice.unit() < scenario_.rated) plan.line.up_per_second = slow_line * (1 + dice.below(8));
    plan.threads = 1 + dice.below(4);
    plan.bans = &bans_;
    auto& settings = plan.settings;
    settings.preallocation = static_cast<config::Preallocation>(dice.below(3));
    settings.rename_partial_files = dice.below(3) != 0;
    settings.announce_to_all_tiers = dice.below(2) == 0;
    auto& machine = world_.add_machine(std::move(plan));
    machine.crashed = [this](SimMachine& gone) { on_crashed(gone); };
    if (i < scenario_.seeds) content_.put(machine.files(), SimMachine::downloads);
    arrange_disk(machine);
    reboot_at_[&machine] = world_.now() + dice.between(0s, 5s);
  }
}

void Run::make_rude_peers() {
  for (const auto& manners : scenario_.rude) {
    auto& peer = world_.add_rude_peer(content_, manners, {});
    if (!scenario_.trackers.empty() && scenario_.leeches_know_rude)
      world_.trackers()[0]->add_peer(content_.hash(), peer.endpoint());
  }
}

void Run::arrange_disk(SimMachine& machine) {
  if (scenario_.disks_fill && world_.dice().below(2) == 0)
    machine.files().set_capacity(
        "/disk", machine.files().used("/disk") + world_.dice().below(scenario_.content.total_size));
  if (scenario_.disk_faults <= 0) return;
  machine.set_disk_hook(
      [this, dice = world_.dice().fork()](
          test::FileOp op, const std::string& path) mutable -> std::optional<test::FileFault> {
        if (calm_ || dice.unit() >= scenario_.disk_faults) return std::nullopt;
        return test::FileFault{fault_from_errno(5, "disk trouble with " + path),
                               op == test::FileOp::write ? dice.below(65536) : 0};
      });
}

void Run::boot(SimMachine& machine) {
  const bool first = added_.insert(&machine).second;
  machine.boot([this, &machine, first] {
    // A crash may have come before the order to add was durable.
    if (first || machine.store().rows().empty()) machine.add(content_);
  });
}

// --- as time goes by -----------------------------------------------------------------------------

void Run::on_second() {
  if (!calm_ && world_.elapsed() >= scenario_.calm_after) calm_down();
  for (auto& [machine, when] : reboot_at_)
    if (when <= world_.now()) {
      when = never;
      boot(*machine);
    }
  judges_.on_second();
  if (!calm_ && scenario_.crashes_a_minute > 0) crash_some();
  if (scenario_.roots_vanish) move_roots();
  if (scenario_.disk_faults > 0) help_out();
}

void Run::calm_down() {
  calm_ = true;
  world_.network().conditions = {};
  for (const auto& machine : world_.machines()) {
    machine->files().set_capacity("/disk", ~std::uint64_t{0});
    if (remount_at_.contains(machine.get())) remount_at_[machine.get()] = world_.now();
  }
}

void Run::crash_some() {
  Rng& dice = world_.dice();
  for (const auto& machine : world_.machines()) {
    if (!machine->running() || dice.unit() >= scenario_.crashes_a_minute / 60) continue;
    const Crash kind = dice.unit() < scenario_.power_cuts ? Crash::power : Crash::process;
    if (dice.below(2) == 0) {
      machine->crash_in_a_job(1 + dice.below(20), kind);
    } else {
      machine->crash(kind);
      on_crashed(*machine);
    }
  }
}

void Run::on_crashed(SimMachine& machine) {
  judges_.on_crashed(machine);
  reboot_at_[&machine] = world_.now() + world_.dice().between(1s, 15s);
}

void Run::move_roots() {
  Rng& dice = world_.dice();
  for (const auto& machine : world_.machines()) {
    const auto gone = remount_at_.find(machine.get());
    if (gone != remount_at_.end()) {
      for (const auto& path : machine->files().paths())
        if (path.starts_with("/disk/"))
          judges_.complain(*machine, "made " + path + " where its disk is missing");
      if (gone->second > world_.now()) continue;
      machine->give_disk();
      remount_at_.erase(gone);
    } else if (!calm_ && judges_.knows_its_root(*machine) && dice.below(20) == 0) {
      machine->take_disk();
      remount_at_[machine.get()] = world_.now() + dice.between(5s, 40s);
    }
  }
}

/// The user, who starts again what a broken disk stopped.
void Run::help_out() {
  if (!calm_ || world_.elapsed() / 1s % 10 != 0) return;
  for (const auto& machine : world_.machines()) {
    const auto facts = machine->look();
    if (!facts || facts->error != session::ErrorKind::local) continue;
    // Not by its name, which were leave to write over what is there: all that is there is its own.
    machine->with_session([](session::Session& session) {
      session.start_torrents({}, false, [](const session::OrderResult<void>&) {});
    });
  }
}

// --- the end -------------------------------------------------------------------------------------

void Run::stop_all() {
  std::size_t stopped = 0;
  const std::size_t all = world_.machines().size();
  for (const auto& machine : world_.machines())
    machine->with_session([&](session::Session& session) { session.stop([&] { ++stopped; }); });
  if (!world_.run(15s, [&] { return stopped == all; }, [&] { judges_.judge_sleep(); }))
    judges_.complain(fmt::format("only {} of {} sessions stopped within 15 s", stopped, all));
  for (const auto& machine : world_.machines()) {
    machine->crash(Crash::power);
    judges_.on_crashed(*machine);
    judges_.expect_all_claimed(*machine);
  }
}

void Run::judge_end() {
  for (const auto& machine : world_.machines()) judges_.expect_all_pieces(*machine);
  for (std::size_t i = 0; i < scenario_.trackers.size(); ++i)
    if (answers_each(i)) judge_completed(*world_.trackers()[i]);
}

/// Whoever gets no answer, or it late, says it again.
bool Run::answers_each(std::size_t tracker) const {
  return scenario_.trackers[tracker] == Temper::good && !is_udp(tracker);
}

void Run::judge_completed(const SimTracker& tracker) {
  const auto& completed = tracker.counts().completed;
  for (const auto& machine : world_.machines()) {
    if (machine->boots() != 1) continue;
    const auto found = completed.find({{machine->host().address(), 6881}, content_.hash()});
    if (found != completed.end() && found->second > 1)
      judges_.complain(*machine, fmt::format("told `completed` {} times", found->second));
  }
}

bool Run::is_rude(const IpAddress& address) const {
  for (const auto& peer : world_.rude_peers())
    if (peer->address() == address) return true;
  return false;
}

void Run::judge_bans() {
  const auto banned = bans_.take();
  for (const auto& address : banned)
    if (!is_rude(address)) judges_.complain("an honest peer was banned: " + address.to_string());
  if (!scenario_.rude_are_guilty) return;
  for (const auto& peer : world_.rude_peers())
    // A few wrong blocks may all have come too late to matter.
    if (peer->corrupted() >= 20 && !banned.contains(peer->address()))
      judges_.complain(fmt::format("{} sent {} wrong blocks and was not banned",
                                   peer->address().to_string(), peer->corrupted()));
}

Outcome Run::play() {
  make_trackers();
  make_machines();
  make_rude_peers();
  world_.network().conditions = scenario_.network;
  const bool done = world_.run(
      scenario_.calm_after + scenario_.bound, [&] { return calm_ && judges_.all_complete(); },
      [&] { on_second(); });
  Outcome out;
  out.took = world_.elapsed();
  if (done) {
    judge_end();
    stop_all();
  } else {
    judges_.tell_unfinished();
  }
  judge_bans();
  out.digest = world_.digest().value();
  out.events = world_.events().events_run();
  out.complaints = judges_.complaints();
  return out;
}

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

}  // namespace

Outcome run(const Scenario& scenario, std::uint64_t seed) { return Run(scenario, seed).play(); }

void play(const std::string& test, const std::function<Scenario(Rng&)>& drawn, int seeds) {
  const auto only = number_from("SEED_SIM_SEED");
  const auto wanted = number_from("SEED_SIM_SEEDS");
  const std::uint64_t first = only.value_or(1);
  const std::uint64_t count = only ? 1 : wanted.value_or(static_cast<std::uint64_t>(seeds));
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("again: SEED_SIM_SEED=" << seed << " build/dev/bin/test_sim_engine \"" << test << "\"");
    Rng rng(seed * 7919);
    const Scenario scenario = drawn(rng);
    const Outcome outcome = run(scenario, seed);
    std::string complaints;
    for (const auto& complaint : outcome.complaints) complaints += complaint + "\n";
    if (std::getenv("SEED_SIM_STATS") != nullptr)
      fmt::print(stderr, "{} seed {}: {:.1f} s virtual, {} events, digest {:016x}\n", test, seed,
                 seconds_of(outcome.took), outcome.events, outcome.digest);
    CHECK(complaints == "");
  }
}

}  // namespace seed::sim
