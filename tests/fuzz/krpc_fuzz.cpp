// LINK: seed::dht
#include <limits>

#include "core/base/check.h"
#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"

// Whatever is read can be written, whole and to a size, and what was written is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  using namespace seed::dht::krpc;
  const auto message = parse({data, size});
  if (!message) return 0;
  const auto* query = std::get_if<Query>(&message->body);
  if (query != nullptr && std::holds_alternative<Refused>(query->what)) return 0;
  const Buffer whole = encode(*message, std::numeric_limits<std::size_t>::max());
  if (whole.size() <= datagram_bytes_max) SEED_CHECK(parse(whole) == *message);
  const Buffer less = encode(*message, answer_bytes_max);
  SEED_CHECK(less.size() <= whole.size());
  if (less.size() <= datagram_bytes_max) SEED_CHECK(parse(less).has_value());
  return 0;
}
