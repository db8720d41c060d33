// Torrents for the tests of web seeds: by lengths or by names, with content that tells where each
// octet is from.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/metainfo/metainfo.h"
#include "tests/support/catch.h"

namespace seed::webseed::test {

struct TorrentFile {
  std::uint64_t length = 0;
  std::vector<std::string> path{};
  bool pad = false;
  std::vector<std::string> path_utf8{};
};

inline std::string text_of(std::string_view text) {
  return fmt::format("{}:{}", text.size(), text);
}
inline std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "l";
  for (const auto& text : texts) out += text_of(text);
  return out + "e";
}

/// Many files, or with `files` of one without a path: that one.
inline metainfo::Metainfo torrent_of(const std::vector<TorrentFile>& files,
                                     std::uint32_t piece_length, std::string_view name = "name",
                                     std::string_view name_utf8 = "") {
  std::uint64_t total = 0;
  for (const auto& file : files) total += file.length;
  std::string info = "d";
  if (files.size() == 1 && files[0].path.empty()) {
    info += fmt::format("6:lengthi{}e", files[0].length);
  } else {
    info += "5:filesl";
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto& file = files[i];
      info += "d";
      if (file.pad) info += "4:attr1:p";
      info += fmt::format("6:lengthi{}e4:path", file.length);
      info += list_of(file.path.empty() ? std::vector{fmt::format("f{}", i)} : file.path);
      if (!file.path_utf8.empty()) info += "10:path.utf-8" + list_of(file.path_utf8);
      info += "e";
    }
    info += "e";
  }
  info += "4:name" + text_of(name);
  if (!name_utf8.empty()) info += "10:name.utf-8" + text_of(name_utf8);
  const std::uint64_t pieces = (total + piece_length - 1) / piece_length;
  info += fmt::format("12:piece lengthi{}e6:pieces{}:", piece_length, pieces * 20);
  info += std::string(pieces * 20, 'h') + "e";
  auto out = metainfo::parse_info(as_bytes(info));
  REQUIRE(out);
  return *std::move(out);
}

/// Octets of one file, no two stretches alike.
inline std::uint8_t octet_at(FileIndex file, std::uint64_t offset) {
  const std::uint64_t mixed = (offset / 7 + file.value * 131 + 1) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::uint8_t>(mixed >> 56 | 1);  // never a zero, as pads are
}
inline Buffer content_of(FileIndex file, std::uint64_t offset, std::uint64_t length) {
  Buffer out(static_cast<std::size_t>(length));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = octet_at(file, offset + i);
  return out;
}
/// Of a block, pads being zeros.
inline Buffer content_of(const metainfo::FileLayout& layout, const BlockRef& ref) {
  Buffer out;
  for (const auto& slice : layout.slices(ref)) {
    const Buffer part = layout.is_pad(slice.file)
                            ? Buffer(slice.length)
                            : content_of(slice.file, slice.offset, slice.length);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace seed::webseed::test
