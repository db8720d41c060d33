// torrent_rename_path (rpc-contract, section 6.5).
#include <array>
#include <optional>
#include <utility>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr Parameter path = required(
    {"path", "", ValueType::text, "File or folder, as in files; the torrent's name is all of it."},
    Need::own_words);
constexpr Parameter name =
    required({"name", "", ValueType::text, "Its new name, without slashes."}, Need::own_words);
constexpr std::array parameters{ids_parameter, path, name};
constexpr Parameter id{"id", "", ValueType::integer, "The torrent's."};
constexpr Parameter name_result{"name", "", ValueType::text, "As given."};
constexpr Parameter path_result{"path", "", ValueType::text, "As given."};
constexpr std::array results{id, name_result, path_result};

struct TorrentRenamePath {
  struct Plan {
    session::RenameOrder order;
    std::string path, name;
  };
  struct Reply {
    session::TorrentNumber number = 0;
    std::optional<session::OrderError> error;
  };

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    plan.path = params.text(path).value_or("");
    plan.name = params.text(name).value_or("");
    plan.order = {parse_ids(params).selection, plan.path, plan.name};
    return plan;
  }

  /// Asks for the torrent's number first, which an error has to tell as well.
  static void run(LoopSide& loop, session::RenameOrder order, Responder<Reply> responder) {
    session::ListQuery query{order.which, {}, 0};
    loop.session.list(
        std::move(query),
        [&session = loop.session, order = std::move(order),
         responder = std::move(responder)](session::OrderResult<session::ListReply> found) mutable {
          if (!found) return responder.answer(std::unexpected(std::move(found).error()));
          if (found->torrents.size() != 1)
            return responder.answer(
                std::unexpected(session::OrderError{session::OrderErrorCode::invalid_params,
                                                    "torrent_rename_path requires 1 torrent"}));
          rename(session, std::move(order), found->torrents.front().number, std::move(responder));
        });
  }

  static void rename(session::Session& session, session::RenameOrder order,
                     session::TorrentNumber number, Responder<Reply> responder) {
    session.rename_path(std::move(order),
                        [number, responder = std::move(responder)](
                            session::OrderResult<session::RenameReply> renamed) mutable {
                          Reply reply{number, {}};
                          if (!renamed) reply.error = std::move(renamed).error();
                          responder.answer(std::move(reply));
                        });
  }

  static Outcome encode(const Plan& plan, Reply reply, Dialect) {
    JsonWriter out;
    out.begin_object();
    out.key(id.name);
    out.integer(reply.number);
    out.key(name_result.name);
    out.text(plan.name);
    out.key(path_result.name);
    out.text(plan.path);
    out.end_object();
    if (!reply.error) return out.take();
    CallError error = from_order(*std::move(reply.error));
    error.data = out.take();
    return std::unexpected(std::move(error));
  }
};

}  // namespace

const Method torrent_rename_path = make_method<TorrentRenamePath>(
    "torrent_rename_path", "torrent-rename-path", Scope::control, Notified::run, parameters,
    results,
    "Renames a file or folder of one torrent, or all of it. A failure has the results as well, in "
    "`data.result`.");

}  // namespace seed::rpc
