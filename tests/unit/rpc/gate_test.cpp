#include "rpc/gate.h"

#include <string>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "tests/support/catch.h"
#include "tests/unit/rpc/http_request.h"

using namespace seed;
using namespace seed::rpc;
using test::header_of;
using test::Request;

namespace {

std::string basic(std::string_view login) { return "Basic " + to_base64(as_bytes(login)); }

/// A gate at a clock that the test turns, with one token for reading, which expires at 2000.
struct Place {
  config::Settings settings;
  std::shared_ptr<TokenBook> tokens = std::make_shared<TokenBook>();
  std::string token = token_text(Buffer(token_secret_bytes, 5));
  Instant now{};
  WallTime wall = from_unix_seconds(1000);
  int hashed = 0;
  Gate gate{GateTools{.now = [this] { return now; },
                      .wall = [this] { return wall; },
                      .tokens = tokens,
                      .audit = Audit()}};
  std::string address = "192.0.2.1";
  bool foreign = false;

  Place() {
    settings.rpc_authentication_required = true;
    settings.rpc_username = "bob";
    settings.rpc_password = "right";
    Token row;
    row.name = "reader";
    row.digest = sha256(as_bytes(token));
    row.scopes = Scopes().with(Scope::read);
    row.labels = {"films"};
    row.expires = from_unix_seconds(2000);
    tokens->add(row, no_time);
  }

  std::expected<Caller, HttpAnswer> admit(std::string authorization, bool proven = false) {
    const Access access(settings, [this](std::string_view stored, std::string_view given) {
      ++hashed;
      return stored == given;
    });
    Request request("POST", "/rpc");
    request.address = address;
    if (!authorization.empty()) request.headers["Authorization"] = std::move(authorization);
    return gate.admit(request, access, {proven, foreign});
  }
  int status(std::string authorization, bool proven = false) {
    const auto admitted = admit(std::move(authorization), proven);
    return admitted ? 200 : admitted.error().status;
  }
  /// `count` wrong passwords, each another, as fast as the delays allow.
  void guess(int count, bool proven = false) {
    for (int i = 0; i < count; ++i) {
      now += 60s;
      CHECK(status(basic("bob:wrong" + std::to_string(++guessed_)), proven) == 401);
    }
  }

 private:
  int guessed_ = 0;
};

}  // namespace

TEST_CASE("a good password has all scopes and its user's name") {
  Place place;
  const auto caller = place.admit(basic("bob:right"));
  REQUIRE(caller);
  CHECK(caller->name == "user bob");
  CHECK(caller->scopes == Scopes::all());
  CHECK(caller->labels.empty());
  CHECK(caller->logged_in);
  CHECK(caller->address == "192.0.2.1");
  CHECK_FALSE(caller->local);
}

TEST_CASE("no login is 401 with the question a browser understands, and no failure") {
  Place place;
  for (int i = 0; i < 100; ++i) {
    const auto refused = place.admit("");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 401);
    CHECK(header_of(refused.error(), "WWW-Authenticate") == "Basic realm=\"Transmission\"");
  }
  CHECK(place.status(basic("bob:right")) == 200);
}

TEST_CASE("a token has its scopes and labels, whether a login is asked for or not") {
  Place place;
  for (const bool required : {true, false}) {
    place.settings.rpc_authentication_required = required;
    for (const std::string& given :
         {"Bearer " + place.token, basic("x:" + place.token), basic(":" + place.token)}) {
      const auto caller = place.admit(given);
      REQUIRE(caller);
      CHECK(caller->name == "token reader");
      CHECK(caller->scopes == Scopes().with(Scope::read));
      CHECK(caller->labels == std::vector<std::string>{"films"});
      CHECK(caller->logged_in);
    }
  }
  CHECK(place.hashed == 0);
}

TEST_CASE("a wrong, revoked or expired token is 401, also where no login is asked for") {
  for (const bool required : {true, false}) {
    Place place;
    place.settings.rpc_authentication_required = required;
    const auto refused = place.admit("Bearer " + token_text(Buffer(token_secret_bytes, 7)));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 401);
    CHECK(header_of(refused.error(), "WWW-Authenticate").starts_with("Bearer"));
    const std::string other = token_text(Buffer(token_secret_bytes, 6));
    CHECK(place.status("Bearer " + other) == 401);
    CHECK(place.status(basic("x:" + other)) == 401);
    place.now += 60s;
    place.wall = from_unix_seconds(2000);
    CHECK(place.status("Bearer " + place.token) == 401);
    place.wall = from_unix_seconds(1000);
    CHECK(place.status("Bearer " + place.token) == 200);
    place.tokens->remove("reader");
    place.now += 60s;
    CHECK(place.status("Bearer " + place.token) == 401);
  }
}

TEST_CASE("where no login is asked for, anybody may do anything, whatever password they send") {
  Place place;
  place.settings.rpc_authentication_required = false;
  for (const std::string& given :
       {std::string(), basic("bob:wrong"), std::string("Digest x"), std::string("Bearer x"),
        std::string("Bearer "), std::string("Bearer seedd_short")}) {
    const auto caller = place.admit(given);
    REQUIRE(caller);
    CHECK(caller->name == "anyone");
    CHECK(caller->scopes == Scopes::all());
    CHECK_FALSE(caller->logged_in);
  }
}

TEST_CASE("while the delay after a wrong password lasts, none is looked at") {
  Place place;
  place.guess(5);
  const int hashed = place.hashed;
  const auto refused = place.admit(basic("bob:right"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == 429);
  CHECK(header_of(refused.error(), "Retry-After") == "4");
  CHECK(place.hashed == hashed);
  place.now += 4s;
  CHECK(place.status(basic("bob:right")) == 200);
  CHECK(place.status(basic("bob:wrong")) == 401);  // a new start
  CHECK(place.status(basic("bob:right")) == 200);
}

TEST_CASE("too many wrong passwords lock their address for a while, and nobody else") {
  Place place;
  place.guess(10);
  CHECK(place.status(basic("bob:right")) == 403);
  CHECK(place.status("") == 403);
  CHECK(place.status("Bearer " + place.token) == 200);   // nobody guesses one
  CHECK(place.status(basic("bob:right"), true) == 200);  // who has logged in before
  place.address = "192.0.2.2";
  CHECK(place.status(basic("bob:right")) == 200);
  place.address = "192.0.2.1";
  place.now += limits::login_locked_for;
  CHECK(place.status(basic("bob:right")) == 200);
}

TEST_CASE("a lock that is off leaves the delay") {
  Place place;
  place.settings.anti_brute_force_enabled = false;
  place.guess(50);
  CHECK(place.status(basic("bob:right")) == 429);
  place.now += limits::login_delay_max;
  CHECK(place.status(basic("bob:right")) == 200);
}

TEST_CASE("wrong tokens count like wrong passwords") {
  Place place;
  for (int i = 0; i < 10; ++i) {
    place.now += 60s;
    CHECK(place.status("Bearer " + std::to_string(i)) == 401);
  }
  CHECK(place.status(basic("bob:right")) == 403);
}

TEST_CASE("those on a socket file are not slowed: they share one name") {
  Place place;
  place.address = "";
  for (int i = 0; i < 20; ++i) CHECK(place.status(basic("bob:" + std::to_string(i))) == 401);
  CHECK(place.status(basic("bob:right")) == 200);
}

TEST_CASE("a login that was wrong is wrong without a hash, and no failure more") {
  Place place;
  for (int i = 0; i < 20; ++i) {
    CHECK(place.status(basic("bob:old")) == 401);
    CHECK(place.status(basic("bob:older")) == 401);
    CHECK(place.status("Bearer x") == 401);
  }
  CHECK(place.hashed == 2);
  CHECK(place.status(basic("bob:right")) == 429);  // three have failed, and the delay goes on
  place.now += 1s;
  CHECK(place.status(basic("bob:old")) == 401);
  CHECK(place.status(basic("bob:right")) == 200);
  CHECK(place.status(basic("bob:old")) == 401);
  CHECK(place.hashed == 3);
}

TEST_CASE("also a wrong login that is known is told of a lock") {
  Place place;
  CHECK(place.status(basic("bob:old")) == 401);
  place.now += 60s;
  place.guess(2);
  CHECK(place.status(basic("bob:old")) == 401);
  place.settings.anti_brute_force_threshold = 4;
  place.guess(1);
  CHECK(place.status(basic("bob:wrong3")) == 403);
}

TEST_CASE("what pages of other sites try locks out nobody but them") {
  Place place;
  place.foreign = true;
  place.guess(10);
  CHECK(place.status(basic("bob:right")) == 403);
  place.foreign = false;
  CHECK(place.status(basic("bob:right")) == 200);
}
