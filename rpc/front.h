// Front: what each path and method of the HTTP server is answered with, and the order of the checks
// before that (rpc-contract, sections 1.1 to 1.6). Knows no sockets: http_server has those.
//
//   address -> fault -> OPTIONS -> login -> redirect, web -> host -> session id -> RPC, 405 or 404
//
// `<base>rpc` asks for the session id, which no page of a foreign site can know. `/rpc` does
// without, for curl, and refuses what a browser marks as coming from another site.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "rpc/access.h"
#include "rpc/http_exchange.h"
#include "rpc/json_rpc.h"

namespace seed::rpc {

class Front {
 public:
  using Answering = std::function<RpcAnswer(std::string_view body)>;

  struct Names {
    std::string base;        ///< begins and ends with a slash
    std::string session_id;  ///< letters and digits
    std::string version;     ///< of seedd: "0.1.0"
  };
  Front(Names names, const config::Settings& settings, Answering answering);

  /// From any thread; several at once.
  HttpAnswer serve(HttpExchange& exchange) const;
  /// Whether a client of that address may ask anything; "" is a unix socket. From any thread.
  bool knows(std::string_view peer) const { return access()->allows_peer(peer); }
  /// The server ends: nobody waits for a login any more but the one that is checked now.
  void close() const {
    const std::lock_guard lock(mutex_);
    access_->close();
  }
  /// From any thread: the login, whitelists and so on from now on.
  void on_settings(const config::Settings& settings);

 private:
  enum class Place { rpc, plain_rpc, web, elsewhere_in_base, outside };

  std::shared_ptr<const Access> access() const;
  Place place_of(std::string_view path) const;
  HttpAnswer answer_anyone(HttpExchange& exchange, const Access& access) const;
  HttpAnswer answer(HttpExchange& exchange, const Access& access) const;
  HttpAnswer serve_rpc(HttpExchange& exchange) const;
  HttpAnswer serve_plain_rpc(HttpExchange& exchange) const;
  HttpAnswer serve_call(HttpExchange& exchange) const;
  HttpAnswer redirect() const;
  HttpAnswer wrong_session() const;

  const Names names_;
  const Answering answering_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::shared_ptr<const Access> access_;
};

/// True when the request's Origin or Sec-Fetch-Site says that another site's page made it.
bool is_foreign(const HttpExchange& exchange);

}  // namespace seed::rpc
