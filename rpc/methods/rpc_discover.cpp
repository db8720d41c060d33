// rpc.discover (OpenRPC 1.2.6, "Service Discovery Method"): the methods, for tools.
#include <array>
#include <nlohmann/json.hpp>

#include "rpc/methods/all.h"
#include "rpc/methods/answer_alone.h"
#include "rpc/openrpc.h"
#include "rpc/schema.h"

namespace seed::rpc {

namespace {

constexpr Parameter document{"", "", ValueType::object, "The OpenRPC document."};
constexpr std::array results{document};

Outcome answer(const Params&) {
  static const std::string text = openrpc(schema({})).dump();
  return text;
}

}  // namespace

const Method rpc_discover =
    make_answer<answer>("rpc.discover", "", Scope::read, Notified::ignored, {}, results,
                        "All methods with what they take and answer, as an OpenRPC document.");

}  // namespace seed::rpc
