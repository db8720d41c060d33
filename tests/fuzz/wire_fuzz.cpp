// LINK: seed::wire
// The handshake and every message: what parses comes back the same.
#include <array>
#include <cstdlib>

#include "core/wire/client_name.h"
#include "core/wire/handshake.h"
#include "core/wire/message.h"

using namespace seed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  if (const auto handshake = wire::parse_handshake(input)) {
    (void)wire::client_name(handshake->peer_id);
    ByteQueue queue;
    wire::encode_handshake(*handshake, queue);
    std::array<Bytes, 1> front;
    if (queue.front(front) != 1 || !equal(front[0], input)) std::abort();
  }
  if (const auto id = PeerId::from(input.first(std::min<std::size_t>(size, PeerId::size))))
    (void)wire::client_name(*id);
  (void)wire::client_name_from_version(input);
  const auto message = wire::parse_message(input);
  if (!message) return 0;
  ByteQueue queue;
  wire::encode_message(*message, queue);
  if (queue.size() != 4 + size) std::abort();
  Buffer octets;
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    octets.insert(octets.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  if (!equal(Bytes(octets).subspan(4), input)) std::abort();
  return 0;
}
