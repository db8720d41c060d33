// Gate: tells of a request who sends it and what they may do, or what it is refused with: by a
// token, by user name and password, or as anybody where no login is asked for.
//
//   Authorization            rpc_authentication_required      not required
//   none                     401                              anyone, all scopes
//   Bearer <token>           its scopes; else 401             its scopes; else 401
//   Basic, token as password its scopes; else as below        its scopes; else 401
//   Basic                    all scopes; else 401             anyone, all scopes
//   what is none of these    401                              anyone, all scopes
//
// "else 401" without a login required is for what looks like a token and is none.
//
// Clients that know nothing of tokens can give one as the password, with any name. A good token is
// always let in: nobody guesses 256 bits. All else waits for the throttle: while it says so, logins
// are not even looked at (429, later 403), so that no thread waits and nothing is hashed. A login
// that was wrong a while ago, from the same address, is wrong without a hash, and is no failure
// more.
//
// Nothing here changes but by what is answered with 401, or let in: a request that is asked about
// twice, for want of its body, fails once at most.
//
// Safe from every thread.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/instant.h"
#include "rpc/access.h"
#include "rpc/audit.h"
#include "rpc/caller.h"
#include "rpc/http/exchange.h"
#include "rpc/throttle.h"
#include "rpc/tokens.h"

namespace seed::rpc {

/// What the gate stands on; may be called from any thread.
struct GateTools {
  std::function<Instant()> now = &steady_now;
  std::function<WallTime()> wall = [] { return no_time; };
  std::shared_ptr<TokenBook> tokens = std::make_shared<TokenBook>();
  Audit audit = Audit();

  static Instant steady_now();
};

class Gate {
 public:
  explicit Gate(GateTools tools) : tools_(std::move(tools)) {}

  struct Marks {
    bool proven = false;   ///< the request shows that its sender has logged in before
    bool foreign = false;  ///< and that a page of another site makes it
  };
  std::expected<Caller, HttpAnswer> admit(const HttpExchange& exchange, const Access& access,
                                          const Marks& marks) const;
  /// One who is asked for nothing, and may do nothing.
  static Caller nobody(const HttpExchange& exchange);

 private:
  using Refused = std::unexpected<HttpAnswer>;

  std::expected<Caller, HttpAnswer> admit_unknown(Caller caller, const Access& access,
                                                  const std::string& authorization, bool bearer,
                                                  const Throttle::Who& who) const;
  std::optional<HttpAnswer> hold_back(const Throttle::Who& who, const Sha256& login,
                                      bool bearer) const;
  HttpAnswer fail(const Throttle::Who& who, const Access& access, const Sha256& login,
                  bool bearer) const;

  GateTools tools_;
  mutable Throttle throttle_;
};

}  // namespace seed::rpc
