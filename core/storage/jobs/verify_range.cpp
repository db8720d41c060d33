#include "core/storage/jobs/verify_range.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/storage/jobs/verify_and_write.h"

namespace seed::storage {
namespace {

/// Octets of a piece read at a time: large enough that a system call costs nothing beside the
/// digest, small enough that all that is hashed at once stays in the second-level cache (1 MiB and
/// less) meanwhile.
constexpr std::uint32_t step_bytes = 256 * 1024;
constexpr std::uint32_t step_abreast_bytes = 32 * 1024;
/// Linux reads no more at once for one call (the larger of read-ahead and the disk's largest
/// request).
constexpr std::uint32_t announced_bytes = 1u << 20;

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

using Piece = VerifyRange::Piece;

std::uint64_t size_of(const Piece& piece) {
  std::uint64_t size = 0;
  for (const auto& span : piece.spans) size += span.length;
  return size;
}

/// One run of the check.
class Check {
 public:
  Check(FileAccess& access, std::size_t width)
      : access_(access), sizes_(access), width_(width), lanes_(width) {}

  /// Fault: what is not in the result was not checked.
  Result<void> add(const Piece& piece, CheckResult& out) {
    SEED_TRY(const bool there, is_there(piece));
    if (!there) {
      out.pieces.push_back({piece.piece, false});
      return {};
    }
    if (!std::holds_alternative<Sha1>(piece.expected)) {
      SEED_TRY(const bool good, hash(piece));
      out.pieces.push_back({piece.piece, good});
      return {};
    }
    if (!abreast_.empty() && size_of(piece) != size_of(*abreast_.front())) SEED_TRY_VOID(end(out));
    abreast_.push_back(&piece);
    return abreast_.size() == width_ ? end(out) : Result<void>();
  }
  /// Hashes those that wait for others beside them.
  Result<void> end(CheckResult& out) {
    const auto pieces = std::exchange(abreast_, {});
    // A pass of the lanes costs the same however few pieces are in it: about what three cost one
    // after the other.
    if (pieces.size() > 3) {
      if (hash_abreast(pieces, out)) return {};
      // One after the other, up to the one that cannot be read.
      lanes_ = Sha1Lanes(width_);
    }
    for (const auto* piece : pieces) {
      SEED_TRY(const bool good, hash(*piece));
      out.pieces.push_back({piece->piece, good});
    }
    return {};
  }

 private:
  Result<bool> is_there(const Piece& piece) {
    for (const auto& span : piece.spans) {
      if (span.target == Span::pad) continue;
      SEED_TRY(const bool there, sizes_.reaches(span.target, span.offset + span.length));
      if (!there) return false;
    }
    return true;
  }

  Result<bool> hash(const Piece& piece) {
    PieceHasher hasher(piece.expected);
    for (const auto& span : piece.spans) {
      for (std::uint32_t at = 0; at < span.length;) {
        const std::uint32_t take = std::min(span.length - at, step_bytes);
        if (buffer_.size() < take) buffer_.resize(take);
        const MutableBytes view(buffer_.data(), take);
        const Span step{span.target, span.offset + at, take};
        SEED_TRY_VOID(access_.read({&step, 1}, {&view, 1}));
        hasher.update(view);
        at += take;
      }
    }
    return hasher.finish();
  }

  Result<void> hash_abreast(const std::vector<const Piece*>& pieces, CheckResult& out) {
    const auto size = static_cast<std::uint32_t>(size_of(*pieces.front()));
    // They are read in turns. A disk is asked for one after the other before.
    if (size > step_abreast_bytes) SEED_TRY_VOID(announce(pieces));
    buffer_.resize(std::max<std::size_t>(buffer_.size(), pieces.size() * step_abreast_bytes));
    std::vector<const std::uint8_t*> at;
    at.reserve(pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i)
      at.push_back(buffer_.data() + i * step_abreast_bytes);
    for (std::uint32_t done = 0;;) {
      const std::uint32_t take = std::min(size - done, step_abreast_bytes);
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        const MutableBytes view(buffer_.data() + i * step_abreast_bytes, take);
        SEED_TRY_VOID(access_.read(cut(pieces[i]->spans, done, take), {&view, 1}));
      }
      done += take;
      if (done < size) {
        lanes_.update(at, take);
        continue;
      }
      const auto digests = lanes_.finish(at, take);
      for (std::size_t i = 0; i < pieces.size(); ++i)
        out.pieces.push_back({pieces[i]->piece, digests[i] == std::get<Sha1>(pieces[i]->expected)});
      return {};
    }
  }

  Result<void> announce(const std::vector<const Piece*>& pieces) {
    for (const auto* piece : pieces)
      for (const auto& span : piece->spans) {
        if (span.target == Span::pad) continue;
        SEED_TRY(auto* file, access_.reading(span.target));
        for (std::uint32_t at = 0; at < span.length; at += announced_bytes)
          file->will_need(span.offset + at, std::min(announced_bytes, span.length - at));
      }
    return {};
  }

  FileAccess& access_;
  Sizes sizes_;
  std::size_t width_;
  Sha1Lanes lanes_;
  Buffer buffer_;
  std::vector<const Piece*> abreast_;
};

}  // namespace

CheckResult VerifyRange::operator()(const io::JobTools& tools) {
  CheckResult out;
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  Check check(access, width);
  out.pieces.reserve(pieces.size());
  Result<void> outcome;
  for (auto piece = pieces.begin(); piece != pieces.end() && outcome; ++piece)
    outcome = check.add(*piece, out);
  if (outcome) outcome = check.end(out);
  if (!outcome) out.fault = std::move(outcome).error();
  out.opened = access.take_opened();
  return out;
}

}  // namespace seed::storage
