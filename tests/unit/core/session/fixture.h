// What tests of core/session stand on: torrents over doubles, and a store that remembers.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/session/torrent_index.h"
#include "tests/unit/core/torrent/fixture.h"

namespace seed::session::test {

using torrent::test::Ground;

/// Keeps what was committed, change by change.
class MemoryStore final : public io::Store {
 public:
  Result<io::StoreContent> load() override {
    if (broken) return fail(FaultCode::io, "cannot be read");
    return content;
  }
  Result<void> commit(const std::vector<io::StoreChange>& changes) override {
    ++asked;
    if (broken) return fail(FaultCode::disk_full, "no room");
    commits.push_back(changes);
    return {};
  }
  Result<std::optional<Buffer>> metainfo(io::StoreKey key) override { return find(metainfos, key); }
  Result<std::optional<Buffer>> progress(io::StoreKey key) override {
    if (damaged) return fail(FaultCode::malformed, "the row is damaged");
    return find(progresses, key);
  }

  io::StoreContent content;
  std::map<io::StoreKey, Buffer> metainfos, progresses;
  std::vector<std::vector<io::StoreChange>> commits;
  std::size_t asked = 0;  ///< commits, those that failed too
  bool broken = false;
  bool damaged = false;  ///< what it has of progress

 private:
  static std::optional<Buffer> find(const std::map<io::StoreKey, Buffer>& in, io::StoreKey key) {
    const auto found = in.find(key);
    return found == in.end() ? std::nullopt : std::optional(found->second);
  }
};

/// A .torrent of one file of 5 octets.
inline Buffer small_torrent(const std::string& name = "a") {
  return to_buffer("d4:infod6:lengthi5e4:name" + std::to_string(name.size()) + ":" + name +
                   "12:piece lengthi16384e6:pieces20:" + std::string(20, 'x') + "ee");
}

inline InfoHashes hashes_of(std::uint8_t octet) {
  InfoHashes hashes;
  hashes.v1 = Sha1{};
  hashes.v1->octets.fill(octet);
  return hashes;
}

/// Torrents over one ground, at rest.
struct Population {
  Ground ground;
  TorrentIndex torrents;
  MemoryStore store;
  seed::test::InlineWorkers workers{ground.files, store};

  Population() {
    ground.host.noted = [this](TorrentId id) { torrents.note_change(id); };
  }
  ~Population() { ground.host.noted = nullptr; }
  Population(const Population&) = delete;
  Population& operator=(const Population&) = delete;

  torrent::Torrent& add(std::uint8_t octet, const std::string& dir = "/data/torrents") {
    torrent::TorrentRecord record;
    record.hashes = hashes_of(octet);
    record.name = "torrent " + std::to_string(octet);
    record.download_dir = dir;
    record.running = false;
    record.queue_rank = octet;
    const auto number = torrents.take_number();
    const TorrentId id =
        torrents.place(torrents.take_key(), number, record.hashes, [&](TorrentId slot) {
          return std::make_unique<torrent::Torrent>(ground.environment, slot, number, record,
                                                    Rng(octet));
        });
    return *torrents.find(id);
  }
};

}  // namespace seed::session::test
