#include "core/tracker/roster.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/base/url.h"
#include "core/tracker/http_scrape.h"
#include "core/tracker/site_name.h"

namespace seed::tracker {
namespace {

bool is_supported(const std::string& text) {
  const auto url = Url::parse(text);
  if (!url) return false;
  if (url->scheme == "udp") return url->port != 0;
  return url->scheme == "http" || url->scheme == "https";
}

}  // namespace

void Roster::assign(const TierList& tiers, TrackerIds& ids, Rng& rng) {
  std::map<std::string, TrackerId> known;
  for (auto& [id, row] : rows_) {
    if (row.removed) continue;
    known.emplace(row.url, id);
    row.removed = true;
  }
  std::map<std::string, TrackerId> seen;
  std::vector<std::vector<TrackerId>> next;
  for (const auto& tier : tiers) {
    std::vector<TrackerId> members;
    for (const std::string& url : tier) {
      if (seen.size() >= limits::trackers_per_torrent_max || seen.contains(url)) continue;
      const auto kept = known.find(url);
      const TrackerId id = kept != known.end() ? kept->second : ids.next();
      Row& row = rows_[id];
      if (kept == known.end()) row.supported = is_supported(url);
      row.id = id;
      row.url = url;
      row.tier = static_cast<std::uint32_t>(next.size());
      row.place = static_cast<std::uint32_t>(seen.size());
      row.removed = false;
      seen.emplace(url, id);
      members.push_back(id);
    }
    if (!members.empty()) next.push_back(std::move(members));
  }
  tiers_.assign(next, rng);
}

Row* Roster::find(TrackerId id) {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : &found->second;
}

Row* Roster::find(const std::string& url) {
  for (auto& [id, row] : rows_)
    if (!row.removed && row.url == url) return &row;
  return nullptr;
}

std::string host_of(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed ? parsed->host_and_port() : std::string();
}

TrackerFacts facts_of(const Row& row) {
  TrackerFacts facts;
  facts.id = row.id;
  facts.tier = row.tier;
  facts.announce_url = row.url;
  facts.scrape_url = scrape_url_of(row.url).value_or("");
  facts.host = host_of(row.url);
  if (const auto url = Url::parse(row.url)) facts.site_name = site_name(url->host);
  facts.announce = row.announce;
  facts.scrape = row.scrape;
  if (row.scrape.state == AskState::inactive && row.next_scrape != never) {
    facts.scrape.state = AskState::waiting;
    facts.scrape.next = row.next_scrape;
  }
  facts.counts = row.counts;
  facts.last_peers = row.last_peers;
  facts.warning = row.warning;
  facts.refused = row.refused;
  facts.refused_for_good = row.never;
  if (!row.supported && facts.announce.result.empty())
    facts.announce.result = "Unsupported tracker URL";
  // What it said is not kept.
  if (row.never && facts.announce.result.empty())
    facts.announce.result = "The tracker has refused for good";
  return facts;
}

}  // namespace seed::tracker
