// Writer: makes bencoded octets (BEP 3), front to back; DictWriter does the sorting of keys.
//
// Writer writes what it is told, in the order it is told: the caller gives the keys of a dictionary
// sorted as raw strings, or uses DictWriter. With costly checks on, a key out of order, a value
// without its key and a missing end() trip a check, for they are mistakes of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/bencode/value.h"

namespace seed::bencode {

class Writer {
 public:
  Writer& begin_dict();
  Writer& begin_list();
  /// Ends the innermost open dictionary or list.
  Writer& end();
  Writer& key(std::string_view key);
  Writer& string(Bytes value);
  Writer& string(std::string_view value) { return string(as_bytes(value)); }
  Writer& integer(std::int64_t value);
  /// One value that is bencoded already, e.g. an info dictionary as it came.
  Writer& raw(Bytes encoded);

  /// Everything written; all containers must have ended.
  Buffer take();
  std::size_t size() const { return out_.size(); }

 private:
  struct Open {
    bool is_dict;
    bool value_due = false;
    bool has_key = false;
    std::string last_key;
  };

  void before_value();
  void append_string(Bytes value);

  Buffer out_;
  std::vector<Open> open_;
};

/// One dictionary whose keys may come in any order, each once.
class DictWriter {
 public:
  DictWriter& string(std::string_view key, Bytes value);
  DictWriter& string(std::string_view key, std::string_view value) {
    return string(key, as_bytes(value));
  }
  DictWriter& integer(std::string_view key, std::int64_t value);
  /// A value that is bencoded already.
  DictWriter& raw(std::string_view key, Buffer encoded);
  bool empty() const { return entries_.empty(); }
  /// The dictionary with its keys sorted.
  Buffer take();

 private:
  std::vector<std::pair<std::string, Buffer>> entries_;
};

/// `value` in canonical form: the same, with the keys of all dictionaries sorted. Recursive, as
/// deep as the ParseLimits with which it was parsed allow.
Buffer canonical(const Value& value);

}  // namespace seed::bencode
