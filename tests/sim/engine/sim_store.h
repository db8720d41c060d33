// SimStore: io::Store in memory. What commit() has returned for survives every crash; a commit is
// made whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/io/store.h"

namespace seed::sim {

class SimStore final : public io::Store {
 public:
  /// Asked before each commit: a fault makes it fail, with nothing changed.
  std::function<std::optional<Fault>()> hook;
  /// Told after each commit.
  std::function<void()> committed;

  struct Row {
    InfoHashes hashes;
    Buffer record;
    std::optional<Buffer> metainfo;
    std::optional<Buffer> progress;
  };
  const std::map<io::StoreKey, Row>& rows() const { return rows_; }
  std::uint64_t commits() const { return commits_; }

  Result<io::StoreContent> load() override;
  Result<void> commit(const std::vector<io::StoreChange>& changes) override;
  Result<std::optional<Buffer>> metainfo(io::StoreKey key) override;
  Result<std::optional<Buffer>> progress(io::StoreKey key) override;

 private:
  void apply(const io::StoreChange& change);

  std::map<io::StoreKey, Row> rows_;
  std::map<std::string, Buffer> settings_;
  std::map<std::string, Buffer> meta_;
  io::StoreKey next_key_ = 1;
  std::uint64_t commits_ = 0;
};

}  // namespace seed::sim
