#include "rpc/methods/selection.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <variant>

namespace seed::rpc {

namespace {

using session::Selection;

bool says_recent(const Json& value, Dialect dialect) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr) return false;
  return *text == "recently_active" || (dialect == Dialect::legacy && *text == "recently-active");
}

/// One id or hash; anything else adds nothing.
void add(Selection& to, const Json& value) {
  if (value.is_number_integer()) {
    if (const auto number = to_integer(value)) to.listed.emplace_back(*number);
  } else if (const auto* text = value.get_ptr<const std::string*>()) {
    if (const auto hash = Sha1::parse_hex(*text)) to.listed.emplace_back(*hash);
  }
}

/// Named twice is meant once; the first place counts.
void drop_doubles(Selection& selection) {
  std::set<std::variant<session::TorrentNumber, Sha1>> seen;
  std::erase_if(selection.listed, [&](const auto& item) { return !seen.insert(item).second; });
}

}  // namespace

Chosen parse_ids(const Params& params) {
  Chosen out;
  out.selection.only_labels = params.caller().labels;
  const Json* ids = params.find(ids_parameter);
  if (ids == nullptr) return out;
  out.selection.kind = Selection::Kind::listed;
  if (says_recent(*ids, params.dialect())) {
    out.selection.kind = Selection::Kind::recently_active;
    out.only_recent = true;
    return out;
  }
  if (!ids->is_array()) {
    add(out.selection, *ids);
    return out;
  }
  for (const Json& item : *ids) {
    if (says_recent(item, params.dialect()))
      out.selection.kind = Selection::Kind::recently_active;
    else
      add(out.selection, item);
  }
  drop_doubles(out.selection);
  return out;
}

}  // namespace seed::rpc
