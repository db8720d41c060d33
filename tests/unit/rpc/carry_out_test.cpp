#include "rpc/carry_out.h"

#include <nlohmann/json.hpp>
#include <string>

#include "rpc/methods.h"
#include "tests/support/catch.h"

using namespace seed::rpc;

namespace {

/// Arguments with all that the method requires.
Json required_of(const Method& method) {
  Json out = Json::object();
  for (const Parameter& row : method.parameters)
    if (row.need == Need::required)
      out[std::string(row.name)] = row.type == ValueType::texts ? Json{"x"} : Json("x");
  return out;
}

}  // namespace

TEST_CASE("every method by every set of scopes is let through or refused as its scope says") {
  for (const Method* method : methods()) {
    for (unsigned bits = 0; bits < 16; ++bits) {
      Caller caller;
      for (const Scope scope : all_scopes)
        if ((bits >> static_cast<unsigned>(scope) & 1u) != 0)
          caller.scopes = caller.scopes.with(scope);
      const bool allowed = caller.scopes.lists(method->scope) || caller.scopes.lists(Scope::admin);
      INFO(method->name << " by " << bits);
      bool called = false;
      const auto call = [&] {
        called = true;
        return Outcome("{}");
      };
      const Json arguments = required_of(*method);
      const Params params(&arguments, Dialect::modern, caller);
      const Outcome outcome = carry_out(*method, params, call, Audit());
      CHECK(called == allowed);
      CHECK(outcome.has_value() == allowed);
      CHECK(scope_error(*method, caller).has_value() == !allowed);
      if (outcome) continue;
      CHECK(outcome.error().code == 101);
      CHECK(outcome.error().text ==
            std::string(method->name) + " needs the scope " + std::string(name_of(method->scope)));
    }
  }
}

TEST_CASE("who may only read changes nothing, and the owner's methods are nobody else's") {
  for (const Method* method : methods()) {
    INFO(method->name);
    if (method->scope == Scope::read) CHECK(method->notified == Notified::ignored);
    if (method->name.starts_with("token_")) CHECK(method->scope == Scope::admin);
  }
  for (const char* name : {"session_set", "session_close", "group_set", "blocklist_update"})
    CHECK(find_method(name, Dialect::modern)->scope == Scope::admin);
}

TEST_CASE("what is required and not there is said of every method in the same words") {
  const auto missing = [](const char* method, const char* arguments) {
    const Json json = Json::parse(arguments);
    const auto error =
        missing_error(*find_method(method, Dialect::modern), Params(&json, Dialect::modern));
    return error ? error->text : std::string();
  };
  CHECK(missing("token_revoke", "{}") == "name: missing");
  CHECK(missing("token_revoke", R"({"name":7})") == "name: missing");
  CHECK(missing("token_revoke", R"({"name":"a"})").empty());
  CHECK(missing("token_create", R"({"name":"a"})") == "scopes: missing");
  CHECK(missing("settings_reset", R"({"names":"peer_port"})") == "names: missing");
  // The contract has words of its own.
  CHECK(missing("torrent_get", "{}").empty());
  CHECK(missing("torrent_stop", "{}").empty());
}
