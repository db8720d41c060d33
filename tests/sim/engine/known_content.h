// KnownContent: a torrent whose octets the judges know, and what is on a fake disk of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/rng.h"
#include "core/metainfo/metainfo.h"
#include "tests/support/fake_files.h"

namespace seed::sim {

struct ContentPlan {
  std::string name = "content";
  std::uint32_t piece_length = 64 * 1024;
  std::uint64_t total_size = 64 * 64 * 1024;
  std::uint32_t files = 1;  ///< more than one: cut at random places, empty ones among them
  bool is_private = false;
  std::vector<std::vector<std::string>> trackers;
};

class KnownContent {
 public:
  KnownContent(const ContentPlan& plan, Rng rng);

  const Buffer& torrent() const { return torrent_; }
  const metainfo::Metainfo& metainfo() const { return metainfo_; }
  const Sha1& hash() const { return *metainfo_.hashes.v1; }
  std::uint32_t piece_count() const { return metainfo_.layout.piece_count(); }
  Bytes piece(PieceIndex piece) const;

  /// All of it on a disk, durable, as a seed has it.
  void put(test::FakeFiles& files, const std::string& root) const;
  /// Whether the octets of a piece lie there, in files with or without ".part".
  bool holds(test::FakeFiles& files, const std::string& root, PieceIndex piece) const;

 private:
  Buffer octets_;
  Buffer torrent_;
  metainfo::Metainfo metainfo_;
};

}  // namespace seed::sim
