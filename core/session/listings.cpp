#include "core/session/listings.h"

#include "core/base/limits.h"

namespace seed::session {

void Listings::list(const ListQuery& query, Instant now, OrderAnswer<ListReply> answer) {
  const bool recent = query.which.kind == Selection::Kind::recently_active;
  Listing listing{query.groups, recent, std::move(answer), {}, now + limits::listing_wait_max};
  std::vector<torrent::Torrent*> waking;
  for (auto* torrent : torrents_.choose(query.which, now)) {
    if (torrent->sequence() <= query.since) continue;
    listing.ids.push_back(torrent->id());
    if (torrent->needs_content_for(query.groups)) waking.push_back(torrent);
  }
  listing.left += waking.size();
  const ListingId id = open_.insert(std::move(listing));
  for (auto* torrent : waking)
    torrent->with_content([this, id](const Result<void>&) { advance(id); });
  advance(id);
}

void Listings::advance(ListingId id) {
  auto* waiting = open_.find(id);
  if (waiting == nullptr || --waiting->left > 0) return;
  answer(*open_.take(id));
}

void Listings::answer(Listing listing) {
  ListReply reply;
  reply.sequence = sequence_;
  reply.torrents.reserve(listing.ids.size());
  for (const TorrentId id : listing.ids)
    if (auto* torrent = torrents_.find(id))
      reply.torrents.push_back(torrent->snapshot(listing.groups));
  if (listing.recent)
    for (const auto& [when, number] : removed_) reply.removed.push_back(number);
  listing.answer(std::move(reply));
}

void Listings::on_second(Instant now) {
  while (!removed_.empty() && now - removed_.front().first > TorrentIndex::recently)
    removed_.pop_front();
  std::vector<ListingId> late;
  open_.each([&](ListingId id, const Listing& listing) {
    if (listing.until <= now) late.push_back(id);
  });
  for (const ListingId id : late)
    if (auto listing = open_.take(id)) answer(*std::move(listing));
}

}  // namespace seed::session
