#include "core/metainfo/file_tree.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/base/digest.h"
#include "core/metainfo/file_layout_builder.h"
#include "core/metainfo/info_fields.h"

namespace seed::metainfo {
namespace {

using bencode::Entry;
using bencode::Value;

/// What stands under the empty key: the facts of a file. Sorted, it is the first.
std::optional<Value> facts_of(const Value& node) {
  const auto entries = node.dict_entries();
  if (entries.empty()) return std::nullopt;
  const Entry first = *entries.begin();
  return first.key.empty() ? std::optional(first.value) : std::nullopt;
}

bool has_one_entry(const Value& node) {
  const auto entries = node.dict_entries();
  return !entries.empty() && ++entries.begin() == entries.end();
}

class TreeReader {
 public:
  explicit TreeReader(const FileTreeContext& context)
      : context_(context), builder_(context.piece_length, Alignment::per_file) {}

  Result<FileTree> read(const Value& tree) {
    if (!tree.is_dict()) return malformed("its file tree is not a dictionary");
    const bool is_one_file = has_one_entry(tree) && facts_of((*tree.dict_entries().begin()).value);
    out_.is_multi_file = context_.in_folder || !is_one_file;
    if (out_.is_multi_file) path_.push_back(context_.name);
    SEED_TRY_VOID(add_folder(tree));
    SEED_TRY(out_.layout, std::move(builder_).finish());
    return std::move(out_);
  }

 private:
  /// As deep as the parser of bencode lets a document be.
  Result<void> add_folder(const Value& folder) {
    for (const auto& [key, node] : folder.dict_entries()) {
      if (key.empty()) return malformed("its file tree has a file or folder without a name");
      if (!node.is_dict())
        return malformed("its file tree has something that is neither file nor folder");
      path_.push_back(key);
      if (const auto facts = facts_of(node)) {
        if (!has_one_entry(node))
          return malformed("its file tree has something that is both file and folder");
        SEED_TRY_VOID(add_file(*facts));
      } else {
        SEED_TRY_VOID(add_folder(node));
      }
      path_.pop_back();
    }
    return {};
  }

  Result<void> add_file(const Value& file) {
    const std::size_t index = out_.roots_at.size();
    if (!file.is_dict()) return malformed(fmt::format("file {} is not a dictionary", index));
    FileAttributes attributes = attributes_of(file);
    if (attributes.pad)
      return malformed(fmt::format("file {} of its file tree is a pad file", index));
    std::vector<Bytes> target;
    if (attributes.symlink) {
      // A link that says not whereto is an ordinary file, as in v1.
      auto path = components_of(file.find("symlink path"), context_.name);
      attributes.symlink = path.has_value();
      if (path) target = std::move(*path);
    }
    std::uint64_t length = 0;
    if (!attributes.symlink) {
      const auto value = file.find("length");
      if (!value) return malformed(fmt::format("file {} has no length", index));
      SEED_TRY(length, length_of(*value, fmt::format("file {}", index)));
    }
    SEED_TRY(const std::uint32_t root_at, root_of(file, length, index));
    out_.roots_at.push_back(root_at);
    return builder_.add(path_, length, attributes, target);
  }

  Result<std::uint32_t> root_of(const Value& file, std::uint64_t length, std::size_t index) const {
    if (length == 0) return 0;
    const auto root = file.find_string("pieces root");
    const auto digest = root ? Sha256::from(*root) : std::nullopt;
    if (!digest) {
      return malformed(fmt::format("the pieces root of file {} is missing or not {} bytes", index,
                                   Sha256::size));
    }
    // 32 zeros stand for a block that is not there, which no content has.
    if (digest->is_zero())
      return malformed(fmt::format("the pieces root of file {} is zero", index));
    return static_cast<std::uint32_t>(root->data() - context_.info.data());
  }

  const FileTreeContext& context_;
  FileLayoutBuilder builder_;
  FileTree out_;
  std::vector<Bytes> path_;
};

}  // namespace

Result<FileTree> parse_file_tree(const Value& tree, const FileTreeContext& context) {
  return TreeReader(context).read(tree);
}

Result<void> check_alike(const FileLayout& v1, const FileLayout& v2) {
  std::uint32_t count = 0;
  std::uint64_t end = 0;  // of the last file with content
  for (std::uint32_t at = 0; at < v1.file_count(); ++at) {
    const FileIndex file{at};
    if (v1.is_pad(file)) continue;
    const FileIndex other{count++};
    if (other.value >= v2.file_count() || v1.length(file) != v2.length(other) ||
        v1.path(file) != v2.path(other))
      return malformed("its v1 and v2 parts do not have the same files");
    if (v1.length(file) == 0) continue;
    if (v1.offset(file) != v2.offset(other))
      return malformed("its v1 part does not align files to pieces as its v2 part does");
    end = v1.offset(file) + v1.length(file);
  }
  if (count != v2.file_count()) return malformed("its v1 and v2 parts do not have the same files");
  // The BEP's own creator leaves the pad behind the last file out, libtorrent has it since 2.0.
  const std::uint64_t tail = v1.total_size() - end;
  if (tail != 0 && (tail >= v1.piece_length() || v1.total_size() % v1.piece_length() != 0))
    return malformed("the pad behind the last file of its v1 part does not end the piece");
  return {};
}

}  // namespace seed::metainfo
