// Method: one row of the RPC's table of methods: what it is called, who may call it, what it takes,
// what it answers, and how it is carried out (design, section 12).
//
// A method is a struct with three functions and the types they pass on:
//   parse(Params) -> expected<Plan, CallError>    on the HTTP thread
//   run(LoopSide&, Order, Responder<Reply>)       on the loop; may answer later
//   encode(const Plan&, Reply&&, Dialect) -> Outcome   on the HTTP thread
// Plan has a member `order`, which goes to the loop; the rest of it stays for encode(), which may
// take the CallContext as well. A method may add answer_from_here(const Plan&, CallContext), where
// that may be known on this side, fail(const Plan&, CallError, Dialect) -> CallError
// to say more about a failed order, and waits_for(const Plan&) -> Wait, where that is not a disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/precedence.h"
#include "config/settings.h"
#include "core/session/session.h"
#include "rpc/bridge.h"
#include "rpc/call_error.h"
#include "rpc/call_times.h"
#include "rpc/caller.h"
#include "rpc/changes.h"
#include "rpc/mirror.h"
#include "rpc/params.h"
#include "rpc/program_facts.h"
#include "rpc/recent.h"
#include "rpc/tokens.h"

namespace seed::rpc {

/// Whether a call without an id is carried out; one without an effect is not.
enum class Notified : std::uint8_t { ignored, run };

/// The space left in a folder as last measured.
struct FreeSpace {
  std::string dir;
  std::int64_t bytes = -1;  ///< -1 unknown
  bool under_way = false;   ///< a measurement is waiting for the disk
};

/// What the rest of the program lends to methods; touched on the loop only.
struct LoopSide {
  session::Session& session;
  std::string version;        ///< "4.1.3 (5eedd001)", what clients parse
  std::string seedd_version;  ///< "0.1.0"
  std::string session_id;
  std::function<void()> close_daemon = {};
  /// Whether the command line sets the setting of this name, and wins at the next start.
  std::function<bool(std::string_view name)> overruled = [](std::string_view) { return false; };
  /// The settings in force, and who said each of them.
  std::function<config::Loaded()> in_force = [] { return config::Loaded(); };
  /// Takes back what was saved of the settings of these names; what the others say, and who of
  /// them.
  std::function<config::Loaded(const std::vector<std::string>& names)> forget =
      [](const std::vector<std::string>&) { return config::Loaded(); };
  /// What was saved, and the settings with it.
  std::function<void(const config::SavedSettings&, const config::Settings&)> settings_changed = {};
  /// What the program knows of its own work, for /metrics.
  std::function<ProgramFacts()> program_facts = {};
  std::shared_ptr<FreeSpace> free_space = std::make_shared<FreeSpace>();
  std::shared_ptr<TokenBook> tokens = std::make_shared<TokenBook>();
  /// Where config files are: no torrent may be put there.
  std::vector<std::string> config_folders = {};
  /// Octets that nobody can guess.
  std::function<Buffer(std::size_t size)> make_secret = {};
  std::function<WallTime()> wall = {};
};

/// What an HTTP thread needs to carry a call out.
struct CallContext {
  Bridge& bridge;
  LoopSide& loop;
  const Caller& caller;
  Changes& changes;
  Mirror& mirror;
  Recent<session::SessionStats>& recent_stats;
  SharedDurations* on_loop = nullptr;  ///< where the time goes that the loop is held
};

struct Method {
  std::string_view name;
  std::string_view legacy;
  Scope scope;
  Notified notified;
  std::span<const Parameter> parameters;
  /// Members of the answer's object; a single row without a name tells of the object itself.
  std::span<const Parameter> results;
  std::string_view doc;
  /// Of its own; those of every method are common_errors.
  std::span<const session::OrderErrorCode> errors;
  Outcome (*call)(const Params& params, CallContext context);
  /// parse() alone: what is wrong with the arguments, if anything.
  std::optional<CallError> (*check)(const Params& params);
};

namespace detail {

template <typename M>
Outcome call_method(const Params& params, CallContext context) {
  auto plan = M::parse(params);
  if (!plan) return std::unexpected(std::move(plan).error());
  if constexpr (requires { M::answer_from_here(*plan, context); })
    if (auto outcome = M::answer_from_here(*plan, context)) return *std::move(outcome);
  using Reply = typename M::Reply;
  Wait wait = Wait::disk;
  if constexpr (requires { M::waits_for(*plan); }) wait = M::waits_for(*plan);
  auto reply = context.bridge.ask<Reply>(
      [order = std::move(plan->order), &loop = context.loop,
       on_loop = context.on_loop](Responder<Reply> responder) mutable {
        const Stopwatch watch(on_loop);
        M::run(loop, std::move(order), std::move(responder));
      },
      wait);
  if (reply) {
    if constexpr (requires { M::encode(*plan, *std::move(reply), params.dialect(), context); })
      return M::encode(*plan, *std::move(reply), params.dialect(), context);
    else
      return M::encode(*plan, *std::move(reply), params.dialect());
  }
  if constexpr (requires { M::fail(*plan, CallError(), Dialect::modern); })
    return std::unexpected(M::fail(*plan, std::move(reply).error(), params.dialect()));
  else
    return std::unexpected(std::move(reply).error());
}

template <typename M>
std::optional<CallError> check_method(const Params& params) {
  auto plan = M::parse(params);
  if (plan) return std::nullopt;
  return std::move(plan).error();
}

}  // namespace detail

template <typename M>
constexpr Method make_method(std::string_view name, std::string_view legacy, Scope scope,
                             Notified notified, std::span<const Parameter> parameters,
                             std::span<const Parameter> results, std::string_view doc,
                             std::span<const session::OrderErrorCode> errors = {}) {
  return {name,
          legacy,
          scope,
          notified,
          parameters,
          results,
          doc,
          errors,
          &detail::call_method<M>,
          &detail::check_method<M>};
}

/// The answer of methods that have nothing to say.
inline Outcome nothing_to_say() { return "{}"; }

}  // namespace seed::rpc
