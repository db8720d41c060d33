// Front: what each path and method of the HTTP server is answered with, and the order of the checks
// before that (rpc-contract, sections 1.1 to 1.6). Knows no sockets: http/server has those.
//
//   address -> fault -> OPTIONS -> login -> redirect, web -> host -> session id or site -> scope ->
//   handler, 405 or 404
//
// `<base>rpc` asks for the session id, which no page of a foreign site can know. `/rpc` and the
// routes of others do without, for curl, and refuse what a browser marks as coming from another
// site; those of rpc_cors_origins may call them, and read the answers.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "rpc/access.h"
#include "rpc/call_route.h"
#include "rpc/gate.h"
#include "rpc/http/exchange.h"
#include "rpc/route.h"

namespace seed::rpc {

class Front {
 public:
  struct Names {
    std::string base;        ///< begins and ends with a slash
    std::string session_id;  ///< letters and digits
    std::string version;     ///< of seedd: "0.1.0"
  };
  /// `routes` stand beside those of the RPC, which are made here; none at `<base>rpc`.
  Front(Names names, const config::Settings& settings, const Answering& answering,
        std::vector<Route> routes = {}, GateTools tools = {});

  /// From any thread; several at once.
  HttpAnswer serve(HttpExchange& exchange) const;
  /// Whether a client of that address may ask anything; "" is a unix socket. From any thread.
  bool knows(std::string_view peer) const { return access()->allows_peer(peer); }
  /// The server ends: nobody waits for a login any more but the one that is checked now.
  void close() const {
    const std::lock_guard lock(mutex_);
    access_->close();
  }
  /// Access::rules_number() of the newest.
  std::uint64_t rules_number() const { return access()->rules_number(); }
  /// From any thread: the login, whitelists and so on from now on.
  void on_settings(const config::Settings& settings);

 private:
  struct Place {
    const Route* route = nullptr;  ///< of the path and method; else the path's first, else null
    bool method_fits = false;
    std::string allowed;  ///< methods of the path
  };

  std::shared_ptr<const Access> access() const;
  Place place_of(std::string_view path, std::string_view method) const;
  HttpAnswer answer_anyone(HttpExchange& exchange, const Access& access, const Place& place) const;
  HttpAnswer answer(HttpExchange& exchange, const Access& access, const Place& place,
                    const Caller& caller) const;
  HttpAnswer answer_unrouted(HttpExchange& exchange, const Access& access) const;
  std::optional<HttpAnswer> check_guard(const HttpExchange& exchange, const Access& access,
                                        Guard guard, bool vouched_for) const;
  static void let_read(HttpAnswer& answer, const HttpExchange& exchange, const Access& access,
                       const Place& place);
  std::optional<HttpAnswer> check_host(const HttpExchange& exchange, const Access& access,
                                       bool vouched_for) const;
  bool knows_session(const HttpExchange& exchange) const;
  HttpAnswer redirect() const;
  HttpAnswer wrong_session() const;

  const Names names_;
  const std::vector<Route> routes_;
  const Gate gate_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<const Access> access_;
};

/// True when the request's Origin or Sec-Fetch-Site says that another site's page made it.
bool is_foreign(const HttpExchange& exchange);

}  // namespace seed::rpc
