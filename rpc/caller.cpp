#include "rpc/caller.h"

namespace seed::rpc {

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::add:
      return "add";
    case Scope::control:
      return "control";
    case Scope::admin:
      return "admin";
  }
  return "admin";
}

std::optional<Scope> scope_named(std::string_view name) {
  for (const Scope scope : all_scopes)
    if (name_of(scope) == name) return scope;
  return std::nullopt;
}

const Caller& the_owner() {
  static const Caller owner{.name = "owner",
                            .address = {},
                            .scopes = Scopes::all(),
                            .labels = {},
                            .local = true,
                            .logged_in = true};
  return owner;
}

}  // namespace seed::rpc
