#include "core/blocklist/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace seed::blocklist {

namespace {

constexpr std::size_t part_bytes = 64 * 1024;
/// inflateInit2: the largest window, and gzip's header.
constexpr int gzip_window = 15 + 16;

struct Inflater {
  z_stream stream{};
  bool ready = inflateInit2(&stream, gzip_window) == Z_OK;
  Inflater() = default;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

bool is_gzip(Bytes bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

Result<void> gunzip(Bytes bytes, std::size_t bytes_max, const std::function<bool(Bytes)>& sink) {
  Inflater inflater;
  if (!inflater.ready) return fail(FaultCode::out_of_resources, "no memory to inflate");
  z_stream& stream = inflater.stream;
  Buffer part(part_bytes);
  std::size_t total = 0;
  while (true) {
    const std::size_t given = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(given);
    stream.next_out = part.data();
    stream.avail_out = static_cast<uInt>(part.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    bytes = bytes.subspan(given - stream.avail_in);
    const std::size_t come = part.size() - stream.avail_out;
    total += come;
    if (total > bytes_max)
      return fail(FaultCode::too_large,
                  "it inflates to more than " + std::to_string(bytes_max) + " octets");
    if (come > 0 && !sink(Bytes(part).first(come))) return {};
    if (status == Z_STREAM_END) {
      if (!is_gzip(bytes)) return {};
      if (inflateReset(&stream) != Z_OK) break;
    } else if (status == Z_BUF_ERROR || (status == Z_OK && bytes.empty() && come < part.size())) {
      return fail(FaultCode::malformed, "its gzip data is cut short");
    } else if (status != Z_OK) {
      break;
    }
  }
  return fail(FaultCode::malformed, "its gzip data is damaged");
}

}  // namespace seed::blocklist
