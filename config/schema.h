// The schema of settings and of the options of torrents and groups: the tables as JSON, for `seedd
// --schema`, from which help, docs and forms are made.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace seed::config {

/// An array of {name, type, unit, initial, range, choices, allowed, applies, rpc, access, legacy,
/// doc, feature, note, variable}. `range` is {min, max} of a number, else null; `choices` the names
/// of a choice or of a list's members, else null; `rpc` null for what RPC does not see; `unit`,
/// `legacy` and `note` null when there is none.
nlohmann::json settings_schema();

/// The same without `variable`, for torrent_options.def and group_options.def.
nlohmann::json torrent_options_schema();
nlohmann::json group_options_schema();

}  // namespace seed::config
