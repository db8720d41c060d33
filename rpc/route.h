// Route: one row of the table of what the HTTP server answers, for rpc/front.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "rpc/caller.h"
#include "rpc/http/exchange.h"

namespace seed::rpc {

/// What keeps pages of foreign sites from using the login that a browser remembers.
enum class Guard : std::uint8_t {
  same_site,   ///< refused is what a browser marks as another site's
  session_id,  ///< the session id, which another site's page cannot read; 409 tells it
  none,        ///< for files that are the same for everybody; the Host is not looked at either
};

struct Route {
  /// Without query, as sent. One that ends with a slash stands for all that begins with it.
  std::string path;
  std::string method;  ///< GET or POST; another method of a known path is 405
  /// False: nobody is asked for a login, and the caller has no scopes. The address is checked all
  /// the same, the host only while no login is required: such a route must tell nothing then.
  bool login = true;
  std::optional<Scope> scope;  ///< who lacks it gets 403; nothing: whoever is logged in
  Guard guard = Guard::same_site;
  /// Whether callers who are kept to labels are let in: the handler shows them no more than that.
  bool labelled = false;
  /// On an HTTP thread; several at once. The caller is gone when it returns.
  std::function<HttpAnswer(HttpExchange&, const Caller&)> handler;
};

}  // namespace seed::rpc
