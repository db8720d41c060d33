// LINK: seed::rpc
// Any text as the body of a call: every answer is well-formed JSON of the right shape, and the
// arguments of every method are read without harm.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "rpc/json_rpc.h"

using namespace seed::rpc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const RpcAnswer answer =
      answer_request(body, the_owner(), [](const Method& method, const Params& params) -> Outcome {
        if (auto error = method.check(params)) return std::unexpected(*std::move(error));
        return "{}";
      });
  if (answer.status == 204) return answer.body.empty() ? 0 : (std::abort(), 0);
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded() || answer.status != 200) std::abort();
  for (const Json& single : json.is_array() ? json : Json::array({json})) {
    if (single.contains("jsonrpc")) {
      if (!single.contains("id") || single.contains("result") == single.contains("error"))
        std::abort();
    } else if (!single.at("result").is_string() || !single.at("arguments").is_object()) {
      std::abort();
    }
  }
  return 0;
}
