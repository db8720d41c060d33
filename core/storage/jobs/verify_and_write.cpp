#include "core/storage/jobs/verify_and_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace seed::storage {
namespace {

/// Offsets and octets of the blocks of one run that is to be written.
struct WriteRun {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::vector<Bytes> views;
};

/// Writes runs of adjacent blocks, each with one gathered write a file.
Result<void> write_runs(FileAccess& access, const std::vector<Span>& spans,
                        const std::vector<WriteRun>& runs) {
  for (const auto& run : runs)
    SEED_TRY_VOID(access.write(cut(spans, run.offset, run.length), run.views));
  return {};
}

void add_to_runs(std::vector<WriteRun>& runs, std::uint32_t offset, Bytes bytes) {
  if (runs.empty() || runs.back().offset + runs.back().length != offset)
    runs.push_back({offset, 0, {}});
  runs.back().length += static_cast<std::uint32_t>(bytes.size());
  runs.back().views.push_back(bytes);
}

/// As much as a block may have of padding.
constexpr std::array<std::uint8_t, block_size> zeros{};

bool holds_pad(const std::vector<Span>& spans) {
  return std::ranges::find(spans, Span::pad, &Span::target) != spans.end();
}

/// Fault io when a block that was read back is not the one that was written.
Result<void> compare(const VerifyAndWrite& job, const std::vector<std::uint64_t>& digests,
                     const FileAccess& access) {
  for (std::size_t i = 0; i < job.written.size(); ++i) {
    if (job.blocks[i] || job.written[i] == 0 || job.written[i] == digests[i]) continue;
    const auto where = cut(job.spans, static_cast<std::uint32_t>(i * block_size), 1);
    return fail(FaultCode::io,
                fmt::format("the disk gave back other octets of {} than were written to it",
                            access.targets()[where.front().target].path.full()));
  }
  return {};
}

}  // namespace

std::vector<Span> cut(const std::vector<Span>& spans, std::uint32_t offset, std::uint32_t length) {
  std::vector<Span> out;
  std::uint64_t at = 0;
  const std::uint64_t begin = offset;
  const std::uint64_t end = begin + length;
  for (const auto& span : spans) {
    const std::uint64_t from = std::max(begin, at);
    const std::uint64_t to = std::min(end, at + span.length);
    if (from < to)
      out.push_back(
          {span.target, span.offset + (from - at), static_cast<std::uint32_t>(to - from)});
    at += span.length;
    if (at >= end) break;
  }
  return out;
}

std::uint64_t block_digest(Bytes block) {
  const Sha256 digest = sha256(block);
  return ByteReader(digest.bytes()).u64();
}

VerifyOutcome VerifyAndWrite::operator()(const io::JobTools& tools) {
  VerifyOutcome out;
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  PieceHasher hasher(expected);
  std::vector<WriteRun> runs;
  Block scratch;
  const auto each_block = [&](auto&& visit) -> Result<void> {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto offset = static_cast<std::uint32_t>(i * block_size);
      if (blocks[i]) {
        visit(offset, Bytes(std::as_const(blocks[i]).bytes()));
        continue;
      }
      const std::uint32_t length = std::min(block_size, piece_size - offset);
      scratch = Block::of_size(length);
      const MutableBytes view = scratch.bytes();
      SEED_TRY_VOID(access.read(cut(spans, offset, length), {&view, 1}));
      visit(offset, Bytes(view));
    }
    return {};
  };

  Sha1Hasher hasher_v1;
  auto read = each_block([&](std::uint32_t offset, Bytes bytes) {
    hasher.update(bytes);
    if (!expected_v1) return;
    // Whatever a peer sent as padding: it is in no tree, and is not written.
    const Bytes part = hashed_part(expected, offset, bytes);
    hasher_v1.update(part);
    hasher_v1.update(Bytes(zeros).first(bytes.size() - part.size()));
  });
  out.passed = read && hasher.finish();
  if (read && expected_v1 && (hasher_v1.finish() == *expected_v1) != out.passed)
    read = fail(FaultCode::malformed,
                "the torrent contradicts itself: a piece is right by one of its two hashes alone");
  if (read && (digests_wanted || !out.passed))
    read = each_block([&](std::uint32_t offset, Bytes bytes) {
      out.digests.push_back(block_digest(hashed_part(expected, offset, bytes)));
    });
  if (read && !out.passed) read = compare(*this, out.digests, access);
  if (read && out.passed) {
    for (std::size_t i = 0; i < blocks.size(); ++i)
      if (blocks[i])
        add_to_runs(runs, static_cast<std::uint32_t>(i * block_size),
                    std::as_const(blocks[i]).bytes());
    read = write_runs(access, spans, runs);
  }
  if (!read) {
    out.passed = false;
    out.fault = std::move(read).error();
  }
  out.opened = access.take_opened();
  // Freed here and not on the loop, which has better things to do.
  blocks.clear();
  return out;
}

WriteOutcome WriteBlocks::operator()(const io::JobTools& tools) {
  WriteOutcome out;
  FileAccess access(tools.files, std::move(guard), std::move(targets));
  std::vector<WriteRun> runs;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Bytes bytes = std::as_const(blocks[i]).bytes();
    add_to_runs(runs, offsets[i], bytes);
    const auto length = static_cast<std::uint32_t>(bytes.size());
    out.digests.push_back(holds_pad(cut(spans, offsets[i], length)) ? 0 : block_digest(bytes));
  }
  if (auto written = write_runs(access, spans, runs); !written)
    out.fault = std::move(written).error();
  out.opened = access.take_opened();
  blocks.clear();
  return out;
}

}  // namespace seed::storage
