#include "core/storage/checker.h"

#include <algorithm>
#include <utility>

#include "core/storage/disk_lanes.h"
#include "core/storage/piece_store.h"
#include "core/storage/storage.h"

namespace seed::storage {
namespace {

/// Octets of one job, unless more are hashed abreast: 10 ms for what is in memory, so that
/// transfers never wait long for a worker and a stop is felt at once.
constexpr std::uint64_t check_job_bytes = 8u << 20;

/// On one device: one more than transfers have, so that no thread waits for the loop between two
/// jobs.
std::size_t jobs_per_device(io::Workers& workers) {
  return DiskLanes::per_disk(workers.threads()) + 1;
}

}  // namespace

void Checker::start(StoreId store, Bitfield pieces, Answer<void> answer) {
  stop(store);
  auto* found = storage_.find(store);
  if (found == nullptr) return answer(fail(FaultCode::cancelled, "the torrent is not open"));
  const std::uint64_t number = ++last_number_;
  Check check;
  check.number = number;
  check.pieces = std::move(pieces);
  check.answer = std::move(answer);
  checks_.emplace(store, std::move(check));
  order_.push_back(store);
  io::submit(
      storage_.workers(), storage_.lane(found->placement().root()), io::Urgency::background,
      [root = found->placement().root()](const io::JobTools& tools) {
        return tools.files.device(root);
      },
      [this, store, number](Result<std::uint64_t> device) {
        on_device(store, number, std::move(device));
      });
}

void Checker::on_device(StoreId store, std::uint64_t number, Result<std::uint64_t> device) {
  const auto found = checks_.find(store);
  if (found == checks_.end() || found->second.number != number) return;
  if (!device) return finish(store, std::unexpected(std::move(device).error()));
  found->second.device = *device;
  pump();
}

void Checker::pump() {
  // finish() calls out, and the callee may start and stop checks: so after it, from the beginning.
  for (std::size_t i = 0; i < order_.size();) {
    const StoreId store = order_[i];
    auto& check = checks_.at(store);
    if (!check.device) {
      ++i;
      continue;
    }
    if (!check.running && may_begin(*check.device)) check.running = true;
    while (check.running && has_turn(*check.device) && submit_next(store, check)) {
    }
    if (check.running && check.jobs == 0 && check.next >= check.pieces.size()) {
      auto fault = std::move(check.fault);
      if (fault) {
        finish(store, std::unexpected(std::move(*fault)));
      } else {
        finish(store, {});
      }
      i = 0;
      continue;
    }
    ++i;
  }
}

bool Checker::has_turn(std::uint64_t device) {
  const std::size_t most = jobs_per_device(storage_.workers());
  return jobs_ < most + 1 && jobs_on_[device] < most;
}

bool Checker::submit_next(StoreId store, Check& check) {
  auto* found = storage_.find(store);
  if (found == nullptr) check.next = check.pieces.size();
  check.next = check.pieces.next_set(check.next);
  if (check.next >= check.pieces.size() || (found != nullptr && !found->may_check())) return false;
  ++check.jobs;
  ++jobs_;
  ++jobs_on_[*check.device];
  io::submit(storage_.workers(), io::Lane::none, io::Urgency::background,
             found->check_job(check.pieces, check.next, check_job_bytes),
             [this, store, number = check.number, device = *check.device](CheckResult result) {
               on_result(store, number, device, std::move(result));
             });
  return true;
}

void Checker::on_result(StoreId store, std::uint64_t number, std::uint64_t device,
                        CheckResult result) {
  --jobs_;
  if (--jobs_on_[device] == 0) jobs_on_.erase(device);
  const auto found = checks_.find(store);
  if (found != checks_.end() && found->second.number == number) {
    auto& check = found->second;
    --check.jobs;
    check.done += static_cast<std::uint32_t>(result.pieces.size());
    if (result.fault && !check.fault) {
      check.fault = std::move(result.fault);
      check.next = check.pieces.size();
    }
  } else {
    // What was written since is not to be judged by what lay there before.
    result.pieces.clear();
  }
  // Also of a check that was stopped: a move waits for all that reads.
  if (auto* opened = storage_.find(store)) opened->on_checked(result);
  pump();
}

void Checker::stop(StoreId store) {
  if (checks_.contains(store)) finish(store, fail(FaultCode::cancelled, "the check was stopped"));
}

void Checker::finish(StoreId store, Result<void> outcome) {
  auto check = checks_.extract(store);
  std::erase(order_, store);
  check.mapped().answer(std::move(outcome));
}

std::optional<double> Checker::progress(StoreId store) const {
  const auto found = checks_.find(store);
  if (found == checks_.end()) return std::nullopt;
  const auto total = found->second.pieces.count();
  return total == 0 ? 1.0 : static_cast<double>(found->second.done) / total;
}

bool Checker::is_waiting(StoreId store) const {
  const auto found = checks_.find(store);
  return found != checks_.end() && !found->second.running;
}

bool Checker::may_begin(std::uint64_t device) const {
  std::size_t running = 0;
  for (const auto& [unused, check] : checks_) {
    if (!check.running) continue;
    if (check.device == device) return false;
    ++running;
  }
  return running < checks_max_;
}

}  // namespace seed::storage
