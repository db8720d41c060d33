// Session::Impl: what it tells of itself to who watches it.
#include <fmt/format.h>

#include <utility>

#include "core/base/limits.h"
#include "core/session/session_impl.h"

namespace seed::session {

namespace {

TorrentFigures figures_of(const torrent::Torrent& torrent) {
  const TorrentSnapshot facts = torrent.snapshot({});
  return {.hash = facts.hashes.short_hash().hex(),
          .name = torrent.record().name,
          // What did not pass is taken from the one and added to the other: the sum never shrinks.
          .downloaded = facts.downloaded_ever + facts.corrupt_ever,
          .uploaded = facts.uploaded_ever,
          .rate_download = facts.rate_download,
          .rate_upload = facts.rate_upload,
          .peers = facts.peers_connected,
          .left = facts.left_until_done};
}

}  // namespace

SessionMetrics Session::Impl::metrics() {
  SessionMetrics out;
  out.stats = stats();
  out.counts = torrents_.counts(sequence_);
  if (settings_.metrics_per_torrent)
    torrents_.each(
        [&](const torrent::Torrent& torrent) { out.torrents.push_back(figures_of(torrent)); });
  out.trackers = tracking_.counts().facts();
  out.blocklist_rules = blocking_.size();
  out.blocklist_hits = blocking_.turned_away();
  const auto& memory = storage_.memory();
  out.memory_incoming = memory.held(storage::MemoryUse::incoming);
  out.memory_reading = memory.held(storage::MemoryUse::reading);
  out.memory_unsent = memory.held(storage::MemoryUse::unsent);
  out.memory_max = memory.max();
  RootFacts others{"other", {}, {}};
  std::size_t left = roots_watch_.found().size();
  for (const auto& [path, fault] : roots_watch_.found()) {
    // Those that cannot be named are there when all of them are.
    if (out.roots.size() == limits::roots_told_max) {
      if (fault) others.fault = fault->text;
      continue;
    }
    --left;
    RootFacts& root = out.roots.emplace_back(RootFacts{path, fault ? fault->text : "", {}});
    const auto folder = SafePath::root(path);
    if (!folder) continue;
    if (const auto space = spaces_.last(*folder)) root.free_bytes = space->free_bytes;
    spaces_.ask(*folder, now(), [](const Result<io::DiskSpace>&) {});
  }
  if (left > 0) out.roots.push_back(std::move(others));
  return out;
}

std::vector<Trouble> Session::Impl::troubles() const {
  std::vector<Trouble> out;
  if (!listening_.error().empty()) out.push_back({"not_listening", listening_.error()});
  if (auto trouble = saving_.trouble()) out.push_back({"state_not_saved", *std::move(trouble)});
  std::size_t more = 0;
  for (const auto& [path, fault] : roots_watch_.found()) {
    if (!fault) continue;
    if (out.size() < limits::troubles_told_max)
      out.push_back({"root_missing", fault->text});
    else
      ++more;
  }
  if (more > 0) out.push_back({"root_missing", fmt::format("and {} more folders", more)});
  return out;
}

}  // namespace seed::session
