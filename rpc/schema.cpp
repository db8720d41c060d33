#include "rpc/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "config/schema.h"
#include "rpc/call_error.h"
#include "rpc/fields/event.h"
#include "rpc/fields/group.h"
#include "rpc/fields/nested.h"
#include "rpc/fields/reason.h"
#include "rpc/fields/session.h"
#include "rpc/fields/torrent.h"
#include "rpc/methods.h"

namespace seed::rpc {

namespace {

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

template <typename From>
Json fields_to_json(std::span<const Field<From>> fields) {
  Json out = Json::array();
  for (const auto& field : fields)
    out.push_back({{"name", std::string(field.name)},
                   {"legacy", text_or_null(field.legacy)},
                   {"type", std::string(name_of(field.type))},
                   {"unit", text_or_null(field.unit)},
                   {"needs", groups_text(field.groups)},
                   {"doc", std::string(field.doc)}});
  return out;
}

Json rows_to_json(std::span<const Parameter> rows) {
  Json out = Json::array();
  for (const Parameter& row : rows)
    out.push_back({{"name", std::string(row.name)},
                   {"legacy", text_or_null(row.legacy)},
                   {"type", std::string(name_of(row.type))},
                   {"doc", std::string(row.doc)},
                   {"note", text_or_null(row.note)},
                   {"of", text_or_null(row.of)},
                   {"members", rows_to_json(row.members)}});
  return out;
}

Json parameters_to_json(std::span<const Parameter> rows) {
  Json out = rows_to_json(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) out[i]["required"] = rows[i].need != Need::optional;
  return out;
}

Json errors_to_json(std::span<const session::OrderErrorCode> own) {
  Json out = Json::array();
  const auto add = [&](session::OrderErrorCode error) {
    const int code = static_cast<int>(error);
    out.push_back({{"code", code}, {"message", std::string(message_of(code))}});
  };
  std::ranges::for_each(own, add);
  std::ranges::for_each(common_errors, add);
  return out;
}

Json method_to_json(const Method& method) {
  return {{"name", std::string(method.name)},
          {"legacy", std::string(method.legacy)},
          {"scope", std::string(name_of(method.scope))},
          {"runs_as_notification", method.notified == Notified::run},
          {"parameters", parameters_to_json(method.parameters)},
          {"results", rows_to_json(method.results)},
          {"errors", errors_to_json(method.errors)},
          {"doc", std::string(method.doc)}};
}

Json reasons_to_json() {
  Json out = Json::array();
  for (const ReasonRow& row : reason_rows())
    out.push_back({{"code", std::string(row.name)}, {"doc", std::string(row.doc)}});
  return out;
}

/// Without what only parameters have.
Json members_to_json(std::span<const Parameter> members) {
  Json out = Json::array();
  for (const Parameter& row : members)
    out.push_back({{"name", std::string(row.name)},
                   {"type", std::string(name_of(row.type))},
                   {"of", text_or_null(row.of)},
                   {"doc", std::string(row.doc)}});
  return out;
}

Json events_to_json() {
  Json out = Json::array();
  for (const EventRow& row : event_rows())
    out.push_back({{"name", std::string(row.name)},
                   {"doc", std::string(row.doc)},
                   {"members", members_to_json(row.members)}});
  return out;
}

}  // namespace

nlohmann::json schema(std::string_view seedd_version) {
  Json all_methods = Json::array();
  for (const Method* method : methods()) all_methods.push_back(method_to_json(*method));
  return {{"seedd_version", std::string(seedd_version)},
          {"rpc_version", rpc_version},
          {"rpc_version_semver", std::string(rpc_version_semver)},
          {"settings", config::settings_schema()},
          {"torrent_options", config::torrent_options_schema()},
          {"group_options", config::group_options_schema()},
          {"session_facts", fields_to_json(session_facts())},
          {"methods", std::move(all_methods)},
          {"torrent_fields", fields_to_json(torrent_fields())},
          {"reasons", reasons_to_json()},
          {"events", events_to_json()},
          {"objects",
           {{"files", fields_to_json(file_fields())},
            {"file_stats", fields_to_json(file_stat_fields())},
            {"trackers", fields_to_json(tracker_fields())},
            {"tracker_stats", fields_to_json(tracker_stat_fields())},
            {"peers", fields_to_json(peer_fields())},
            {"peers_from", fields_to_json(peers_from_fields())},
            {"group", fields_to_json(group_fields())}}}};
}

}  // namespace seed::rpc
