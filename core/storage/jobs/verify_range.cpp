#include "core/storage/jobs/verify_range.h"

#include <algorithm>
#include <map>

namespace seed::storage {
namespace {

/// Octets read at a time: large enough that a system call costs nothing beside the digest, small
/// enough to stay in the second-level cache (1 MiB and less) while it is hashed.
constexpr std::uint32_t step_bytes = 256 * 1024;

/// How long the files are, asked once each.
class Sizes {
 public:
  explicit Sizes(FileAccess& access) : access_(access) {}

  /// Whether the file holds octets up to `end`. A file that is not there holds none.
  Result<bool> reaches(std::uint32_t target, std::uint64_t end) {
    auto found = sizes_.find(target);
    if (found == sizes_.end()) {
      std::uint64_t size = 0;
      auto file = access_.reading(target);
      if (file) {
        SEED_TRY(const auto stamp, (*file)->stamp());
        size = stamp.size;
      } else if (file.error().code != FaultCode::not_found) {
        return std::unexpected(std::move(file).error());
      }
      found = sizes_.emplace(target, size).first;
    }
    return found->second >= end;
  }

 private:
  FileAccess& access_;
  std::map<std::uint32_t, std::uint64_t> sizes_;
};

Result<bool> check_piece(FileAccess& access, Sizes& sizes, const VerifyRange::Piece& piece,
                         Buffer& buffer, Sha1Hasher& hasher) {
  for (const auto& span : piece.spans) {
    if (span.target == Span::pad) continue;
    SEED_TRY(const bool there, sizes.reaches(span.target, span.offset + span.length));
    if (!there) return false;
  }
  for (const auto& span : piece.spans) {
    for (std::uint32_t at = 0; at < span.length;) {
      const std::uint32_t take = std::min(span.length - at, step_bytes);
      if (buffer.size() < take) buffer.resize(take);
      const MutableBytes view(buffer.data(), take);
      const Span step{span.target, span.offset + at, take};
      SEED_TRY_VOID(access.read({&step, 1}, {&view, 1}));
      hasher.update(view);
      at += take;
    }
  }
  return hasher.finish() == piece.expected;
}

}  // namespace

CheckResult VerifyRange::operator()(const io::JobTools& tools) {
  CheckResult out;
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  Sizes sizes(access);
  Sha1Hasher hasher;
  Buffer buffer;
  out.pieces.reserve(pieces.size());
  for (const auto& piece : pieces) {
    auto good = check_piece(access, sizes, piece, buffer, hasher);
    if (!good) {
      out.fault = std::move(good).error();
      break;
    }
    out.pieces.push_back({piece.piece, *good});
  }
  out.opened = access.take_opened();
  return out;
}

}  // namespace seed::storage
