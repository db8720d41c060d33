#include "rpc/tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/password.h"
#include "core/base/ascii.h"
#include "core/base/check.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

using Json = nlohmann::json;

/// base64 of token_secret_bytes without padding.
constexpr std::size_t secret_text_size = (token_secret_bytes * 4 + 2) / 3;

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

Json encode(const Token& token) {
  Json scopes = Json::array();
  for (const Scope scope : all_scopes)
    if (token.scopes.lists(scope)) scopes.push_back(std::string(name_of(scope)));
  return {{"name", token.name},
          {"sha256", token.digest.hex()},
          {"scopes", std::move(scopes)},
          {"labels", token.labels},
          {"created", unix_seconds(token.created)},
          {"expires", unix_seconds(token.expires)},
          {"used", unix_seconds(token.last_used)}};
}

std::optional<std::string> text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::vector<std::string>> texts_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& item : *found) {
    if (!item.is_string()) return std::nullopt;
    out.push_back(item.get<std::string>());
  }
  return out;
}

/// Beyond year 9999 nothing is meant.
std::optional<WallTime> time_at(const Json& object, const char* key) {
  constexpr std::int64_t seconds_max = 253'402'300'799;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  const auto seconds = found->get<std::int64_t>();
  if (seconds < 0 || seconds > seconds_max) return std::nullopt;
  return from_unix_seconds(seconds);
}

/// Nothing when anything is missing: half of a token's limits would be no limit.
std::optional<Token> parse_one(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  auto name = text_at(object, "name");
  const auto hex = text_at(object, "sha256");
  const auto digest = hex ? Sha256::parse_hex(*hex) : std::nullopt;
  const auto scopes = texts_at(object, "scopes");
  auto labels = texts_at(object, "labels");
  const auto created = time_at(object, "created");
  const auto expires = time_at(object, "expires");
  const auto used = time_at(object, "used");
  if (!name || !digest || !scopes || !labels || !created || !expires || !used) return std::nullopt;
  if (labels->size() > limits::token_labels_max) return std::nullopt;
  Token out{*std::move(name), *digest, {}, *std::move(labels), *created, *expires, *used, true};
  for (const std::string& text : *scopes) {
    const auto scope = scope_named(text);
    if (!scope) return std::nullopt;
    out.scopes = out.scopes.with(*scope);
  }
  return out;
}

}  // namespace

std::string token_text(Bytes secret) {
  SEED_CHECK(secret.size() == token_secret_bytes);
  std::string text = to_base64(secret);
  text.resize(secret_text_size);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return std::string(token_prefix) + text;
}

bool is_token_text(std::string_view text) {
  return text.size() == token_prefix.size() + secret_text_size && text.starts_with(token_prefix) &&
         std::ranges::all_of(text.substr(token_prefix.size()), is_base64url);
}

std::optional<std::string> parse_bearer(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() < scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = authorization[i];
    if (ascii_lower(c) != scheme[i]) return std::nullopt;
  }
  authorization.remove_prefix(scheme.size());
  const auto begin = std::min(authorization.find_first_not_of(' '), authorization.size());
  authorization.remove_prefix(begin);
  while (authorization.ends_with(' ')) authorization.remove_suffix(1);
  return std::string(authorization);
}

Buffer encode_tokens(const std::vector<Token>& tokens) {
  Json all = Json::array();
  for (const Token& token : tokens) all.push_back(encode(token));
  const Json record{{"tokens", std::move(all)}};
  return to_buffer(record.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<std::vector<Token>> parse_tokens(Bytes record, std::size_t* left_out) {
  const std::string_view text = as_text(record);
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto list = json.find("tokens");
  if (list == json.end() || !list->is_array()) return std::nullopt;
  std::vector<Token> out;
  for (const Json& item : *list) {
    auto token = parse_one(item);
    if (!token || out.size() == limits::rpc_tokens_max) continue;
    if (std::ranges::count(out, token->name, &Token::name) == 0) out.push_back(*std::move(token));
  }
  if (left_out != nullptr) *left_out = list->size() - out.size();
  return out;
}

void TokenBook::load(std::vector<Token> tokens) {
  const std::lock_guard lock(mutex_);
  tokens_ = std::move(tokens);
}

std::optional<Token> TokenBook::find(std::string_view text, WallTime now) {
  if (!is_token_text(text)) return std::nullopt;
  const Sha256 digest = sha256(as_bytes(text));
  const std::lock_guard lock(mutex_);
  for (Token& token : tokens_) {
    if (!token.counts || !config::equal_digests(token.digest, digest)) continue;
    if (!token.has_expired(now)) {
      token.last_used = now;
      ++version_;
    }
    return token;
  }
  return std::nullopt;
}

bool TokenBook::admits(const Sha256& digest, WallTime now) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(tokens_, [&](const Token& token) {
    return token.digest == digest && token.counts && !token.has_expired(now);
  });
}

std::vector<Token> TokenBook::all() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

TokenBook::Added TokenBook::add(Token token, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (std::erase_if(tokens_, [&](const Token& old) { return old.has_expired(now); }) > 0)
    ++version_;
  if (std::ranges::count(tokens_, token.name, &Token::name) > 0) return Added::name_taken;
  if (tokens_.size() >= limits::rpc_tokens_max) return Added::full;
  tokens_.push_back(std::move(token));
  ++version_;
  return Added::yes;
}

bool TokenBook::begin_to_count(const Sha256& digest) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(tokens_, digest, &Token::digest);
  if (found == tokens_.end()) return false;
  found->counts = true;
  return true;
}

void TokenBook::take_back(const Sha256& digest) {
  const std::lock_guard lock(mutex_);
  // It may be in what is kept later all the same.
  if (std::erase_if(tokens_, [&](const Token& token) { return token.digest == digest; }) > 0)
    ++version_;
}

TokenBook::Removed TokenBook::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (std::erase_if(tokens_, [&](const Token& token) { return token.name == name; }) == 0)
    return std::ranges::count(gone_, name, &Gone::name) > 0 ? Removed::before : Removed::no;
  if (gone_.size() >= limits::rpc_tokens_max) gone_.erase(gone_.begin());
  gone_.push_back({std::string(name), ++version_});
  return Removed::yes;
}

TokenBook::Record TokenBook::record() const {
  const std::lock_guard lock(mutex_);
  return {encode_tokens(tokens_), version_};
}

void TokenBook::on_kept(std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  kept_ = std::max(kept_, version);
  std::erase_if(gone_, [&](const Gone& gone) { return gone.version <= kept_; });
}

bool TokenBook::is_unsaved() const {
  const std::lock_guard lock(mutex_);
  return version_ > kept_;
}

}  // namespace seed::rpc
