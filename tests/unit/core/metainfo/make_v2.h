// Makes v2 file trees and pieces roots for tests.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/metainfo/merkle.h"
#include "tests/unit/core/metainfo/make_torrent.h"

namespace seed::metainfo {

inline std::string digest_text(const Sha256& digest) { return to_string(digest.bytes()); }

/// What stands under a file's name; without a root when it is zero.
inline std::string v2_file(long long length, const Sha256& root = {}, const Dict& changes = {}) {
  const std::string digest = root.is_zero() ? "" : text(digest_text(root));
  return dict({{"", dict(with({{"length", number(length)}, {"pieces root", digest}}, changes))}});
}

/// A layer of `pieces` digests made of `salt`, as octets.
inline std::string some_layer(std::size_t pieces, std::string salt = {}) {
  std::string out;
  for (std::size_t i = 0; i < pieces; ++i)
    out += digest_text(sha256(as_bytes(salt + std::to_string(i))));
  return out;
}

/// The pieces root over a layer of pieces of 16 KiB.
inline Sha256 root_over(const std::string& layer) {
  return root_of(as_bytes(layer), 0, height_over(layer.size() / 32));
}

/// v2 alone, in pieces of 16 KiB.
inline Dict v2_info(const Dict& tree, const Dict& changes = {}) {
  return with({{"file tree", dict(tree)},
               {"meta version", number(2)},
               {"name", text("root")},
               {"piece length", number(16384)}},
              changes);
}

}  // namespace seed::metainfo
