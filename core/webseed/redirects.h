// Redirects: where a server has led on before, so that the next request goes there at once.
//
// Bounds: kept_max files, the one that was learned first forgotten first; url_bytes_max a URL; each
// for kept_for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/instant.h"
#include "core/base/piece.h"

namespace seed::webseed {

class Redirects {
 public:
  /// A run touches few files; with url_bytes_max 128 KiB a seed.
  static constexpr std::size_t kept_max = 32;
  /// As Url has it.
  static constexpr std::size_t url_bytes_max = 4096;
  /// Mirrors change, and addresses that are signed hold for some minutes as a rule.
  static constexpr Duration kept_for = 5min;

  /// Whoever was asked for the file at `asked` has answered at `final`.
  void learn(FileIndex file, std::string_view asked, std::string_view final, Instant now);
  /// Empty: nothing is known.
  std::string_view find(FileIndex file, Instant now) const;
  void forget(FileIndex file);

 private:
  struct Known {
    FileIndex file;
    std::string url;
    Instant until{};
  };
  std::vector<Known> known_;
};

}  // namespace seed::webseed
