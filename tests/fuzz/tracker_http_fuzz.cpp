// LINK: seed::tracker
#include "core/base/check.h"
#include "core/tracker/http_announce.h"
#include "core/tracker/http_scrape.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  using namespace seed::tracker;
  const Bytes body(data, size);
  if (const auto reply = parse_announce_reply(body)) {
    SEED_CHECK(reply->peers.size() <= limits::peers_per_answer_max);
    SEED_CHECK(reply->interval >= limits::announce_interval_min);
    SEED_CHECK(reply->interval <= limits::announce_interval_max);
    SEED_CHECK(reply->accepted() || !reply->refusal->text.empty());
    SEED_CHECK(is_utf8(reply->warning));
    AnnounceRequest request;
    request.tracker_id = reply->tracker_id;
    static_cast<void>(announce_request_url(as_text(body), request));
  }
  if (const auto reply = parse_scrape_reply(body))
    SEED_CHECK(reply->entries.size() <= scrape_torrents_max);
  if (const auto url = scrape_url_of(as_text(body))) {
    const Sha1 hash;
    static_cast<void>(scrape_request_url(*url, {&hash, 1}));
  }
  return 0;
}
