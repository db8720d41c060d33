#include "core/storage/jobs/hash_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "core/metainfo/merkle.h"
#include "core/storage/jobs/verify_and_write.h"

namespace seed::storage {
namespace {

using metainfo::TreeHasher;

/// Octets of a piece read at a time, for the reasons that verify_range.cpp gives: whole blocks.
constexpr std::uint32_t step_bytes = 256 * 1024;
constexpr std::uint32_t step_abreast_bytes = 32 * 1024;
static_assert(step_bytes % block_size == 0 && step_abreast_bytes % block_size == 0);
/// Linux reads no more ahead at one call.
constexpr std::uint32_t announced_bytes = 1u << 20;

std::unexpected<Fault> changed(const HashFiles::File& file) {
  return fail(FaultCode::io, fmt::format("{} changed while it was hashed", file.path.full()));
}

/// The files of the job, a few of them open.
class OpenSources {
 public:
  OpenSources(io::Files& files, const std::vector<HashFiles::File>& sources)
      : files_(files), sources_(sources) {}

  Result<io::File*> open(std::uint32_t source) {
    const auto found = std::ranges::find(open_, source, &Open::source);
    if (found != open_.end()) return found->handle.get();
    if (open_.size() == HashFiles::open_files_max) {
      // The one opened first, for files are read front to back.
      SEED_TRY_VOID(check(open_.front()));
      open_.erase(open_.begin());
    }
    SEED_TRY(auto handle, files_.open(sources_[source].path, io::OpenMode::read));
    SEED_TRY(const auto stamp, handle->stamp());
    if (stamp.size != sources_[source].size) return changed(sources_[source]);
    open_.push_back({source, std::move(handle), stamp});
    return open_.back().handle.get();
  }

  Result<void> read(const std::vector<Span>& spans, MutableBytes out) {
    for (const Span& span : spans) {
      const MutableBytes view = out.first(span.length);
      out = out.subspan(span.length);
      if (span.target == Span::pad) {
        std::ranges::fill(view, std::uint8_t{0});
        continue;
      }
      SEED_TRY(auto* file, open(span.target));
      SEED_TRY(const auto count, file->read(span.offset, {&view, 1}));
      if (count < view.size()) return changed(sources_[span.target]);
    }
    return {};
  }

  Result<void> announce(const std::vector<Span>& spans) {
    for (const Span& span : spans) {
      if (span.target == Span::pad || span.length <= step_abreast_bytes) continue;
      SEED_TRY(auto* file, open(span.target));
      for (std::uint32_t at = 0; at < span.length; at += announced_bytes)
        file->will_need(span.offset + at, std::min(announced_bytes, span.length - at));
    }
    return {};
  }

  /// That those still open are as they were.
  Result<void> check_all() {
    for (const Open& one : open_) SEED_TRY_VOID(check(one));
    return {};
  }

 private:
  struct Open {
    std::uint32_t source;
    std::shared_ptr<io::File> handle;
    io::FileStamp stamp;
  };

  Result<void> check(const Open& one) const {
    SEED_TRY(const auto stamp, one.handle->stamp());
    if (stamp != one.stamp) return changed(sources_[one.source]);
    return {};
  }

  io::Files& files_;
  const std::vector<HashFiles::File>& sources_;
  std::vector<Open> open_;
};

std::uint32_t size_of(const HashFiles::Piece& piece) {
  std::uint32_t size = 0;
  for (const Span& span : piece.spans) size += span.length;
  return size;
}

void append(Buffer& out, Bytes digest) { out.insert(out.end(), digest.begin(), digest.end()); }

class Hashing {
 public:
  Hashing(const HashFiles& job, io::Files& files)
      : job_(job), sources_(files, job.files), lanes_(job.width), trees_(job.width) {}

  Result<void> run(HashResult& out) {
    std::span<const HashFiles::Piece> rest(job_.pieces);
    while (!rest.empty()) {
      const auto group = rest.first(abreast(rest));
      SEED_TRY_VOID(hash(group, out));
      rest = rest.subspan(group.size());
    }
    return sources_.check_all();
  }

 private:
  /// Pieces at the front that go abreast: of one size. A pass of the lanes costs the same however
  /// few are in it: about what three cost one after the other.
  std::size_t abreast(std::span<const HashFiles::Piece> rest) const {
    if (!job_.has_v1) return 1;
    std::size_t count = 1;
    while (count < rest.size() && count < job_.width && size_of(rest[count]) == size_of(rest[0]))
      ++count;
    return count > 3 ? count : 1;
  }

  Result<void> hash(std::span<const HashFiles::Piece> group, HashResult& out) {
    const std::uint32_t size = size_of(group.front());
    const std::uint32_t step = group.size() > 1 ? step_abreast_bytes : step_bytes;
    // They are read in turns. A disk is asked for one after the other before.
    if (group.size() > 1 && size > step)
      for (const auto& piece : group) SEED_TRY_VOID(sources_.announce(piece.spans));
    const std::size_t slot = std::min(step, size);
    if (buffer_.size() < group.size() * slot) buffer_.resize(group.size() * slot);
    std::vector<const std::uint8_t*> at;
    for (std::size_t i = 0; i < group.size(); ++i) at.push_back(buffer_.data() + i * slot);

    for (std::uint32_t done = 0; done < size;) {
      if (job_.called_off && *job_.called_off)
        return fail(FaultCode::cancelled, "the torrent is no longer made");
      const std::uint32_t take = std::min(size - done, step);
      for (std::size_t i = 0; i < group.size(); ++i) {
        const MutableBytes view(buffer_.data() + i * slot, take);
        SEED_TRY_VOID(sources_.read(cut(group[i].spans, done, take), view));
        if (job_.has_v2) add_leaves(group[i], done, view, trees_[i]);
      }
      done += take;
      if (job_.has_v1) add_octets(at, take, done == size, out);
    }
    if (job_.has_v2)
      for (std::size_t i = 0; i < group.size(); ++i)
        append(out.v2, trees_[i].finish(group[i].tree_height).bytes());
    return {};
  }

  /// `octets` begin at a block's border; what of them is pad has no leaf.
  static void add_leaves(const HashFiles::Piece& piece, std::uint32_t offset, Bytes octets,
                         TreeHasher& tree) {
    if (offset >= piece.tree_bytes) return;
    octets = octets.first(std::min<std::size_t>(octets.size(), piece.tree_bytes - offset));
    while (!octets.empty()) {
      const auto block = octets.first(std::min<std::size_t>(octets.size(), block_size));
      tree.add(sha256(block));
      octets = octets.subspan(block.size());
    }
  }

  void add_octets(const std::vector<const std::uint8_t*>& at, std::uint32_t take, bool last,
                  HashResult& out) {
    if (at.size() == 1) {
      alone_.update({at.front(), take});
      if (last) append(out.v1, alone_.finish().bytes());
      return;
    }
    if (!last) return lanes_.update(at, take);
    const auto digests = lanes_.finish(at, take);
    for (std::size_t i = 0; i < at.size(); ++i) append(out.v1, digests[i].bytes());
  }

  const HashFiles& job_;
  OpenSources sources_;
  Sha1Lanes lanes_;
  Sha1Hasher alone_;
  std::vector<TreeHasher> trees_;  ///< one for each piece abreast
  Buffer buffer_;
};

}  // namespace

HashResult HashFiles::operator()(const io::JobTools& tools) {
  HashResult out;
  out.pieces = range;
  out.v1.reserve(has_v1 ? pieces.size() * Sha1::size : 0);
  out.v2.reserve(has_v2 ? pieces.size() * Sha256::size : 0);
  if (auto done = Hashing(*this, tools.files).run(out); !done) {
    out.fault = std::move(done).error();
    out.v1.clear();
    out.v2.clear();
  }
  return out;
}

Result<HashFiles> hash_job(const metainfo::CreationPlan& plan, const SafePath& folder,
                           metainfo::PieceRange range) {
  HashFiles job;
  job.range = range;
  job.has_v1 = plan.has_v1();
  job.has_v2 = plan.has_v2();
  std::map<std::uint32_t, std::uint32_t> targets;  // in job.files, by file of the plan
  for (std::uint32_t at = range.first.value; at < range.last.value; ++at) {
    HashFiles::Piece piece;
    for (const auto& slice : plan.layout.slices(PieceIndex{at})) {
      const std::uint32_t index = slice.file.value;
      if (plan.layout.is_pad(slice.file)) {
        piece.spans.push_back({Span::pad, 0, slice.length});
        continue;
      }
      const auto [found, is_new] =
          targets.emplace(index, static_cast<std::uint32_t>(job.files.size()));
      if (is_new) {
        SEED_TRY(auto path, folder.child(plan.files[index].path));
        job.files.push_back({std::move(path), plan.layout.length(slice.file)});
      }
      if (piece.spans.empty()) {
        piece.tree_bytes = slice.length;
        piece.tree_height = std::min(metainfo::tree_height(plan.layout.length(slice.file)),
                                     metainfo::piece_height(plan.layout.piece_length()));
      }
      piece.spans.push_back({found->second, slice.offset, slice.length});
    }
    job.pieces.push_back(std::move(piece));
  }
  return job;
}

}  // namespace seed::storage
