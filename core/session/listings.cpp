#include "core/session/listings.h"

#include "core/base/limits.h"

namespace seed::session {

void Listings::list(const ListQuery& query, Instant now, OrderAnswer<ListReply> answer) {
  const bool recent = query.which.kind == Selection::Kind::recently_active;
  // What changes while content is loaded is told with the next number.
  Listing listing{.groups = query.groups,
                  .recent = recent,
                  .since = knows(query.since) ? query.since : 0,
                  .sequence = sequence_,
                  .answer = std::move(answer),
                  .ids = {},
                  .asked = now,
                  .until = now + limits::listing_wait_max};
  std::vector<torrent::Torrent*> waking;
  for (auto* torrent : torrents_.choose(query.which, now)) {
    if (torrent->sequence() <= listing.since) continue;
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
  reply.sequence = listing.sequence;
  reply.full = listing.since == 0;
  reply.torrents.reserve(listing.ids.size());
  for (const TorrentId id : listing.ids)
    if (auto* torrent = torrents_.find(id))
      reply.torrents.push_back(torrent->snapshot(listing.groups));
  for (const Removal& removal : removed_)
    if (listing.recent ? listing.asked - removal.when <= TorrentIndex::recently
                       : !reply.full && removal.sequence > listing.since)
      reply.removed.push_back(removal.number);
  listing.answer(std::move(reply));
}

void Listings::on_removed(TorrentNumber number, Instant now) {
  removed_.push_back({now, sequence_, number});
  if (removed_.size() <= limits::removals_max) return;
  known_from_ = removed_.front().sequence;
  removed_.pop_front();
}

void Listings::on_second(Instant now) {
  std::vector<ListingId> late;
  open_.each([&](ListingId id, const Listing& listing) {
    if (listing.until <= now) late.push_back(id);
  });
  for (const ListingId id : late)
    if (auto listing = open_.take(id)) answer(*std::move(listing));
}

}  // namespace seed::session
