// group_set (rpc-contract, section 6.8). There are no bandwidth groups yet.
#include <array>

#include "rpc/methods/all.h"
#include "rpc/methods/answer_alone.h"

namespace seed::rpc {

namespace {

constexpr Parameter name{"name", "", ValueType::text, "The group's name."};
constexpr std::array parameters{name};

Outcome answer(const Params& params) {
  const auto given = params.text(name);
  if (!given || given->find_first_not_of(" \t\r\n") == given->npos)
    return refuse(invalid_params, "No group name given");
  return refuse(invalid_params, "bandwidth groups are not supported yet");
}

}  // namespace

const Method group_set =
    make_answer<answer>("group_set", "group-set", Scope::admin, Notified::run, parameters,
                        "Makes or changes a bandwidth group. Not in effect yet: "
                        "refused.");

}  // namespace seed::rpc
