#include "core/tracker/http_scrape.h"

#include <algorithm>

#include "core/base/url.h"
#include "core/bencode/document.h"
#include "core/tracker/http_reply.h"

namespace seed::tracker {
namespace {

std::optional<std::uint32_t> count_in(const bencode::Value& file, std::string_view key) {
  const auto count = file.find_integer(key);
  return count ? sane_count(*count) : std::nullopt;
}

}  // namespace

std::optional<std::string> scrape_url_of(std::string_view announce_url) {
  announce_url = announce_url.substr(0, announce_url.find('#'));
  const auto url = Url::parse(announce_url);
  if (!url) return std::nullopt;
  if (url->scheme == "udp") return std::string(announce_url);
  if ((url->scheme != "http" && url->scheme != "https") || url->path.empty()) return std::nullopt;
  // BEP 48: the text behind the last '/' of the path has to begin with "announce".
  constexpr std::string_view announce = "announce";
  const std::string_view path = announce_url.substr(0, announce_url.find('?'));
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || !path.substr(slash + 1).starts_with(announce))
    return std::nullopt;
  std::string out(announce_url);
  return out.replace(slash + 1, announce.size(), "scrape");
}

std::string scrape_request_url(std::string_view scrape_url, std::span<const Sha1> info_hashes) {
  std::string out(scrape_url.substr(0, scrape_url.find('#')));
  char joint = out.find('?') == std::string::npos ? '?' : '&';
  if (out.ends_with('?') || out.ends_with('&')) out.pop_back();
  if (out.find('?') == std::string::npos) joint = '?';
  for (const Sha1& hash : info_hashes.first(std::min(info_hashes.size(), scrape_torrents_max))) {
    out += joint;
    out += "info_hash=" + percent_encode(hash.bytes());
    joint = '&';
  }
  return out;
}

Result<ScrapeReply> parse_scrape_reply(Bytes body, int http_status) {
  SEED_TRY(const auto document, parse_reply(body, http_status));
  const bencode::Value root = document.root();
  ScrapeReply reply;
  reply.refusal = refusal_in(root);
  if (reply.refusal) return reply;
  SEED_TRY_VOID(check_status(http_status));

  const auto files = root.find_dict("files");
  if (!files) return fail(FaultCode::malformed, "the tracker's answer has no files in it");
  for (const auto& [key, file] : files->dict_entries()) {
    if (reply.entries.size() >= scrape_torrents_max) break;
    const auto hash = Sha1::from(key);
    if (!hash || !file.is_dict()) continue;
    reply.entries.push_back({*hash,
                             {count_in(file, "complete"), count_in(file, "incomplete"),
                              count_in(file, "downloaded"), count_in(file, "downloaders")}});
  }
  if (const auto flags = root.find_dict("flags"))
    if (const auto least = flags->find_integer("min_request_interval"); least && *least > 0)
      reply.min_interval = sane_interval(*least);
  return reply;
}

}  // namespace seed::tracker
