// free_space (rpc-contract, section 6.8). One client reads the result of a failure without looking
// whether it is there, so it always is.
#include <array>
#include <utility>

#include "core/base/folder_fault.h"
#include "rpc/json_writer.h"
#include "rpc/methods/all.h"
#include "rpc/methods/folder_limits.h"

namespace seed::rpc {

namespace {

constexpr Parameter path =
    required({"path", "", ValueType::text, "The folder, absolute."}, Need::own_words);
constexpr std::array parameters{path};
constexpr Parameter path_result{"path", "", ValueType::text, "As given."};
constexpr Parameter size_bytes{"size_bytes", "size-bytes", ValueType::integer,
                               "Bytes left for an ordinary user; -1 unknown."};
constexpr Parameter total_size{"total_size", "", ValueType::integer,
                               "Bytes of the whole file system; -1 unknown."};
constexpr std::array results{path_result, size_bytes, total_size};
constexpr std::array errors{session::OrderErrorCode::path_not_absolute};

std::string encode_space(std::string_view folder, std::int64_t free_bytes, std::int64_t total_bytes,
                         Dialect dialect) {
  JsonWriter out;
  out.begin_object();
  out.key(path_result.name);
  out.text(folder);
  out.key(spelt(size_bytes.name, size_bytes.legacy, dialect));
  out.integer(free_bytes);
  out.key(total_size.name);
  out.integer(total_bytes);
  out.end_object();
  return out.take();
}

struct AskSpace {
  struct Order {
    std::string folder;
    bool kept_short = false;  ///< the caller is kept to labels: no folder but the downloads'
  };
  struct Plan {
    Order order;
    std::string path;
  };
  using Reply = session::Space;

  static std::expected<Plan, CallError> parse(const Params& params) {
    const auto folder = params.text(path);
    CallError error{invalid_params, "directory path argument is missing", {}, false};
    if (folder) {
      auto fault = folder_fault(*folder);
      if (!fault) return Plan{{*folder, !params.caller().labels.empty()}, *folder};
      error.code = static_cast<int>(session::OrderErrorCode::path_not_absolute);
      error.text = "directory path " + *std::move(fault);
    }
    error.data = encode_space(folder.value_or(""), -1, -1, params.dialect());
    return std::unexpected(std::move(error));
  }

  static void run(LoopSide& loop, const Order& order, Responder<Reply> responder) {
    if (order.kept_short && !is_within(order.folder, loop.session.settings().download_dir))
      return responder.answer(std::unexpected(
          session::OrderError{session::OrderErrorCode::not_allowed,
                              "the token is kept to labels, and told of download_dir alone"}));
    loop.session.free_space(order.folder, answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan& plan, const Reply& reply, Dialect dialect) {
    return encode_space(plan.path, static_cast<std::int64_t>(reply.free_bytes),
                        static_cast<std::int64_t>(reply.total_bytes), dialect);
  }

  static CallError fail(const Plan& plan, CallError error, Dialect dialect) {
    error.data = encode_space(plan.path, -1, -1, dialect);
    return error;
  }
};

}  // namespace

const Method free_space = make_method<AskSpace>(
    "free_space", "free-space", Scope::read, Notified::ignored, parameters, results,
    "Space in a folder. A failure has the results as well, in `data.result`.", errors);

}  // namespace seed::rpc
