// LINK: seed::http
// A request's head, of whatever octets: refused with a status, or taken apart; then whatever
// follows it as its body, whole and in bits.
#include <algorithm>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "rpc/http/request_body.h"
#include "rpc/http/request_head.h"

using namespace seed;

namespace {

struct Read {
  std::optional<rpc::BodyFault> fault;
  std::string body;
  bool operator==(const Read&) const = default;
};

constexpr std::size_t body_max = 4096;

/// The body, of a connection that gives at most `step` octets at once, and then ends.
Read read(const rpc::BodyFraming& framing, std::string_view rest, std::size_t step) {
  Read out;
  rpc::BodyDecoder decoder(framing, body_max);
  while (!rest.empty() && !decoder.done() && !decoder.fault()) {
    const auto octets = rest.substr(0, step);
    const auto taken = decoder.take(octets);
    SEED_CHECK(taken.taken > 0 && taken.taken <= octets.size());
    out.body += taken.body;
    rest.remove_prefix(taken.taken);
  }
  decoder.end();
  out.fault = decoder.fault();
  SEED_CHECK(out.body.size() <= body_max);
  if (!out.fault && !framing.chunked) SEED_CHECK(out.body.size() == framing.length);
  return out;
}

void try_bodies(const rpc::BodyFraming& framing, std::string_view rest) {
  const Read whole = read(framing, rest, body_max);
  SEED_CHECK(read(framing, rest, 3) == whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto end = text.find("\r\n\r\n");
  const auto head = text.substr(0, end == text.npos ? end : end + 4);
  const auto verdict = rpc::judge_head(head);
  SEED_CHECK(verdict.fault == 0 || (verdict.fault >= 400 && verdict.fault < 600));
  const auto rest = text.substr(head.size());
  try_bodies({.chunked = true, .length = 0}, text);
  if (verdict.fault != 0) return 0;
  try_bodies(verdict.body, rest);
  rpc::RequestHead taken;
  taken.assign(head);
  SEED_CHECK(!taken.method().empty() && !taken.target().empty());
  SEED_CHECK(head.starts_with(taken.method()));
  const auto length = taken.field("content-LENGTH");
  SEED_CHECK(length.has_value() || verdict.body.length == 0);
  SEED_CHECK(taken.field("Transfer-Encoding").has_value() == verdict.body.chunked);
  return 0;
}
