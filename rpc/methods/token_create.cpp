// token_create: makes a bearer token. Its text is told once, here, and kept nowhere.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "config/settings_access.h"
#include "config/settings_value.h"
#include "config/torrent_options.h"
#include "core/base/limits.h"
#include "rpc/methods/all.h"
#include "rpc/methods/token_text.h"

namespace seed::rpc {

namespace {

constexpr Parameter name =
    required({"name", "", ValueType::text,
              "What to call it: letters, digits, and any of \"-_.@\", up to 64."});
constexpr Parameter scopes =
    required({"scopes", "", ValueType::texts,
              "What it is for: \"read\", \"add\", \"control\"; or \"admin\", which is "
              "all of them and the rest."});
constexpr Parameter labels{"labels", "", ValueType::texts,
                           "Keep it to torrents that have one of these labels; all torrents when "
                           "left out. Not with \"admin\"."};
constexpr Parameter expires{"expires", "", ValueType::integer,
                            "Unix seconds from when on it is refused; never when left out or 0."};
constexpr std::array parameters{name, scopes, labels, expires};
constexpr Parameter told_once{"token", "", ValueType::text,
                              "The token, which is shown this once only."};
constexpr std::array results{told_once,        token_members[0], token_members[1],
                             token_members[2], token_members[3], token_members[4]};

/// The end of year 9999: what is beyond was not meant.
constexpr std::int64_t expires_max = 253'402'300'799;

bool is_name(std::string_view text) {
  constexpr std::string_view others = "-_.@";
  return !text.empty() && text.size() <= limits::token_name_bytes_max &&
         std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != others.npos;
         });
}

std::expected<Scopes, CallError> parse_scopes(const Params& params) {
  Scopes out;
  for (const auto& text : params.texts(scopes).value_or(std::vector<std::string>())) {
    const auto scope = scope_named(text);
    if (!scope)
      return refuse(invalid_params,
                    fmt::format("scopes: \"{}\" is none of read, add, control, admin",
                                text.substr(0, limits::token_name_bytes_max)));
    out = out.with(*scope);
  }
  if (out.none())
    return refuse(invalid_params, "scopes: say at least one of read, add, control, admin");
  return out;
}

/// As torrents have them. What is meant to limit is never left out for being of a wrong type.
std::expected<std::vector<std::string>, CallError> parse_labels(const Params& params) {
  using Options = config::Table<config::TorrentOptions>;
  const Json* given = params.find(labels);
  if (given == nullptr) return std::vector<std::string>();
  auto texts = to_texts(*given);
  if (!texts || texts->size() != given->size())
    return refuse(invalid_params, "labels: not a list of texts");
  if (texts->size() > limits::token_labels_max)
    return refuse(invalid_params, fmt::format("labels: more than {}", limits::token_labels_max));
  const auto& row = Options::rows()[Options::find("labels").value()];
  auto good = config::checked(row, config::SettingValue(*std::move(texts)));
  if (!good) return refuse(invalid_params, "labels: " + good.error());
  return std::get<std::vector<std::string>>(*std::move(good));
}

struct TokenCreate {
  struct Plan {
    Token order;
  };
  struct Reply {
    std::string text;
    Token token;
  };

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    plan.order.name = params.text(name).value_or("");
    if (!is_name(plan.order.name))
      return refuse(invalid_params,
                    fmt::format("name: letters, digits and \"-_.@\", 1 to {} of them",
                                limits::token_name_bytes_max));
    auto given = parse_scopes(params);
    if (!given) return std::unexpected(std::move(given).error());
    plan.order.scopes = *given;
    auto kept_to = parse_labels(params);
    if (!kept_to) return std::unexpected(std::move(kept_to).error());
    if (!kept_to->empty() && given->lists(Scope::admin))
      return refuse(invalid_params, "labels: the scope admin cannot be kept to labels");
    plan.order.labels = *std::move(kept_to);
    const auto until = params.integer(expires);
    if ((params.find(expires) != nullptr && !until) || until.value_or(0) < 0 ||
        until.value_or(0) > expires_max)
      return refuse(invalid_params, "expires: not a date in Unix seconds");
    plan.order.expires = from_unix_seconds(until.value_or(0));
    return plan;
  }

  static void run(LoopSide& loop, Token token, Responder<Reply> responder) {
    const auto fail = [&](const char* text) {
      responder.answer(
          std::unexpected(session::OrderError{session::OrderErrorCode::invalid_params, text}));
    };
    token.created = loop.wall();
    if (token.has_expired(token.created)) return fail("expires: that has passed");
    std::string text = token_text(loop.make_secret(token_secret_bytes));
    token.digest = sha256(as_bytes(text));
    token.counts = false;
    const auto added = loop.tokens->add(token, token.created);
    if (added == TokenBook::Added::name_taken) return fail("name: there is a token of that name");
    if (added == TokenBook::Added::full) return fail("there are too many tokens: revoke one");
    keep_tokens(loop.session, loop.tokens,
                [tokens = loop.tokens, token, text = std::move(text),
                 responder = std::move(responder)](session::OrderResult<void> kept) mutable {
                  if (!kept) {
                    tokens->take_back(token.digest);
                    return responder.answer(std::unexpected(std::move(kept).error()));
                  }
                  if (!tokens->begin_to_count(token.digest))
                    return responder.answer(std::unexpected(session::OrderError{
                        session::OrderErrorCode::system_error, "it was revoked meanwhile"}));
                  responder.answer(Reply{std::move(text), std::move(token)});
                });
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect) {
    JsonWriter out;
    out.begin_object();
    out.key("token");
    out.text(reply.text);
    write_token(out, reply.token);
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method token_create =
    make_method<TokenCreate>("token_create", "token-create", Scope::admin, Notified::run,
                             parameters, results, "Makes a token that programs log in with.");

}  // namespace seed::rpc
