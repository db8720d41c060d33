#include <fmt/format.h>

#include <algorithm>

#include "ctl/commands/commands.h"

namespace seed::ctl {

namespace {

Outcome<void> run_raw(Context& context, const Arguments& arguments) {
  std::string method = arguments.operands.front();
  std::ranges::replace(method, '-', '_');
  Json params = Json::object();
  if (arguments.operands.size() == 2) {
    std::string document = arguments.operands[1];
    if (document == "-") {
      SEED_TRY(document, read_input(context.terminal.in));
    }
    params = Json::parse(document, nullptr, false);
    if (!params.is_object())
      return misused("raw: the parameters must be a JSON object, such as '{\"ids\": [1]}'.");
  }
  SEED_TRY(const Json answer, context.daemon.call(method, params));
  context.print(answer);
  return {};
}

}  // namespace

const Command raw_command{"raw",
                          "METHOD [JSON]",
                          1,
                          2,
                          Completes::methods,
                          "Make any call, and print its result.",
                          "JSON is the object of parameters, or - to read it from the standard "
                          "input: seedctl raw torrent_get '{\"fields\": [\"name\"]}'",
                          {},
                          &run_raw};

}  // namespace seed::ctl
