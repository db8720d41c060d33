// Table: ranges of addresses, and whether one is in any of them.
//
// Ranges that overlap are one; those that merely touch stay two, so that a tidy list has as many
// rules as lines. An IPv4 range takes 8 octets, an IPv6 range 32; a lookup is a binary search.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::blocklist {

/// Both of one family, the first not behind the last.
struct AddressRange {
  IpAddress first;
  IpAddress last;
  bool operator==(const AddressRange&) const = default;
};

/// An IPv6 address as a number.
struct Wide {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Wide&) const = default;
};

/// Ranges of one family: added in any order, then settled, then asked.
template <typename Number>
class Ranges {
 public:
  using Range = std::pair<Number, Number>;

  void add(Number first, Number last) { ranges_.emplace_back(first, last); }
  /// Sorts them and joins those that overlap.
  void settle() {
    std::ranges::sort(ranges_);
    std::size_t kept = 0;
    for (const Range& range : ranges_) {
      if (kept > 0 && range.first <= ranges_[kept - 1].second)
        ranges_[kept - 1].second = std::max(ranges_[kept - 1].second, range.second);
      else
        ranges_[kept++] = range;
    }
    ranges_.resize(kept);
    ranges_.shrink_to_fit();
  }
  bool contains(Number number) const {
    const auto behind = std::ranges::upper_bound(ranges_, number, {}, &Range::first);
    return behind != ranges_.begin() && number <= std::prev(behind)->second;
  }
  const std::vector<Range>& all() const { return ranges_; }
  std::size_t size() const { return ranges_.size(); }

 private:
  std::vector<Range> ranges_;
};

class Table {
 public:
  /// Nothing is in it.
  Table() = default;

  bool contains(const IpAddress& address) const;
  /// How many ranges.
  std::size_t size() const { return v4_.size() + v6_.size(); }
  bool empty() const { return size() == 0; }

  /// As it is kept on the disk.
  Buffer encode() const;
  /// Fault malformed: it is not what encode() wrote, or is damaged.
  static Result<Table> decode(Bytes bytes);

 private:
  friend class TableBuilder;
  Ranges<std::uint32_t> v4_;
  Ranges<Wide> v6_;
};

class TableBuilder {
 public:
  void add(const AddressRange& range);
  /// Ranges so far, before those that overlap are joined.
  std::size_t size() const { return table_.size(); }
  Table build() &&;

 private:
  Table table_;
};

}  // namespace seed::blocklist
