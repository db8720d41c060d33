// Makes .torrents that say whatever a test wants them to say, right or wrong.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace seed::metainfo {

/// Bencoded text of one value.
inline std::string text(std::string_view value) {
  return std::to_string(value.size()) + ":" + std::string(value);
}
inline std::string number(long long value) { return "i" + std::to_string(value) + "e"; }
inline std::string list(const std::vector<std::string>& items) {
  std::string out = "l";
  for (const auto& item : items) out += item;
  return out + "e";
}
inline std::string texts(std::initializer_list<std::string_view> items) {
  std::string out = "l";
  for (const auto item : items) out += text(item);
  return out + "e";
}

/// A dictionary by key, values bencoded; an empty value leaves the key out.
using Dict = std::map<std::string, std::string>;

inline std::string dict(const Dict& entries) {
  std::string out = "d";
  for (const auto& [key, value] : entries)
    if (!value.empty()) out += text(key) + value;
  return out + "e";
}

inline Dict with(Dict entries, const Dict& changes) {
  for (const auto& [key, value] : changes) entries[key] = value;
  return entries;
}

inline std::string hashes(std::size_t pieces) { return text(std::string(20 * pieces, 'h')); }

/// One file of 100,000 octets in pieces of 16 KiB.
inline Dict single_info(const Dict& changes = {}) {
  return with({{"length", number(100'000)},
               {"name", text("a.iso")},
               {"piece length", number(16384)},
               {"pieces", hashes(7)}},
              changes);
}

inline std::string file(long long length, std::initializer_list<std::string_view> path,
                        const Dict& changes = {}) {
  return dict(with({{"length", number(length)}, {"path", texts(path)}}, changes));
}

/// Files in pieces of 16 KiB; the piece hashes are those of one piece unless changed.
inline Dict multi_info(const std::vector<std::string>& files, const Dict& changes = {}) {
  return with({{"files", list(files)},
               {"name", text("root")},
               {"piece length", number(16384)},
               {"pieces", hashes(1)}},
              changes);
}

inline std::string torrent(const Dict& info, const Dict& changes = {}) {
  return dict(with({{"announce", text("http://t.example/a")}, {"info", dict(info)}}, changes));
}

}  // namespace seed::metainfo
