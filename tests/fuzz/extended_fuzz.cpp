// LINK: seed::wire seed::bencode
// The extended handshake and every extension message, chosen by the first octet: what parses and is
// encoded parses to the same.
#include <cstdlib>

#include "core/wire/ext/extended_handshake.h"
#include "core/wire/ext/extension.h"

using namespace seed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes payload(data + 1, size - 1);
  Buffer octets;
  if (data[0] == 0) {
    const auto handshake = wire::ExtendedHandshake::parse(payload);
    if (!handshake) return 0;
    handshake->encode(octets);
    if (wire::ExtendedHandshake::parse(octets) != *handshake) std::abort();
    return 0;
  }
  const auto extension = static_cast<wire::Extension>(data[0] % wire::extension_count);
  const auto message = wire::parse_extension(extension, payload);
  if (!message) return 0;
  wire::encode_extension(*message, octets);
  const auto again = wire::parse_extension(extension, octets);
  // PEX takes more than it sends, and puts IPv4 first: only what is sent comes back.
  if (!again || (extension != wire::Extension::ut_pex && *again != *message)) std::abort();
  return 0;
}
