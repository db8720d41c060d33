#include "rpc/methods/option_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/print.h"
#include "config/settings_access.h"
#include "core/base/limits.h"
#include "rpc/fields/option_field.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/setting_arguments.h"

namespace seed::rpc {

namespace {

using config::Kind;
using config::RowInfo;
using config::TorrentOptions;
using Options = config::Table<TorrentOptions>;

constexpr Parameter files_wanted{"files_wanted", "files-wanted", ValueType::integers,
                                 "Files to download, by index."};
constexpr Parameter files_unwanted{"files_unwanted", "files-unwanted", ValueType::integers,
                                   "Files to leave out, by index."};
constexpr Parameter priority_high{"priority_high", "priority-high", ValueType::integers,
                                  "Files to download first, by index."};
constexpr Parameter priority_normal{"priority_normal", "priority-normal", ValueType::integers,
                                    "Files of normal priority, by index."};
constexpr Parameter priority_low{"priority_low", "priority-low", ValueType::integers,
                                 "Files to download last, by index."};

/// A number for one of a few meanings: one beyond them is ignored, not refused (contract, 6.3).
bool is_enumeration(const RowInfo& row) {
  return row.name == "bandwidth_priority" || !row.choices.empty();
}

/// The place of the option that a key names in this dialect.
const Json* find_value(const Params& params, const RowInfo& row) {
  return params.find(row.rpc, row.legacy == row.rpc ? std::string_view() : row.legacy);
}

void read_files(const Params& params, const Parameter& row, EmptyList empty,
                std::vector<std::int64_t>& some, bool& all) {
  auto given = params.integers(row);
  if (!given) return;
  // A list of nothing readable is not the empty list that stands for all files.
  all = empty == EmptyList::all_files && params.find(row)->empty();
  some = *std::move(given);
  // The order says nothing. Each index once, and the least first: an order may be for thousands of
  // torrents, and what is beyond a torrent's files shows as soon as these are passed.
  std::ranges::sort(some);
  const auto [from, to] = std::ranges::unique(some);
  some.erase(from, to);
}

}  // namespace

OptionChanges parse_options(const Params& params, std::span<const std::string_view> left_out) {
  OptionChanges out;
  const auto rows = Options::rows();
  for (std::size_t place = 0; place < rows.size(); ++place) {
    const RowInfo& row = rows[place];
    if (std::ranges::find(left_out, row.name) != left_out.end()) continue;
    const Json* json = find_value(params, row);
    if (json == nullptr) continue;
    const auto value = to_setting(row, *json, params.dialect());
    if (!value) continue;
    auto good = config::checked(row, *value);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&*value);
        good && texts != nullptr && bytes_of(*texts) > limits::rpc_text_bytes_max)
      good = std::unexpected(
          fmt::format("{}: more than {} bytes", row.rpc, limits::rpc_text_bytes_max));
    if (good) {
      out.values.emplace_back(place, *std::move(good));
    } else if (!is_enumeration(row) && !out.error) {
      const bool is_label = row.kind == Kind::list;
      out.error = CallError{invalid_params,
                            is_label ? good.error() : std::string(row.rpc) + ": " + good.error(),
                            {},
                            false};
    }
  }
  return out;
}

std::string OptionChanges::group() const {
  static const std::size_t group_place = Options::find("group").value();
  for (const auto& [place, value] : values)
    if (place == group_place) return std::get<std::string>(value);
  return {};
}

NamedGroup named_group(const OptionChanges& options, const Caller& caller) {
  return {options.group(), caller.scopes.allow(Scope::admin), caller.labels};
}

std::optional<session::OrderError> group_refusal(session::Session& session,
                                                 const NamedGroup& group) {
  if (group.admin || group.name.empty()) return std::nullopt;
  const auto known = session.groups(group.labels);
  if (std::ranges::count(known, group.name, &session::GroupSnapshot::name) > 0) return std::nullopt;
  return session::OrderError{session::OrderErrorCode::not_allowed,
                             "group: you see none of that name, and to make one needs the scope "
                             "admin"};
}

std::move_only_function<void(TorrentOptions&)> OptionChanges::adjust() && {
  if (values.empty()) return {};
  return [values = std::move(values)](TorrentOptions& options) {
    for (const auto& [place, value] : values) {
      const auto set = Options::set(options, place, value);
      static_cast<void>(set);  // checked in parse_options()
    }
  };
}

std::vector<Parameter> with_options(std::vector<Parameter> own) {
  own.insert(own.end(),
             {files_wanted, files_unwanted, priority_high, priority_normal, priority_low});
  for (const RowInfo& row : Options::rows())
    own.push_back({row.rpc, row.legacy == row.rpc ? std::string_view() : row.legacy,
                   type_of(row.kind), row.doc, config::effect_note(row)});
  return own;
}

session::FileChoice parse_files(const Params& params, EmptyList empty) {
  session::FileChoice out;
  read_files(params, files_wanted, empty, out.wanted, out.all_wanted);
  read_files(params, files_unwanted, empty, out.unwanted, out.all_unwanted);
  read_files(params, priority_high, empty, out.high, out.all_high);
  read_files(params, priority_normal, empty, out.normal, out.all_normal);
  read_files(params, priority_low, empty, out.low, out.all_low);
  return out;
}

}  // namespace seed::rpc
