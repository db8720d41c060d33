// Details: fetching the torrents that words mean with the fields that a view of them needs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/command.h"

namespace seed::ctl {

/// The result of torrent_get for the torrents that `words` mean; never none.
Outcome<Json> fetch_details(Daemon& daemon, const std::vector<std::string>& words,
                            const Json& fields);

/// Runs a view: the raw result with --json, else what `render` makes of each torrent, under the
/// torrent's name when there are several.
Outcome<void> show_details(Context& context, const Arguments& arguments, const Json& fields,
                           std::string (*render)(const Json& torrent, const Context& context));

}  // namespace seed::ctl
