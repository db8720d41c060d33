#include "rpc/gzip.h"

#include <zlib.h>

#include "core/base/check.h"

namespace seed::rpc {

std::string gzip(std::string_view text) {
  z_stream stream{};
  // 15 bits of window; 16 more ask for gzip's frame instead of zlib's.
  constexpr int window_bits = 15 + 16;
  constexpr int memory_level = 8;  // zlib's default
  SEED_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, memory_level,
                          Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SEED_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  SEED_CHECK(deflateEnd(&stream) == Z_OK);
  return out;
}

}  // namespace seed::rpc
