// LINK: seed::bencode
// Any octets are refused, or read as a document whose canonical form reads the same.
#include <cstdint>
#include <cstdlib>

#include "core/base/check.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  const Bytes input{data, size};
  const auto prefix = bencode::Document::parse_prefix(input);
  const auto document = bencode::Document::parse(input);
  SEED_CHECK(!document || prefix);
  if (!prefix) return 0;
  SEED_CHECK(prefix->size() <= size && document.has_value() == (prefix->size() == size));
  const Buffer sorted = bencode::canonical(prefix->root());
  SEED_CHECK(sorted.size() == prefix->size());
  SEED_CHECK(!prefix->keys_sorted() || equal(sorted, input.first(prefix->size())));
  const auto again = bencode::Document::parse(sorted);
  SEED_CHECK(again && again->keys_sorted() && again->token_count() == prefix->token_count());
  return 0;
}
