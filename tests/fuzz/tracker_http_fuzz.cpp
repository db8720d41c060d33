// LINK: seed::tracker
#include "core/base/check.h"
#include "core/tracker/http_announce.h"
#include "core/tracker/http_scrape.h"

namespace {

using namespace seed;
using namespace seed::tracker;

/// An error page is a refusal, unless the body says more.
void try_status(Bytes body, int status) {
  const bool well = status >= 200 && status < 300;
  const auto announce = parse_announce_reply(body, status);
  const auto as_if_well = parse_announce_reply(body);
  SEED_CHECK(well || !announce || !announce->accepted());
  SEED_CHECK(announce.has_value() == (as_if_well && (well || !as_if_well->accepted())));
  SEED_CHECK(well || !parse_scrape_reply(body, status) || parse_scrape_reply(body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes body(data, size);
  for (const int status : {100, 204, 301, 404, 503}) try_status(body, status);
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
