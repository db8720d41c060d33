#include "core/session/listings.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/base/limits.h"

namespace seed::session {

namespace {

std::vector<std::uint64_t> hashes_of(const std::vector<std::string>& labels) {
  std::vector<std::uint64_t> out;
  out.reserve(labels.size());
  for (const auto& label : labels) out.push_back(std::hash<std::string>()(label));
  return out;
}

/// Torrents at rest are not in the processor's caches, and each is some lines apart: asked for this
/// far ahead they come while others are copied, which halves what a list of ten thousand costs.
constexpr std::size_t ahead = 3;

void fetch_soon(const torrent::Torrent* torrent) {
  constexpr std::size_t line = 64;
  const auto* octets = reinterpret_cast<const char*>(torrent);
  for (std::size_t at = 0; at < sizeof(torrent::Torrent); at += line)
    __builtin_prefetch(octets + at);
}

}  // namespace

void Listings::list(const ListQuery& query, OrderAnswer<ListReply> answer_to) {
  const Instant now = clock_.now();
  const bool recent = query.which.kind == Selection::Kind::recently_active;
  // What changes while content is loaded is told with the next number.
  Listing listing{.groups = query.groups,
                  .recent = recent,
                  .since = knows(query.since) ? query.since : 0,
                  .sequence = sequence_,
                  .newest = sequence_,
                  .only_labels = query.which.only_labels,
                  .answer = std::move(answer_to),
                  .ids = {},
                  .asked = now,
                  .until = now + limits::listing_wait_max};
  const auto chosen = choose(query, listing);
  std::vector<torrent::Torrent*> waking;
  for (auto* torrent : chosen)
    if (torrent->needs_content_for(query.groups)) waking.push_back(torrent);
  if (waking.empty()) return answer(std::move(listing), chosen);
  for (const auto* torrent : chosen) listing.ids.push_back(torrent->id());
  listing.left += waking.size();
  const ListingId id = open_.insert(std::move(listing));
  for (auto* torrent : waking)
    torrent->with_content([this, id](const Result<void>&) { advance(id); });
  advance(id);
}

std::vector<torrent::Torrent*> Listings::choose(const ListQuery& query, Listing& listing) {
  const bool in_steps = query.most != ListQuery::all;
  if (query.which.kind == Selection::Kind::all && listing.since != 0)
    return choose_changed(query, listing);
  std::vector<torrent::Torrent*> chosen;
  if (query.which.kind == Selection::Kind::all && in_steps) {
    // Of a number that nothing is known of all would be too many at once.
    if (query.since != 0) return chosen;
    torrents_.each_after(query.after, [&](torrent::Torrent& torrent) {
      if (is_shown(torrent, query.which.only_labels)) chosen.push_back(&torrent);
      return chosen.size() < query.most;
    });
    return chosen;
  }
  chosen = torrents_.choose(query.which, listing.asked);
  std::erase_if(chosen, [&](const auto* torrent) { return torrent->sequence() <= listing.since; });
  return chosen;
}

/// Those that rest since then cost nothing.
std::vector<torrent::Torrent*> Listings::choose_changed(const ListQuery& query, Listing& listing) {
  std::vector<torrent::Torrent*> chosen;
  torrents_.each_newest([&](const Entry& entry) {
    if (entry.torrent->sequence() <= listing.since) return false;
    if (is_shown(*entry.torrent, query.which.only_labels)) chosen.push_back(entry.torrent.get());
    return true;
  });
  if (chosen.size() > query.most) {
    chosen.erase(chosen.begin(), chosen.end() - static_cast<std::ptrdiff_t>(query.most));
    listing.sequence = chosen.front()->sequence();
  }
  std::ranges::sort(chosen, {}, &torrent::Torrent::number);
  return chosen;
}

void Listings::advance(ListingId id) {
  auto* waiting = open_.find(id);
  if (waiting == nullptr || --waiting->left > 0) return;
  answer_waiting(*open_.take(id));
}

void Listings::answer_waiting(Listing listing) {
  std::vector<torrent::Torrent*> chosen;
  for (const TorrentId id : listing.ids)
    // Its labels may have gone while content was loaded.
    if (auto* torrent = torrents_.find(id);
        torrent != nullptr && is_shown(*torrent, listing.only_labels))
      chosen.push_back(torrent);
  answer(std::move(listing), chosen);
}

void Listings::answer(Listing listing, const std::vector<torrent::Torrent*>& chosen) {
  ListReply reply;
  reply.sequence = listing.sequence;
  reply.full = listing.since == 0;
  reply.newest = listing.newest;
  reply.torrents.reserve(chosen.size());
  const Instant now = clock_.now();
  const WallTime wall = clock_.wall();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (i + ahead < chosen.size()) fetch_soon(chosen[i + ahead]);
    reply.torrents.push_back(chosen[i]->snapshot(listing.groups, now, wall));
  }
  for (const Removal& removal : removed_)
    if ((listing.recent ? listing.asked - removal.when <= TorrentIndex::recently
                        : !reply.full && removal.sequence > listing.since &&
                              removal.sequence <= listing.sequence) &&
        concerns(removal, listing.only_labels))
      reply.removed.push_back(removal.number);
  listing.answer(std::move(reply));
}

void Listings::on_removed(TorrentNumber number, const std::vector<std::string>& labels,
                          Instant now) {
  remember({now, sequence_, number, hashes_of(labels), true});
}

void Listings::on_unlabelled(TorrentNumber number, const std::vector<std::string>& lost,
                             Instant now) {
  if (!lost.empty()) remember({now, sequence_, number, hashes_of(lost), false});
}

void Listings::remember(Removal removal) {
  removed_.push_back(std::move(removal));
  if (removed_.size() <= limits::removals_max) return;
  known_from_ = removed_.front().sequence;
  removed_.pop_front();
}

bool Listings::concerns(const Removal& removal, const std::vector<std::string>& only_labels) {
  if (only_labels.empty()) return removal.gone;
  // It may have another of them, or have one again.
  if (const auto* torrent = torrents_.find(removal.number))
    if (is_shown(*torrent, only_labels)) return false;
  const auto hashes = hashes_of(only_labels);
  return std::ranges::find_first_of(hashes, removal.labels) != hashes.end();
}

void Listings::on_second(Instant now) {
  std::vector<ListingId> late;
  open_.each([&](ListingId id, const Listing& listing) {
    if (listing.until <= now) late.push_back(id);
  });
  for (const ListingId id : late)
    if (auto listing = open_.take(id)) answer_waiting(*std::move(listing));
}

}  // namespace seed::session
