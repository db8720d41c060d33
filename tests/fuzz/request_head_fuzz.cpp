// LINK: seed::rpc
// A request's head, of whatever octets: refused with a status, or rewritten for the library so that
// it is judged the same again; then whatever follows it as its body, whole and in bits.
#include <algorithm>
#include <string>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "rpc/request_body.h"
#include "rpc/request_head.h"

using namespace seed;

namespace {

struct Read {
  std::optional<rpc::BodyFault> fault;
  std::string body;
  bool operator==(const Read&) const = default;
};

constexpr std::size_t body_max = 4096;

/// The body, of a connection that gives at most `step` octets at once.
Read read(const rpc::BodyFraming& framing, std::string_view rest, std::size_t step) {
  Read out;
  const auto source = [&](char* to, std::size_t size) {
    const std::size_t got = std::min({size, rest.size(), step});
    std::ranges::copy(rest.substr(0, got), to);
    rest.remove_prefix(got);
    return got;
  };
  const auto sink = [&](std::string_view piece) {
    SEED_CHECK(!piece.empty());
    out.body += piece;
    return true;
  };
  out.fault = rpc::read_body(framing, body_max, source, sink);
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
  const auto spelled = rpc::spell_for_library(head);
  const auto again = rpc::judge_head(spelled);
  SEED_CHECK(spelled.size() > 2 * rpc::head_line_bytes_max || again.fault == 0);
  if (again.fault != 0) return 0;
  SEED_CHECK(again.body.chunked == verdict.body.chunked);
  SEED_CHECK(again.body.length == verdict.body.length);
  SEED_CHECK(rpc::spell_for_library(spelled) == spelled);
  return 0;
}
