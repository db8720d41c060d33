// Session::Impl: what it tells of itself to who watches it.
#include <array>
#include <utility>

#include "core/session/root_reports.h"
#include "core/session/session_impl.h"

namespace seed::session {

namespace {

TorrentFigures figures_of(const torrent::Torrent& torrent) {
  const TorrentSnapshot facts = torrent.snapshot({.swarm = true});
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

OwnTrackerFacts facts_of(const trackerd::Stats& stats, std::size_t http_links) {
  constexpr std::array<std::string_view, 2> protocols{"udp", "http"};
  constexpr std::array<std::string_view, 2> families{"ipv4", "ipv6"};
  OwnTrackerFacts out;
  for (std::size_t protocol = 0; protocol < protocols.size(); ++protocol) {
    for (std::size_t family = 0; family < families.size(); ++family) {
      const trackerd::RequestCounts& counts = stats.requests[protocol][family];
      OwnTrackerRequests& requests = out.requests.emplace_back();
      requests = {protocols[protocol],
                  families[family],
                  counts.connects,
                  counts.announces,
                  counts.early,
                  counts.scrapes,
                  {}};
      for (std::size_t i = 0; i < trackerd::troubles_count; ++i)
        requests.errors.emplace_back(trackerd::name_of(static_cast<trackerd::Trouble>(i)),
                                     counts.troubles[i]);
    }
  }
  for (std::size_t family = 0; family < families.size(); ++family) {
    out.peers[family] = stats.now.peers[family];
    out.seeds[family] = stats.now.seeds[family];
  }
  out.swarms = stats.now.swarms;
  out.expired = stats.now.expired;
  out.replaced = stats.now.replaced;
  out.http_links = http_links;
  return out;
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
  out.dht_nodes = dht_.nodes();
  out.blocklist_rules = blocking_.size();
  out.blocklist_hits = blocking_.turned_away();
  if (own_tracker_.enabled())
    out.own_tracker = facts_of(own_tracker_.stats(), own_tracker_.http_links());
  const auto& memory = storage_.memory();
  out.memory_incoming = memory.held(storage::MemoryUse::incoming);
  out.memory_reading = memory.held(storage::MemoryUse::reading);
  out.memory_unsent = memory.held(storage::MemoryUse::unsent);
  out.memory_max = memory.max();
  out.roots = root_facts(roots_watch_.found());
  for (RootFacts& root : out.roots) {
    // Not of those that have no name.
    const auto folder = SafePath::root(root.path);
    if (!folder) continue;
    if (const auto space = spaces_.last(*folder)) root.free_bytes = space->free_bytes;
    spaces_.ask(*folder, now(), [](const Result<io::DiskSpace>&) {});
  }
  return out;
}

std::vector<Trouble> Session::Impl::troubles() const {
  std::vector<Trouble> out;
  if (!own_network_.there())
    out.push_back({"network_gone", own_network_.trouble()});
  else if (!listening_.error().empty())
    out.push_back({"not_listening", listening_.error()});
  if (auto trouble = saving_.trouble()) out.push_back({"state_not_saved", *std::move(trouble)});
  add_missing_roots(roots_watch_.found(), out);
  return out;
}

}  // namespace seed::session
