// group_get (rpc-contract, section 6.8). There are no bandwidth groups yet.
#include <array>

#include "rpc/methods/all.h"
#include "rpc/methods/answer_alone.h"

namespace seed::rpc {

namespace {

constexpr Parameter name{"name", "", ValueType::any, "A group's name or a list of them."};
constexpr std::array parameters{name};

Outcome answer(const Params&) { return R"({"group":[]})"; }

}  // namespace

const Method group_get = make_answer<answer>("group_get", "group-get", Scope::read,
                                             Notified::ignored, parameters, "Bandwidth groups.");

}  // namespace seed::rpc
