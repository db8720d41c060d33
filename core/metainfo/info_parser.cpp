#include "core/metainfo/info_parser.h"

#include <fmt/format.h>

#include <bit>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/base/piece.h"
#include "core/base/safe_path.h"
#include "core/metainfo/file_layout_builder.h"
#include "core/metainfo/file_tree.h"
#include "core/metainfo/info_fields.h"

namespace seed::metainfo {
namespace {

using bencode::Value;

/// BEP 52 "meta version": absent is 1.
Result<std::int64_t> meta_version_of(const Value& info) {
  const auto value = info.find("meta version");
  if (!value) return 1;
  const auto version = value->as_integer();
  if (!version) return malformed("its meta version is not a number");
  if (*version != 1 && *version != 2)
    return fail(FaultCode::unsupported, "its meta version is not known");
  return *version;
}

Result<std::string> name_of(const Value& info) {
  if (const auto name = info.find_string("name.utf-8"); name && !name->empty())
    return sanitize_component(*name);
  const auto name = info.find("name");
  if (!name) return malformed("it has no name");
  if (!name->is_string()) return malformed("its name is not a string");
  return sanitize_component(*name->as_string());
}

Result<std::uint32_t> piece_length_of(const Value& info, std::int64_t version) {
  const auto value = info.find("piece length");
  if (!value) return malformed("it has no piece length");
  const auto length = value->as_integer();
  if (!length) return malformed("its piece length is not a number");
  if (*length <= 0 || *length > limits::piece_bytes_max) {
    return malformed(
        fmt::format("its piece length is not between 1 and {} bytes", limits::piece_bytes_max));
  }
  const auto octets = static_cast<std::uint32_t>(*length);
  if (version == 2 && (octets < block_size || !std::has_single_bit(octets)))
    return malformed("its piece length is not a power of two of at least 16384 bytes");
  return octets;
}

bool is_blank(const std::vector<Bytes>& components) {
  for (const Bytes component : std::span(components).subspan(1))
    if (!component.empty()) return false;
  return true;
}

Result<std::vector<Bytes>> path_of(const Value& file, Bytes name, std::uint32_t index) {
  auto path = components_of(file.find("path.utf-8"), name);
  if (path && is_blank(*path)) path.reset();
  if (!path) path = components_of(file.find("path"), name);
  if (!path) return malformed(fmt::format("the path of file {} is missing or malformed", index));
  // sanitize_component makes "_" of it: a file needs a name of its own below the torrent's folder.
  static constexpr std::uint8_t underscore[] = {'_'};
  if (is_blank(*path)) path = {name, Bytes(underscore)};
  return std::move(*path);
}

Result<void> add_file(FileLayoutBuilder& builder, const Value& file, Bytes name,
                      std::uint32_t index) {
  if (!file.is_dict()) return malformed(fmt::format("file {} is not a dictionary", index));
  FileAttributes attributes = attributes_of(file);
  std::vector<Bytes> target;
  if (attributes.symlink) {
    // A link that says not whereto is an ordinary file.
    auto path = components_of(file.find("symlink path"), name);
    attributes.symlink = path.has_value();
    if (path) target = std::move(*path);
  }

  const auto length_value = file.find("length");
  std::uint64_t length = 0;
  if (length_value) {
    SEED_TRY(length, length_of(*length_value, fmt::format("file {}", index)));
  } else if (!attributes.symlink) {
    return malformed(fmt::format("file {} has no length", index));
  }
  // A link has no content of its own, whatever its length says: libraries agree, not the BEP.
  if (attributes.symlink) length = 0;

  if (attributes.pad && !file.find("path") && !file.find("path.utf-8")) {
    const std::string padding = fmt::format("{}", length);
    return builder.add(std::vector<Bytes>{name, as_bytes(".pad"), as_bytes(padding)}, length,
                       attributes, target);
  }
  SEED_TRY(const auto path, path_of(file, name, index));
  return builder.add(path, length, attributes, target);
}

Result<void> add_files(FileLayoutBuilder& builder, const Value& files, Bytes name) {
  if (!files.is_list()) return malformed("its list of files is not a list");
  std::uint32_t index = 0;
  for (const Value file : files.list_items()) SEED_TRY_VOID(add_file(builder, file, name, index++));
  return {};
}

Result<void> parse_v1_layout(Metainfo& out, const Value& info, std::uint32_t piece_length) {
  const auto files = info.find("files");
  const auto length = info.find("length");
  if (files && length)
    return malformed("it says that it is one file and that it is many: length and files");
  if (!files && !length) return malformed("it has neither a length nor files");

  FileLayoutBuilder builder(piece_length, Alignment::contiguous);
  out.is_multi_file = files.has_value();
  if (files) {
    SEED_TRY_VOID(add_files(builder, *files, as_bytes(out.name)));
  } else {
    SEED_TRY(const std::uint64_t size, length_of(*length, "the file"));
    FileAttributes attributes = attributes_of(info);
    attributes.pad = attributes.symlink = false;  // which would leave nothing to download
    SEED_TRY_VOID(builder.add(std::vector<Bytes>{as_bytes(out.name)}, size, attributes, {}));
  }
  SEED_TRY(out.layout, std::move(builder).finish());
  return {};
}

Result<void> parse_piece_hashes(Metainfo& out, const Value& info) {
  const auto value = info.find("pieces");
  if (!value) return malformed("it has no piece hashes");
  const auto pieces = value->as_string();
  if (!pieces) return malformed("its piece hashes are not a string");
  if (pieces->size() % Sha1::size != 0)
    return malformed("the length of its piece hashes is not a multiple of 20");
  if (pieces->size() / Sha1::size != out.layout.piece_count())
    return malformed("it does not have as many piece hashes as its files have pieces");
  out.piece_hashes_at = static_cast<std::size_t>(pieces->data() - info.source().data());
  return {};
}

/// By file of the v1 part what is by file of the v2 part, which has no pad files.
std::vector<std::uint32_t> spread(const std::vector<std::uint32_t>& roots_at,
                                  const FileLayout& v1) {
  std::vector<std::uint32_t> out(v1.file_count());
  auto next = roots_at.begin();
  for (std::uint32_t file = 0; file < v1.file_count(); ++file)
    if (!v1.is_pad({file})) out[file] = *next++;
  return out;
}

Result<void> parse_v2_part(Metainfo& out, const Value& info, std::uint32_t piece_length,
                           bool is_v1) {
  // BEP 52 leaves it to us to refuse what is not valid bencoding. libtorrent does so, for clients
  // would not agree on the order of the files.
  if (!keys_sorted(info)) return malformed("its info dictionary's keys are not sorted");
  const auto tree = info.find("file tree");
  if (!tree) return malformed("its meta version is 2, but it has no file tree");
  SEED_TRY(FileTree files, parse_file_tree(*tree, {.info = info.source(),
                                                   .name = as_bytes(out.name),
                                                   .piece_length = piece_length,
                                                   .in_folder = is_v1 && out.is_multi_file}));
  if (is_v1) {
    SEED_TRY_VOID(check_alike(out.layout, files.layout));
    files.roots_at = spread(files.roots_at, out.layout);
  } else {
    out.layout = std::move(files.layout);
    out.is_multi_file = files.is_multi_file;
  }
  out.v2 = V2Hashes({info.source(), out.layout}, std::move(files.roots_at));
  return {};
}

}  // namespace

Result<void> parse_info_into(Metainfo& out, const Value& info) {
  SEED_TRY(const std::int64_t version, meta_version_of(info));
  const bool is_v1 =
      version == 1 || info.find("pieces") || info.find("files") || info.find("length");
  SEED_TRY(out.name, name_of(info));
  SEED_TRY(const std::uint32_t piece_length, piece_length_of(info, version));
  if (is_v1) SEED_TRY_VOID(parse_v1_layout(out, info, piece_length));
  if (version == 2) SEED_TRY_VOID(parse_v2_part(out, info, piece_length, is_v1));
  if (out.layout.total_size() == 0) return malformed("its files are all empty");
  if (is_v1) SEED_TRY_VOID(parse_piece_hashes(out, info));

  // BEP 27 has the integer 1. Whatever else is not a plain 0 must not leak what may be private.
  if (const auto value = info.find("private")) {
    const std::string_view written = as_text(value->source());
    out.is_private = written != "i0e" && written != "1:0" && written != "0:";
  }
  out.source = to_utf8(as_text(info.string_or("source")));
  out.info = to_buffer(info.source());
  if (is_v1) out.hashes.v1 = sha1(info.source());
  if (version == 2) out.hashes.v2 = sha256(info.source());
  return {};
}

}  // namespace seed::metainfo
