// LinkTable: a torrent's links by id. Parts hold a reference to it; the torrent owns it.
#pragma once

#include <memory>

#include "core/base/ids.h"
#include "core/torrent/peer_link.h"

namespace seed::torrent {

class LinkTable {
 public:
  PeerLink& insert(std::unique_ptr<PeerLink> link) {
    PeerLink& added = *link;
    added.id = links_.insert(std::move(link));
    return added;
  }
  /// nullptr when it is gone or has ended.
  PeerLink* find(LinkId id) {
    auto* slot = links_.find(id);
    return slot != nullptr && !(*slot)->ended() ? slot->get() : nullptr;
  }
  std::unique_ptr<PeerLink> take(LinkId id) {
    auto taken = links_.take(id);
    return taken ? std::move(*taken) : nullptr;
  }
  std::size_t size() const { return links_.size(); }
  /// In order of their slots, those that have ended left out.
  template <typename Visit>
  void each(Visit&& visit) {
    links_.each([&](LinkId, std::unique_ptr<PeerLink>& link) {
      if (!link->ended()) visit(*link);
    });
  }
  template <typename Visit>
  void each(Visit&& visit) const {
    links_.each([&](LinkId, const std::unique_ptr<PeerLink>& link) {
      if (!link->ended()) visit(static_cast<const PeerLink&>(*link));
    });
  }
  template <typename Visit>
  void each_ended(Visit&& visit) const {
    links_.each([&](LinkId, const std::unique_ptr<PeerLink>& link) {
      if (link->ended()) visit(static_cast<const PeerLink&>(*link));
    });
  }

 private:
  SlotMap<std::unique_ptr<PeerLink>, struct LinkTag> links_;
};

}  // namespace seed::torrent
