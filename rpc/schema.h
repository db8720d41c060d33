// The schema: everything a user can see, as one JSON document made of the tables: settings,
// options, methods and their parameters, fields. For `seedd --schema`, seedctl, forms and docs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace seed::rpc {

/// {seedd_version, rpc_version, rpc_version_semver, settings, torrent_options, session_facts,
///  methods, torrent_fields, objects}: arrays of rows with name, legacy (null when it is the same),
/// type, unit (null when there is none) and doc; parameters also have `note` (null when they are in
/// effect), `of` (null, or the table of the object it is) and `members`; so have the results of
/// methods. One row of these without a name tells of the object itself. `objects` has the fields of
/// the objects within a torrent by the name of its field.
nlohmann::json schema(std::string_view seedd_version);

}  // namespace seed::rpc
