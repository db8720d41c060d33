// Hashes the content of a plan the slow way.
#pragma once

#include <algorithm>
#include <vector>

#include "core/base/digest.h"
#include "core/metainfo/creation.h"
#include "core/metainfo/merkle.h"

namespace seed::metainfo {

struct MadeDigests {
  Buffer v1;
  Buffer v2;
  PieceDigests views() const { return {v1, v2}; }
};

/// `contents`: by the number of the file given.
inline MadeDigests hashed(const CreationPlan& plan, const std::vector<Buffer>& contents) {
  MadeDigests out;
  const auto append = [](Buffer& to, Bytes octets) {
    to.insert(to.end(), octets.begin(), octets.end());
  };
  for (std::uint32_t at = 0; at < plan.layout.piece_count(); ++at) {
    Buffer whole;
    Buffer first;  // of the one file that a v2 piece is of
    FileIndex file;
    for (const auto& slice : plan.layout.slices(PieceIndex{at})) {
      const std::uint32_t source = plan.files[slice.file.value].source;
      if (source == PlannedFile::pad) {
        whole.resize(whole.size() + slice.length);
        continue;
      }
      append(whole, Bytes(contents[source]).subspan(slice.offset, slice.length));
      if (first.empty()) file = slice.file;
      if (first.empty()) first = whole;
    }
    if (plan.has_v1()) append(out.v1, sha1(whole).bytes());
    if (!plan.has_v2()) continue;
    Buffer leaves;
    for (std::size_t block = 0; block < first.size(); block += block_size)
      append(leaves, sha256(Bytes(first).subspan(
                                block, std::min<std::size_t>(block_size, first.size() - block)))
                         .bytes());
    const unsigned height =
        std::min(piece_height(plan.layout.piece_length()), tree_height(plan.layout.length(file)));
    append(out.v2, root_of(leaves, 0, height).bytes());
  }
  return out;
}

}  // namespace seed::metainfo
