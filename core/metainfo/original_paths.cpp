#include "core/metainfo/original_paths.h"

#include <algorithm>

#include "core/bencode/document.h"

namespace seed::metainfo {
namespace {

using bencode::Value;

/// Not empty, all of it strings, and not all of these empty.
bool is_path(const Value& list) {
  bool says_something = false;
  for (const Value item : list.list_items()) {
    const auto component = item.as_string();
    if (!component) return false;
    says_something = says_something || !component->empty();
  }
  return says_something;
}

std::uint32_t path_at(const Value& file) {
  for (const char* const key : {"path.utf-8", "path"})
    if (const auto path = file.find(key); path && is_path(*path))
      return static_cast<std::uint32_t>(path->offset());
  return 0;
}

/// In a URL they would lead elsewhere (RFC 3986, 5.2.4), percent-encoded or not.
bool leads_elsewhere(std::string_view component) { return component == "." || component == ".."; }

}  // namespace

OriginalPaths::OriginalPaths(const Metainfo& metainfo)
    : metainfo_(&metainfo), name_(metainfo.name), paths_at_(metainfo.layout.file_count()) {
  const auto document = bencode::Document::parse(metainfo.info);
  if (!document) return;
  const Value info = document->root();
  for (const char* const key : {"name.utf-8", "name"})
    if (const auto name = info.find_string(key); name && !name->empty()) {
      if (!leads_elsewhere(as_text(*name))) name_ = to_string(*name);
      break;
    }
  if (!metainfo.is_multi_file) return;
  std::size_t index = 0;
  if (const auto files = info.find("files"))
    for (const Value file : files->list_items())
      if (index < paths_at_.size()) paths_at_[index++] = path_at(file);
}

std::vector<std::string> OriginalPaths::components(FileIndex file) const {
  std::vector<std::string> out{name_};
  if (!metainfo_->is_multi_file) return out;
  std::vector<std::string> on_disk = metainfo_->layout.components(file);
  const std::uint32_t at = paths_at_[file.value];
  const auto path = at == 0 ? Result<bencode::Document>(fail(FaultCode::not_found, ""))
                            : bencode::Document::parse_prefix(Bytes(metainfo_->info).subspan(at));
  if (path)
    for (const Value item : path->root().list_items())
      if (const auto component = item.as_string(); component && !component->empty())
        out.push_back(to_string(*component));
  if (out.size() == 1) out.insert(out.end(), on_disk.begin() + 1, on_disk.end());
  for (std::size_t i = 1; i < out.size(); ++i)
    if (leads_elsewhere(out[i])) out[i] = i < on_disk.size() ? on_disk[i] : "_";
  return out;
}

}  // namespace seed::metainfo
