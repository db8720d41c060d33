// Which folders a caller may name for torrents: seedd's own are nobody's, and who has not the scope
// admin keeps to those that the owner opened (docs/adr/0021).
//
// Folders are compared as text, by whole components: links in them are the owner's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "rpc/method.h"

namespace seed::rpc {

/// Whether `folder` is `of` or in it. False when one of them is no absolute path without "..".
bool is_within(std::string_view folder, std::string_view of);

struct FolderRules {
  std::vector<std::string> open;    ///< to every caller, with what is in them
  std::string state;                ///< no torrent belongs into it, or below it; "" for none
  std::vector<std::string> config;  ///< nor into these; what is below is the user's
  /// What they must not shut out: torrents go there when nothing is said.
  std::string download_dir;
};
FolderRules folder_rules(const config::Settings& settings, std::string_view state_dir,
                         std::vector<std::string> config_folders);
/// As things are now; on the loop.
FolderRules folder_rules(LoopSide& loop);

/// Why a caller, with the scope admin or without, may not put a torrent into `folder`, which is
/// named by the parameter `parameter`; nothing when they may.
std::optional<session::OrderError> folder_refusal(const FolderRules& rules,
                                                  std::string_view parameter,
                                                  std::string_view folder, bool admin);

}  // namespace seed::rpc
