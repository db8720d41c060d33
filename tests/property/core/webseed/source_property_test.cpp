// Any layout, any run, any split of the bodies: the same blocks, and what is asked for is the run
// without its pads.
#include "core/webseed/source.h"

#include <map>
#include <optional>
#include <utility>

#include "core/webseed/file_url.h"
#include "tests/unit/core/webseed/torrents.h"

namespace seed::webseed {
namespace {

using namespace test;

metainfo::Metainfo drawn_torrent(Rng& rng, std::uint32_t piece_length) {
  std::vector<TorrentFile> files;
  const auto count = 1 + rng.below(12);
  for (std::uint64_t i = 0; i < count; ++i) {
    TorrentFile file;
    file.path = {fmt::format("f{}", i)};
    file.pad = rng.below(4) == 0;
    switch (rng.below(4)) {
      case 0:
        file.length = rng.below(3);
        break;
      case 1:
        file.length = piece_length * rng.below(4);
        break;
      default:
        file.length = rng.below(5 * piece_length);
    }
    files.push_back(file);
  }
  files.push_back({1 + rng.below(piece_length), {"last"}});
  return torrent_of(files, piece_length);
}

Run drawn_run(Rng& rng, const metainfo::FileLayout& layout) {
  const auto first = static_cast<std::uint32_t>(rng.below(layout.piece_count()));
  const auto count = static_cast<std::uint32_t>(1 + rng.below(layout.piece_count() - first));
  Run run{{first}, 0, 0};
  for (std::uint32_t i = 0; i < count; ++i) run.length += layout.piece_size({first + i});
  const std::uint32_t blocks = (layout.piece_size({first}) + block_size - 1) / block_size;
  run.offset = static_cast<std::uint32_t>(rng.below(blocks)) * block_size;
  run.length -= run.offset;
  return run;
}

/// Where octets of a file are, counted over all files.
std::uint64_t start_of(const metainfo::FileLayout& layout, FileIndex file) {
  return layout.offset(file);
}

struct Server {
  const metainfo::Metainfo& torrent;
  const metainfo::OriginalPaths paths{torrent};
  Rng& rng;
  std::map<std::string, FileIndex> files{};

  Server(const metainfo::Metainfo& of, Rng& dice) : torrent(of), rng(dice) {
    for (std::uint32_t i = 0; i < of.layout.file_count(); ++i)
      if (!of.layout.is_pad({i})) files[file_url("http://m.example/", torrent, paths, {i})] = {i};
  }

  struct Took {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;  ///< octets of the torrent
    std::vector<BlockRef> blocks;
    bool whole = false;
  };

  Took run(const Run& run) {
    Source source("http://m.example/", torrent, paths, Rng(1));
    Took out;
    Instant now{1s};
    std::optional<OpenWanted> open;
    const auto drain = [&] {
      while (auto event = source.next_event()) {
        if (auto* it = std::get_if<OpenWanted>(&*event)) {
          CHECK_FALSE(open);
          open = *it;
        } else if (std::get_if<CloseWanted>(&*event)) {
          open.reset();
        } else if (auto* block = std::get_if<BlockDone>(&*event)) {
          CHECK(to_buffer(block->block.bytes()) == content_of(torrent.layout, block->ref));
          out.blocks.push_back(block->ref);
        } else if (auto* over = std::get_if<RunOver>(&*event)) {
          out.whole = over->whole;
        } else {
          FAIL("an event out of place");
        }
      }
    };
    source.fetch(run, now);
    drain();
    while (source.running()) {
      now += 1ms;
      if (open) {
        serve(source, *std::exchange(open, std::nullopt), out, now, drain, open);
      } else {
        REQUIRE(source.deadline());
        source.on_deadline(now);
        drain();
      }
    }
    return out;
  }

  template <typename Drain>
  void serve(Source& source, const OpenWanted& wanted, Took& out, Instant now, Drain& drain,
             std::optional<OpenWanted>& open) {
    const auto found = files.find(wanted.url);
    REQUIRE(found != files.end());
    const FileIndex file = found->second;
    const std::uint64_t size = torrent.layout.length(file);
    REQUIRE(wanted.last < size);
    const std::uint64_t begin = start_of(torrent.layout, file);
    out.asked.emplace_back(begin + wanted.first, begin + wanted.last + 1);
    // As others' servers do it: with ranges, or all of the file, or less than was asked for.
    const auto how = rng.below(4);
    std::uint64_t from = wanted.first;
    std::uint64_t to = wanted.last + 1;
    AnswerHead head;
    head.status = 206;
    if (how == 0) {
      head.status = 200;
      from = 0;
      to = size;
    } else if (how == 1 && to - from > block_size) {
      to = from + block_size + rng.below(to - from - block_size);
      out.asked.back().second = begin + to;
    }
    if (rng.below(2) == 0) head.content_length = to - from;
    if (head.status == 206) head.content_range = fmt::format("bytes {}-{}/{}", from, to - 1, size);
    source.on_head(head, now);
    drain();
    while (from < to && source.state() == State::receiving) {
      const std::uint64_t count =
          std::min(to - from, 1 + rng.below(rng.below(3) == 0 ? 20 : 40000));
      source.on_body(content_of(file, from, count), now);
      from += count;
      // A run that was closed by now may have opened its next.
      const bool closed_before = source.state() != State::receiving;
      drain();
      if (closed_before || open) return;
    }
    if (source.running()) source.on_end({}, now);
    drain();
  }
};

TEST_CASE(
    "whatever the layout, the run and the split, all of the run comes and no pad is asked for") {
  const auto seed = GENERATE(take(1, random(1, 1'000'000'000)));
  CAPTURE(seed);
  Rng rng(static_cast<std::uint64_t>(seed));
  for (int i = 0; i < 60; ++i) {
    const auto piece_length = static_cast<std::uint32_t>(16384 << rng.below(3));
    const auto torrent = drawn_torrent(rng, piece_length);
    Server server(torrent, rng);
    const Run run = drawn_run(rng, torrent.layout);
    const auto took = server.run(run);
    CHECK(took.whole);
    BlocksOf blocks(torrent.layout, run);
    for (const BlockRef& ref : took.blocks) CHECK(blocks.next() == ref);
    CHECK_FALSE(blocks.next());
    // Asked for, end to end, with pads in the gaps.
    const std::uint64_t begin = std::uint64_t{run.piece.value} * piece_length + run.offset;
    std::uint64_t at = begin;
    const auto all_pads = [&](std::uint64_t to) {
      for (std::uint32_t f = 0; f < torrent.layout.file_count(); ++f) {
        const std::uint64_t first = std::max(at, start_of(torrent.layout, {f}));
        const std::uint64_t last =
            std::min(to, start_of(torrent.layout, {f}) + torrent.layout.length({f}));
        if (first < last && !torrent.layout.is_pad({f})) return false;
      }
      return true;
    };
    for (const auto& [first, last] : took.asked) {
      CHECK(first >= at);
      CHECK(all_pads(first));
      at = last;
    }
    CHECK(at <= begin + run.length);
    CHECK(all_pads(begin + run.length));
  }
}

}  // namespace
}  // namespace seed::webseed
