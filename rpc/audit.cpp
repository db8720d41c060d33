#include "rpc/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "config/settings_access.h"
#include "core/base/ascii.h"
#include "core/base/digest.h"
#include "core/log/rate_limit.h"
#include "core/log/secrets.h"

namespace seed::rpc {

namespace {

void cut(std::string& text) {
  if (text.size() > Audit::target_bytes_max) text.resize(Audit::target_bytes_max);
}

/// Words that seedd knows, as many as fit, and how many others there were.
class Words {
 public:
  void add(std::string_view word) {
    // A number of others takes less than this.
    constexpr std::size_t reserve = 32;
    if (out_.size() + 1 + word.size() + reserve > Audit::target_bytes_max) return add_other();
    if (!out_.empty()) out_ += ',';
    out_ += word;
  }
  void add_other() { ++others_; }
  std::string take() && {
    if (others_ > 0) out_ += fmt::format("{}+{} others", out_.empty() ? "" : ",", others_);
    return std::move(out_);
  }

 private:
  std::string out_;
  std::size_t others_ = 0;
};

void add_id(Words& to, const Json& id) {
  if (id.is_number_integer()) return to.add(id.dump());
  const auto* text = id.get_ptr<const std::string*>();
  const bool known = text != nullptr && (*text == "recently_active" || *text == "recently-active" ||
                                         Sha1::parse_hex(*text).has_value());
  if (known) return to.add(*text);
  to.add_other();
}

std::string shown_ids(const Json& ids) {
  Words out;
  if (!ids.is_array()) {
    add_id(out, ids);
  } else {
    if (ids.empty()) return "none";
    for (const Json& id : ids) add_id(out, id);
  }
  return std::move(out).take();
}

bool begins_with_any_case(std::string_view text, std::string_view beginning) {
  return same_but_for_case(text.substr(0, beginning.size()), beginning);
}

/// A magnet link's trackers may hold keys: its info-hashes say enough.
std::string shown_magnet(std::string_view link) {
  std::string out = "magnet";
  link.remove_prefix(std::min(link.find('?'), link.size()));
  while (!link.empty() && out.size() <= Audit::target_bytes_max) {
    link.remove_prefix(1);
    const std::string_view part = link.substr(0, link.find('&'));
    link.remove_prefix(part.size());
    const auto equals = part.find('=');
    if (equals == part.npos || !begins_with_any_case(part, "xt")) continue;
    if (equals != 2 && part[2] != '.') continue;
    out += ' ';
    out += part.substr(equals + 1);
  }
  return out;
}

std::string shown_source(const std::string& filename) {
  if (filename.starts_with('/')) return filename;
  if (begins_with_any_case(filename, "magnet:")) return shown_magnet(filename);
  if (filename.find("://") != filename.npos) return log::without_secrets(filename);
  return "(not understood)";
}

/// Whether the parameter is told by target_of().
bool names_target(std::string_view key) {
  return key == "ids" || key == "name" || key == "filename" || key == "metainfo";
}

bool takes(const Method& method, std::string_view name) {
  return std::ranges::any_of(method.parameters, [&](const Parameter& row) {
    return row.name == name || (!row.legacy.empty() && row.legacy == name);
  });
}

/// The row without a name stands for the settings.
bool is_known(const Method& method, std::string_view key) {
  using Settings = config::Table<config::Settings>;
  if (takes(method, key)) return true;
  return takes(method, "") && (Settings::find_rpc(key) || Settings::find_legacy(key));
}

/// The info-hash in what torrent_add answers; "" when there is none.
std::string added_hash(const Outcome& outcome) {
  const Json reply = outcome ? Json::parse(*outcome, nullptr, false) : Json();
  if (!reply.is_object()) return {};
  for (const Json& torrent : reply)
    for (const char* key : {"hash_string", "hashString"})
      if (torrent.is_object() && torrent.contains(key) && torrent[key].is_string())
        return torrent[key].get<std::string>();
  return {};
}

std::optional<std::string> text_at(const Params& params, std::string_view name) {
  const Json* value = params.find(name, name);
  return value == nullptr ? std::nullopt : to_text(*value);
}

}  // namespace

/// Shared by the copies of an Audit, as they are one.
struct Audit::Limit {
  std::mutex mutex;
  log::RateLimit logins;
};

Audit::Audit() : Audit(log::Logger()) {}
Audit::Audit(log::Logger log) : log_(log.unfiltered()), limit_(std::make_shared<Limit>()) {}

bool is_audited(const Method& method) { return method.notified == Notified::run; }

std::string target_of(const Method& method, const Params& params) {
  std::string out;
  if (takes(method, "ids")) {
    const Json* ids = params.find("ids", "ids");
    out = ids == nullptr ? "all" : shown_ids(*ids);
  } else if (const auto filename = text_at(params, "filename");
             takes(method, "filename") && filename && !filename->empty()) {
    out = shown_source(*filename);
  } else if (takes(method, "metainfo") && params.find("metainfo", "metainfo") != nullptr) {
    out = "metainfo";
  } else if (const auto path = text_at(params, "path");
             takes(method, "path") && path && path->starts_with('/')) {
    // What was read of the daemon's host, whatever it is called then.
    out = *path;
  } else if (const auto name = text_at(params, "name"); takes(method, "name") && name) {
    out = *name;
  }
  cut(out);
  return out;
}

std::string changes_of(const Method& method, const Params& params) {
  Words out;
  params.each([&](const std::string& key, const Json&) {
    if (!is_known(method, key)) return out.add_other();
    if (!names_target(key)) out.add(key);
  });
  return std::move(out).take();
}

void Audit::call(const Method& method, const Params& params, const Outcome& outcome) const {
  if (!log_.enabled(log::Level::info)) return;
  const bool refused = !outcome && outcome.error().code == not_allowed;
  if (!is_audited(method) && !refused) return;
  const Caller& caller = params.caller();
  std::string target = target_of(method, params);
  if (target == "metainfo")
    if (auto hash = added_hash(outcome); !hash.empty()) target = std::move(hash);
  log_.info("call", {{"who", caller.name},
                     {"address", caller.address.empty() ? "unix" : caller.address},
                     {"method", method.name},
                     {"target", target},
                     {"with", changes_of(method, params)},
                     {"outcome", outcome ? std::string("ok")
                                         : fmt::format("error {}", outcome.error().code)}});
}

void Audit::failed_login(std::string_view address, std::string_view by, std::uint32_t failures,
                         Instant now) const {
  const std::lock_guard lock(limit_->mutex);
  if (!limit_->logins.allow(now)) return;
  log_.warn("login failed", {{"address", address.empty() ? "unix" : address},
                             {"by", by},
                             {"failures", failures},
                             {"suppressed", limit_->logins.suppressed()}});
}

}  // namespace seed::rpc
