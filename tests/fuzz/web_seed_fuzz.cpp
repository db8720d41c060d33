// LINK: seed::webseed
// Any answer of a web server to a request for a part of a file is taken, waited out or refused: a
// seed never gives more than was asked of it, nor asks for what the torrent has not.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/webseed/source.h"

namespace {

using namespace seed;

/// Lines of the input up to an empty one, then octets of the body.
struct Input {
  Bytes rest;
  std::string line() {
    std::string out;
    while (!rest.empty()) {
      const auto c = static_cast<char>(rest.front());
      rest = rest.subspan(1);
      if (c == '\n') break;
      out += c;
    }
    return out;
  }
  std::uint8_t octet() {
    if (rest.empty()) return 0;
    const std::uint8_t out = rest.front();
    rest = rest.subspan(1);
    return out;
  }
  Bytes take(std::size_t count) {
    const Bytes out = rest.first(std::min(count, rest.size()));
    rest = rest.subspan(out.size());
    return out;
  }
};

const metainfo::Metainfo& torrent() {
  static const metainfo::Metainfo out = [] {
    std::string info =
        "d5:filesld6:lengthi40000e4:pathl1:aeed4:attr1:p6:lengthi100e4:pathl1:peed6:lengthi60000e"
        "4:pathl1:beee4:name1:n12:piece lengthi32768e6:pieces80:" +
        std::string(80, 'h') + "e";
    auto parsed = metainfo::parse_info(as_bytes(info));
    SEED_CHECK(parsed.has_value());
    return *std::move(parsed);
  }();
  return out;
}

webseed::AnswerHead head_of(Input& input) {
  webseed::AnswerHead head;
  head.status = 200 + input.octet() * 2;
  if (const std::uint8_t length = input.octet(); length < 200)
    head.content_length = std::uint64_t{length} * 512;
  head.content_range = input.line();
  head.retry_after = input.line();
  head.content_encoding = input.line();
  head.content_type = input.line();
  head.final_url = input.line();
  return head;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{{data, size}};
  const metainfo::OriginalPaths paths(torrent());
  webseed::Source source("http://m.example/", torrent(), paths, Rng(1));
  Instant now{1s};
  const webseed::Run run{{0}, 0, torrent().layout.total_size()};
  webseed::BlocksOf blocks(torrent().layout, run);
  source.fetch(run, now);
  bool open = false;
  const auto drain = [&] {
    while (const auto event = source.next_event()) {
      if (const auto* wanted = std::get_if<webseed::OpenWanted>(&*event)) {
        SEED_CHECK(!open && wanted->first <= wanted->last && wanted->last < 60000);
        open = true;
      }
      if (std::get_if<webseed::CloseWanted>(&*event) != nullptr)
        SEED_CHECK(std::exchange(open, false));
      if (const auto* block = std::get_if<webseed::BlockDone>(&*event))
        SEED_CHECK(blocks.next() == block->ref && block->block.size() == block->ref.length);
      if (const auto* off = std::get_if<webseed::BackedOff>(&*event))
        SEED_CHECK(off->until >= now + webseed::Source::back_off_min);
    }
  };
  drain();
  while (!input.rest.empty() && source.running()) {
    now += 1ms;
    switch (open ? input.octet() % 4 : 4) {
      case 0:
        source.on_head(head_of(input), now);
        break;
      case 1:
        source.on_body(input.take(1 + input.octet()), now);
        break;
      case 2: {
        const Buffer zeros(std::size_t{input.octet()} * 256 + 1);
        source.on_body(zeros, now);
        break;
      }
      case 3: {
        open = false;
        const auto code = static_cast<FaultCode>(input.octet() % 18);
        Result<void> result;
        if (code != FaultCode::malformed) result = fail(code, "fault");
        source.on_end(result, now);
        break;
      }
      default:
        source.on_deadline(now);
    }
    drain();
  }
  return 0;
}
