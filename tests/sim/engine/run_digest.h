// RunDigest: one number for all that happened in a run, so that two runs can be compared.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/instant.h"

namespace seed::sim {

class RunDigest {
 public:
  void add(std::uint64_t number) {
    value_ = (std::rotl(value_, 23) ^ number) * 0x9e3779b97f4a7c15ULL;
    ++count_;
  }
  void add(Bytes bytes) {
    add(bytes.size());
    while (bytes.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), 8);
      value_ = (std::rotl(value_, 23) ^ word) * 0x9e3779b97f4a7c15ULL;
      bytes = bytes.subspan(8);
    }
    for (const std::uint8_t octet : bytes) add(std::uint64_t{octet});
  }
  /// One thing that happened: what, when, to whom.
  void note(std::string_view what, Instant when, std::uint64_t whom) {
    add(as_bytes(what));
    add(static_cast<std::uint64_t>(when.time_since_epoch().count()));
    add(whom);
  }
  std::uint64_t value() const { return value_; }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t value_ = 0x5eed;
  std::uint64_t count_ = 0;
};

}  // namespace seed::sim
