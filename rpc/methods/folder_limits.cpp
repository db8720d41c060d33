#include "rpc/methods/folder_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/safe_path.h"

namespace seed::rpc {

namespace {

using session::OrderError;
using session::OrderErrorCode;

bool is_same(std::string_view a, std::string_view b) { return is_within(a, b) && is_within(b, a); }

/// Where the downloads lie in the state folder, as in that of a service, what is beside them may be
/// used too; a folder itself only when it is theirs.
bool is_own(const FolderRules& rules, std::string_view folder) {
  const auto same = [&](const std::string& own) { return is_same(folder, own); };
  if (same(rules.state) || std::ranges::any_of(rules.config, same))
    return !is_same(rules.download_dir, folder);
  return is_within(folder, rules.state) && !is_within(rules.download_dir, rules.state);
}

/// In an open folder, and not on the way from there to one of seedd's: a torrent's name could be
/// the rest of that way.
bool is_open(const FolderRules& rules, std::string_view folder) {
  const auto opened = [&](const std::string& root) { return is_within(folder, root); };
  const auto same = [&](const std::string& root) { return is_same(folder, root); };
  const auto beneath = [&](const std::string& own) { return is_within(own, folder); };
  return std::ranges::any_of(rules.open, same) ||
         (std::ranges::any_of(rules.open, opened) && !beneath(rules.state) &&
          std::ranges::none_of(rules.config, beneath));
}

}  // namespace

bool is_within(std::string_view folder, std::string_view of) {
  const auto inner = SafePath::root(folder);
  const auto outer = SafePath::root(of);
  if (!inner || !outer) return false;
  const std::string& path = inner->root_path();
  const std::string& root = outer->root_path();
  if (root == "/") return true;
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

FolderRules folder_rules(const config::Settings& settings, std::string_view state_dir,
                         std::vector<std::string> config_folders) {
  FolderRules out{settings.rpc_token_dirs, std::string(state_dir), std::move(config_folders),
                  settings.download_dir};
  for (const auto& folder : {settings.download_dir, settings.incomplete_dir})
    if (!folder.empty()) out.open.push_back(folder);
  return out;
}

FolderRules folder_rules(LoopSide& loop) {
  return folder_rules(loop.session.settings(), loop.session.facts().state_dir, loop.config_folders);
}

std::optional<OrderError> folder_refusal(const FolderRules& rules, std::string_view parameter,
                                         std::string_view folder, bool admin) {
  if (!admin && !is_open(rules, folder))
    return OrderError{OrderErrorCode::not_allowed,
                      fmt::format("{}: without the scope admin only download_dir, incomplete_dir, "
                                  "the folders of the setting rpc_token_dirs, and what is in them",
                                  parameter)};
  if (!is_own(rules, folder)) return std::nullopt;
  return OrderError{OrderErrorCode::not_allowed,
                    fmt::format("{}: seedd keeps its state or its settings there", parameter)};
}

}  // namespace seed::rpc
