#include "tests/sim/engine/judges.h"

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/storage/progress.h"

namespace seed::sim {

void Judges::complain(const std::string& text) {
  if (complaints_.size() >= complaints_max) return;
  complaints_.push_back(fmt::format("{:.3f} s: {}", seconds_of(world_.elapsed()), text));
}

void Judges::complain(const SimMachine& machine, const std::string& text) {
  complain(const_cast<SimMachine&>(machine).host().config().name + ": " + text);
}

std::string Judges::text() const {
  std::string out;
  for (const auto& complaint : complaints_) out += complaint + "\n";
  return out;
}

void Judges::on_second() {
  for (const auto& machine : world_.machines()) {
    if (!machine->running()) continue;
    judge_sleep(*machine);
    const auto facts = machine->look({.swarm = true, .peers = true, .pieces = true});
    if (!facts) continue;
    judge_pieces(*machine, *facts);
    judge_bounds(*machine, *facts);
    judge_recheck(*machine, *facts);
  }
}

/// No piece is had without the right octets in its files.
void Judges::judge_pieces(SimMachine& machine, const session::TorrentSnapshot& facts) {
  auto& seen = seen_[&machine];
  if (seen.verified.size() == 0 || seen.boots != machine.boots())
    seen.verified = Bitfield(content_.piece_count());
  seen.boots = machine.boots();
  if (!machine.has_disk()) return;
  if (facts.pieces.size() == 0 || facts.error == session::ErrorKind::local) return;
  const std::uint32_t again =
      static_cast<std::uint32_t>(world_.now().time_since_epoch() / 1s) % content_.piece_count();
  for (std::uint32_t i = facts.pieces.next_set(0); i < facts.pieces.size();
       i = facts.pieces.next_set(i + 1)) {
    const PieceIndex piece{i};
    if (seen.verified.test(piece) && i != again) continue;
    if (!machine.holds(content_, piece))
      complain(machine, fmt::format("has piece {} but its octets are not there", i));
    seen.verified.set(piece);
  }
}

void Judges::judge_bounds(SimMachine& machine, const session::TorrentSnapshot& facts) {
  if (facts.peers_connected > facts.peers.size() || facts.peers.size() > 200)
    complain(machine, fmt::format("{} links", facts.peers.size()));
  std::size_t unchoked = 0;
  std::set<Endpoint> remotes;
  for (const auto& peer : facts.peers) {
    // BEP 3: one that is not interested may be unchoked; it takes no slot.
    unchoked += !peer.peer_choked && peer.peer_interested ? 1u : 0u;
    if (!remotes.insert(peer.endpoint).second)
      complain(machine, "two links to " + peer.endpoint.to_string());
  }
  // upload_slots_per_torrent, and one for the optimistic.
  if (unchoked > 16) complain(machine, fmt::format("{} peers unchoked", unchoked));
  if (machine.workers().pending() > limits::jobs_max)
    complain(machine, fmt::format("{} jobs pending", machine.workers().pending()));
  if (facts.have_valid > facts.total_size || facts.left_until_done > facts.size_when_done)
    complain(machine, "counts more than there is");
}

void Judges::judge_sleep() {
  for (const auto& machine : world_.machines())
    if (machine->running()) judge_sleep(*machine);
}

void Judges::judge_sleep(SimMachine& machine) {
  auto& turns = seen_[&machine].turns;
  const std::uint64_t since = machine.host().turns() - turns;
  turns = machine.host().turns();
  if (since > turns_a_second_max) complain(machine, fmt::format("{} turns in a second", since));
}

/// What was whole at the crash is not checked again.
void Judges::judge_recheck(SimMachine& machine, const session::TorrentSnapshot& facts) {
  auto& seen = seen_[&machine];
  if (!seen.complete_at_boot || machine.boots() < 2) return;
  if (facts.status == session::Status::checking || facts.status == session::Status::check_wait)
    complain(machine, "checks what was complete when it went down");
  if (world_.now() - machine.booted_at() > 20s) seen.complete_at_boot = false;
}

void Judges::on_crashed(SimMachine& machine) {
  auto& seen = seen_[&machine];
  seen.complete_at_boot = false;
  for (const auto& [key, row] : machine.store().rows()) {
    if (!row.progress) continue;
    const auto progress = storage::parse_progress(*row.progress);
    if (!progress) {
      complain(machine, "its store holds progress that cannot be read");
      continue;
    }
    std::uint32_t claimed = 0;
    for (std::uint32_t i = progress->have.next_set(0); i < progress->have.size();
         i = progress->have.next_set(i + 1)) {
      ++claimed;
      // A disk that is out is looked at when it is back.
      if (machine.has_disk() && !machine.holds(content_, PieceIndex{i}))
        complain(machine, fmt::format("claims piece {} that is not on the disk", i));
    }
    seen.complete_at_boot = claimed == content_.piece_count();
    seen.claimed = claimed;
  }
}

void Judges::expect_all_claimed(SimMachine& machine) {
  if (seen_[&machine].claimed != content_.piece_count())
    complain(machine, fmt::format("stopped, and its store claims {} of {} pieces",
                                  seen_[&machine].claimed, content_.piece_count()));
}

void Judges::tell_unfinished() {
  for (const auto& machine : world_.machines()) {
    const auto facts = machine->look({.texts = true, .trackers = true, .peers = true});
    if (facts && facts->left_until_done == 0 && facts->status == session::Status::seeding) continue;
    if (!facts) {
      complain(*machine, machine->running() ? "has no torrent to show" : "is off");
      continue;
    }
    complain(*machine,
             fmt::format("is not done: status {}, {} octets left, {} links, error {} {}",
                         static_cast<int>(facts->status), facts->left_until_done,
                         facts->peers.size(), static_cast<int>(facts->error), facts->error_string));
    for (const auto& tracker : facts->trackers)
      complain(*machine, fmt::format("  {}: state {}, last {} ({} peers), next in {} s{}",
                                     tracker.announce, static_cast<int>(tracker.announce_state),
                                     tracker.last_announce_result, tracker.last_announce_peer_count,
                                     unix_seconds(tracker.next_announce) -
                                         unix_seconds(machine->host().wall()),
                                     tracker.is_backup ? ", a backup" : ""));
  }
}

void Judges::expect_all_pieces(SimMachine& machine) {
  for (std::uint32_t i = 0; i < content_.piece_count(); ++i)
    if (!machine.holds(content_, PieceIndex{i}))
      complain(machine, fmt::format("says it is complete, but piece {} is not there", i));
}

bool Judges::knows_its_root(SimMachine& machine) {
  if (!machine.running()) return false;
  for (const auto& [key, row] : machine.store().rows()) {
    if (!row.progress) continue;
    const auto progress = storage::parse_progress(*row.progress);
    if (progress && !progress->have.none()) return true;
  }
  return false;
}

bool Judges::is_complete(SimMachine& machine) {
  const auto facts = machine.look();
  return facts && facts->left_until_done == 0 && facts->status == session::Status::seeding;
}

bool Judges::all_complete() {
  for (const auto& machine : world_.machines())
    if (!machine->running() || !is_complete(*machine)) return false;
  return true;
}

}  // namespace seed::sim
