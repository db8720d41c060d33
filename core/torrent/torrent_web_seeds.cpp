// Torrent's downloading and its web seeds: when they begin and end, and what they bring.
#include <utility>

#include "core/torrent/torrent.h"

namespace seed::torrent {

void Torrent::begin_downloading() {
  if (!std::exchange(record_.completion_owed, true)) environment_.host.want_save(id(), {});
  downloading_ = std::make_unique<Downloading>(*content_.metainfo(), *content_.store(),
                                               links_.table(), rng_.fork());
  downloading_->set_wants(record_.wishes, now());
  downloading_->set_sequential(record_.options);
  downloading_->set_shut(links_.download_shut(), now());
  downloading_->begin(now());
  if (record_.content.webseeds.empty()) return;
  WebSeedsOwner& owner = *this;
  web_seeds_ = std::make_unique<WebSeeds>(
      environment_,
      WebSeeds::Setup{record_.name, record_.content.webseeds, content_.metainfo(), *downloading_,
                      links_.limits()},
      owner, rng_.fork());
  web_seeds_->set_shut(links_.download_shut(), now());
  web_seeds_->on_tick(now());
}

void Torrent::end_downloading() {
  web_seeds_.reset();
  downloading_->end(now());
  downloading_.reset();
  if (auto* store = content_.store()) store->drop_incomplete();
}

void Torrent::resume_reading() {
  links_.resume_reading();
  if (web_seeds_) web_seeds_->resume();
}

void Torrent::on_web_seed_payload(std::uint32_t bytes) {
  self_.stirred = true;
  totals_.on_downloaded(bytes, now(), wall());
  environment_.host.on_payload(bytes, 0);
}

}  // namespace seed::torrent
