#include "rpc/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/log/rate_limit.h"
#include "core/log/secrets.h"

namespace seed::rpc {

namespace {

/// Of a longer list the rest is as good as cut: no number or hash is shorter than one octet.
constexpr std::size_t ids_shown_max = Audit::target_bytes_max;

void cut(std::string& text) {
  if (text.size() > Audit::target_bytes_max) text.resize(Audit::target_bytes_max);
}

std::string shown_id(const Json& id) {
  if (const auto* text = id.get_ptr<const std::string*>())
    return text->substr(0, Audit::target_bytes_max);
  if (id.is_number()) return id.dump();
  return "?";
}

std::string shown_ids(const Json& ids) {
  if (!ids.is_array()) return shown_id(ids);
  std::string out;
  for (std::size_t i = 0; i < ids.size() && i < ids_shown_max; ++i) {
    if (i > 0) out += ',';
    out += shown_id(ids[i]);
    if (out.size() > Audit::target_bytes_max) break;
  }
  return out;
}

/// A magnet link's trackers may hold keys: its info-hashes say enough.
std::string shown_magnet(std::string_view link) {
  std::string out = "magnet";
  for (std::string_view rest = link; rest.find("urn:") != rest.npos;) {
    rest.remove_prefix(rest.find("urn:"));
    out += ' ';
    out += rest.substr(0, std::min(rest.find('&'), rest.size()));
    rest.remove_prefix(4);
  }
  return out;
}

std::string shown_source(const std::string& filename) {
  if (filename.starts_with("magnet:")) return shown_magnet(filename);
  if (filename.find("://") != filename.npos) return log::without_secrets(filename);
  return filename;
}

/// Whether the parameter is told by target_of().
bool names_target(std::string_view key) {
  return key == "ids" || key == "name" || key == "filename" || key == "metainfo";
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
Audit::Audit(log::Logger log) : log_(std::move(log)), limit_(std::make_shared<Limit>()) {}

bool is_audited(const Method& method) { return method.notified == Notified::run; }

std::string target_of(const Params& params) {
  std::string out;
  if (const Json* ids = params.find("ids", "ids")) {
    out = shown_ids(*ids);
  } else if (const auto filename = text_at(params, "filename"); filename && !filename->empty()) {
    out = shown_source(*filename);
  } else if (params.find("metainfo", "metainfo") != nullptr) {
    out = "metainfo";
  } else if (const auto name = text_at(params, "name")) {
    out = *name;
  }
  cut(out);
  return out;
}

std::string changes_of(const Params& params) {
  std::string out;
  params.each([&](const std::string& key, const Json&) {
    if (names_target(key) || out.size() > Audit::target_bytes_max) return;
    if (!out.empty()) out += ',';
    out += key;
  });
  cut(out);
  return out;
}

void Audit::call(const Method& method, const Params& params, const Outcome& outcome) const {
  if (!log_.enabled(log::Level::info)) return;
  const bool refused = !outcome && outcome.error().code == not_allowed;
  if (!is_audited(method) && !refused) return;
  const Caller& caller = params.caller();
  log_.info("call", {{"who", caller.name},
                     {"address", caller.address.empty() ? "unix" : caller.address},
                     {"method", method.name},
                     {"target", target_of(params)},
                     {"with", changes_of(params)},
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
