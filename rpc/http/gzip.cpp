#include "rpc/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "core/base/check.h"

namespace seed::rpc {

namespace {

/// zlib's side of it, which is memory.
class Deflating {
 public:
  Deflating() {
    // 15 bits of window; 16 more ask for gzip's frame instead of zlib's.
    constexpr int window_bits = 15 + 16;
    constexpr int memory_level = 8;  // zlib's default
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, window_bits, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflating() { deflateEnd(&stream_); }
  Deflating(const Deflating&) = delete;
  Deflating& operator=(const Deflating&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

/// zlib counts what it may take and give in one go by 32 bits.
uInt in_one_go(std::size_t octets) {
  return static_cast<uInt>(std::min<std::size_t>(octets, std::numeric_limits<uInt>::max()));
}

}  // namespace

std::string gzip(std::string_view text) {
  Deflating deflating;
  z_stream& stream = deflating.stream();
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  std::size_t written = 0;
  for (int state = Z_OK; state != Z_STREAM_END;) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = in_one_go(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = in_one_go(out.size() - written);
    const uInt given = stream.avail_in;
    const uInt room = stream.avail_out;
    state = deflate(&stream, given < text.size() ? Z_NO_FLUSH : Z_FINISH);
    SEED_CHECK(state == Z_STREAM_END || (state == Z_OK && stream.avail_out < room) ||
               (state == Z_OK && stream.avail_in < given));
    text.remove_prefix(given - stream.avail_in);
    written += room - stream.avail_out;
  }
  out.resize(written);
  return out;
}

}  // namespace seed::rpc
