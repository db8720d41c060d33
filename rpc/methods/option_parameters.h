// Parameters that torrent_add and torrent_set share: the rows of config/torrent_options.def, and
// which files are wanted and how (rpc-contract, sections 6.3 and 6.4).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings_value.h"
#include "config/torrent_options.h"
#include "core/session/session.h"
#include "rpc/call_error.h"
#include "rpc/params.h"

namespace seed::rpc {

/// Values for some options, each good by itself.
struct OptionChanges {
  std::vector<std::pair<std::size_t, config::SettingValue>> values;  ///< by place in the table
  std::optional<CallError> error;  ///< of the first that was refused; the others still hold

  /// The bandwidth group that is named; "" when none is.
  std::string group() const;
  /// What Session::add and set take; empty when nothing changes.
  std::move_only_function<void(config::TorrentOptions&)> adjust() &&;
};

/// All options but those in `left_out`, which the method reads itself.
OptionChanges parse_options(const Params& params, std::span<const std::string_view> left_out = {});

/// The rows of the options and of the files, after the method's own.
std::vector<Parameter> with_options(std::vector<Parameter> own);

/// A group that an order names, and what counts of its caller.
struct NamedGroup {
  std::string name;
  bool admin = false;
  std::vector<std::string> labels;  ///< not empty: they see only groups of torrents with these
};
NamedGroup named_group(const OptionChanges& options, const Caller& caller);
/// Naming a group makes it, and groups are the owner's: why the caller may not name it; nothing
/// when they may. On the loop.
std::optional<session::OrderError> group_refusal(session::Session& session,
                                                 const NamedGroup& group);

enum class EmptyList : std::uint8_t { nothing, all_files };
session::FileChoice parse_files(const Params& params, EmptyList empty);

}  // namespace seed::rpc
