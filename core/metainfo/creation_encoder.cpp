// encode_info of creation.h.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/bencode/writer.h"
#include "core/metainfo/creation.h"
#include "core/metainfo/merkle.h"

namespace seed::metainfo {
namespace {

using bencode::DictWriter;
using bencode::Writer;

std::string letters_of(FileAttributes attributes) {
  std::string out;  // in libtorrent's order, for the same info-hash
  if (attributes.pad) out += 'p';
  if (attributes.hidden) out += 'h';
  if (attributes.executable) out += 'x';
  if (attributes.symlink) out += 'l';
  return out;
}

Buffer list_of(const std::vector<std::string>& texts) {
  Writer out;
  out.begin_list();
  for (const std::string& text : texts) out.string(text);
  out.end();
  return out.take();
}

class InfoEncoder {
 public:
  InfoEncoder(const CreationPlan& plan, const PieceDigests& digests)
      : plan_(plan), digests_(digests) {
    const std::size_t pieces = plan.layout.piece_count();
    SEED_CHECK(digests.v1.size() == (plan.has_v1() ? pieces * Sha1::size : 0));
    SEED_CHECK(digests.v2.size() == (plan.has_v2() ? pieces * Sha256::size : 0));
  }

  EncodedInfo encode() {
    DictWriter info;
    info.string("name", plan_.name);
    info.integer("piece length", plan_.layout.piece_length());
    if (plan_.is_private) info.integer("private", 1);
    if (!plan_.source.empty()) info.string("source", plan_.source);
    EncodedInfo out;
    if (plan_.has_v1()) add_v1(info);
    if (plan_.has_v2()) {
      info.integer("meta version", 2);
      info.raw("file tree", file_tree());
      out.piece_layers = piece_layers();
    }
    out.info = info.take();
    return out;
  }

 private:
  void add_v1(DictWriter& info) const {
    info.string("pieces", digests_.v1);
    if (!plan_.is_folder) {
      info.integer("length", static_cast<std::int64_t>(plan_.layout.length({0})));
      add_attributes(info, {0});
      return;
    }
    Writer files;
    files.begin_list();
    for (std::uint32_t at = 0; at < plan_.files.size(); ++at) {
      DictWriter file = facts_of({at});
      // BEP 47: links have a length of 0 for clients that do not know them.
      if (is_link({at})) file.integer("length", 0);
      file.raw("path", list_of(plan_.files[at].path));
      files.raw(file.take());
    }
    files.end();
    info.raw("files", files.take());
  }

  bool is_link(FileIndex file) const { return plan_.layout.attributes(file).symlink; }

  void add_attributes(DictWriter& out, FileIndex file) const {
    const std::string letters = letters_of(plan_.layout.attributes(file));
    if (!letters.empty()) out.string("attr", letters);
  }

  /// What `files` and `file tree` say of a file alike.
  DictWriter facts_of(FileIndex file) const {
    DictWriter out;
    add_attributes(out, file);
    if (is_link(file)) {
      out.raw("symlink path", list_of(plan_.files[file.value].symlink_target));
    } else {
      out.integer("length", static_cast<std::int64_t>(plan_.layout.length(file)));
    }
    return out;
  }

  Buffer file_tree() {
    Writer out;
    out.begin_dict();
    std::vector<std::string_view> open;  // folders
    for (std::uint32_t at = 0; at < plan_.files.size(); ++at) {
      if (plan_.layout.is_pad({at})) continue;
      const auto& path = plan_.files[at].path;
      const std::size_t folders = path.size() - 1;
      std::size_t same = 0;
      while (same < open.size() && same < folders && open[same] == path[same]) ++same;
      for (; open.size() > same; open.pop_back()) out.end();
      for (; open.size() < folders; open.emplace_back(path[open.size()]))
        out.key(path[open.size()]).begin_dict();
      DictWriter file = facts_of({at});
      if (const auto root = root_of_file({at})) file.string("pieces root", root->bytes());
      out.key(path.back()).begin_dict().key("").raw(file.take()).end();
    }
    for (std::size_t left = open.size() + 1; left > 0; --left) out.end();
    return out.take();
  }

  /// Nothing for a file without content. Keeps the layer of one with more than one piece.
  std::optional<Sha256> root_of_file(FileIndex file) {
    const PieceRange pieces = plan_.layout.pieces_of(file);
    if (pieces.empty()) return std::nullopt;
    const Bytes layer = digests_.v2.subspan(std::size_t{pieces.first.value} * Sha256::size,
                                            std::size_t{pieces.size()} * Sha256::size);
    if (pieces.size() == 1) return Sha256::from(layer);
    const Sha256 root = root_of(layer, piece_height(plan_.layout.piece_length()),
                                tree_height(plan_.layout.length(file)));
    layers_.emplace(root, layer);
    return root;
  }

  Buffer piece_layers() const {
    Writer out;
    out.begin_dict();
    for (const auto& [root, layer] : layers_) out.key(as_text(root.bytes())).string(layer);
    out.end();
    return out.take();
  }

  const CreationPlan& plan_;
  const PieceDigests& digests_;
  std::map<Sha256, Bytes> layers_;  ///< by root, as they are written
};

}  // namespace

EncodedInfo encode_info(const CreationPlan& plan, const PieceDigests& digests) {
  return InfoEncoder(plan, digests).encode();
}

}  // namespace seed::metainfo
