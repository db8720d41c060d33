// torrent_create: makes a torrent of files of the daemon's host. seedd's own.
#include <array>
#include <string>
#include <utility>

#include "core/base/instant.h"
#include "rpc/json_writer.h"
#include "rpc/methods/all.h"
#include "rpc/methods/folder_limits.h"

namespace seed::rpc {

namespace {

using metainfo::TorrentVersion;
using session::OrderErrorCode;

constexpr Parameter path =
    required({"path", "", ValueType::text, "The file or folder, absolute, on the daemon's host."});
constexpr Parameter output{"output", "", ValueType::text,
                           "Where the daemon writes the .torrent: an absolute path that ends so. "
                           "Left out, it is only answered by creation_get."};
constexpr Parameter replace{"replace", "", ValueType::boolean,
                            "Write over the output if it is there. Else that is an error."};
constexpr Parameter version{"version", "", ValueType::text, "v1, v2 or hybrid (hybrid)."};
constexpr Parameter name{"name", "", ValueType::text,
                         "What the torrent is called (as the file or folder)."};
constexpr Parameter piece_size{"piece_size", "pieceSize", ValueType::integer,
                               "Octets of a piece, a multiple of 16 KiB; of v2 and hybrids a power "
                               "of two. Left out or 0, it follows from the size."};
constexpr Parameter tracker_list{"tracker_list", "trackerList", ValueType::text,
                                 "URLs of trackers, one a line, a blank line between tiers."};
constexpr Parameter webseeds{"webseeds", "", ValueType::texts,
                             "URLs of http or https where the files are too (BEP 19)."};
constexpr Parameter nodes{"nodes", "", ValueType::texts,
                          "Nodes of the DHT to begin with, \"host:port\"."};
constexpr Parameter is_private{"is_private", "isPrivate", ValueType::boolean,
                               "Peers come from its trackers alone (BEP 27)."};
constexpr Parameter source{"source", "", ValueType::text,
                           "A word that gives the torrent an info-hash of its own, as private "
                           "trackers ask for."};
constexpr Parameter comment{"comment", "", ValueType::text, "For people."};
constexpr Parameter date_created{"date_created", "dateCreated", ValueType::integer,
                                 "Unix seconds. Left out, no date is in it, and the same files "
                                 "make the same .torrent."};
constexpr Parameter exclude{"exclude", "", ValueType::texts,
                            "Patterns of files and folders to leave out: * ? and **; one without / "
                            "is for any name."};
constexpr Parameter hidden{"hidden", "", ValueType::boolean, "Also what begins with a dot (true)."};
constexpr Parameter symlinks{"symlinks", "", ValueType::text,
                             "What becomes of symbolic links: refuse, an error, or follow, as far "
                             "as they stay in the folder that the torrent lies in (refuse)."};
constexpr Parameter add{"add", "", ValueType::boolean,
                        "Add the torrent when it is made. Its files are verified once more."};
constexpr std::array parameters{path,         output,   replace, version,    name,   piece_size,
                                tracker_list, webseeds, nodes,   is_private, source, comment,
                                date_created, exclude,  hidden,  symlinks,   add};

constexpr Parameter creation{"creation", "", ValueType::integer,
                             "What creation_get and creation_cancel call it."};
constexpr std::array results{creation};
constexpr std::array errors{OrderErrorCode::tracker_list_invalid, OrderErrorCode::path_not_absolute,
                            OrderErrorCode::not_allowed};

std::expected<TorrentVersion, CallError> parse_version(const Params& params) {
  const auto given = params.text(version);
  if (!given || *given == "hybrid") return TorrentVersion::hybrid;
  if (*given == "v1") return TorrentVersion::v1;
  if (*given == "v2") return TorrentVersion::v2;
  return refuse(invalid_params, "version: v1, v2 or hybrid");
}

std::expected<session::SourceLinks, CallError> parse_links(const Params& params) {
  const auto given = params.text(symlinks);
  if (!given || *given == "refuse") return session::SourceLinks::refuse;
  if (*given == "follow") return session::SourceLinks::follow;
  return refuse(invalid_params, "symlinks: refuse or follow");
}

/// The folder that a path names something in; "" when there is none.
std::string folder_of(const std::string& of) {
  const auto slash =
      of.find_last_not_of('/') == of.npos ? of.npos : of.rfind('/', of.find_last_not_of('/'));
  if (slash == of.npos) return {};
  return slash == 0 ? "/" : of.substr(0, slash);
}

struct TorrentCreate {
  struct Plan {
    session::CreateOrder order;
  };
  using Reply = session::CreationNumber;

  static std::expected<Plan, CallError> parse(const Params& params) {
    session::CreateOrder order;
    order.path = params.text(path).value_or("");
    auto links = parse_links(params);
    if (!links) return std::unexpected(std::move(links).error());
    order.links = *links;
    auto kind = parse_version(params);
    if (!kind) return std::unexpected(std::move(kind).error());
    order.options.version = *kind;
    const std::int64_t piece = params.integer(piece_size).value_or(0);
    if (piece < 0 || piece > metainfo::creation_piece_bytes_max)
      return refuse(invalid_params, "piece_size: 16 KiB to 128 MiB");
    order.options.piece_length = static_cast<std::uint32_t>(piece);
    order.options.name = params.text(name).value_or("");
    order.options.is_private = params.boolean(is_private).value_or(false);
    order.options.source = params.text(source).value_or("");
    order.options.exclude = params.texts(exclude).value_or(std::vector<std::string>());
    order.hidden = params.boolean(hidden).value_or(true);
    order.tracker_list = params.text(tracker_list).value_or("");
    order.web_seeds = params.texts(webseeds).value_or(std::vector<std::string>());
    order.nodes = params.texts(nodes).value_or(std::vector<std::string>());
    order.comment = params.text(comment).value_or("");
    // Beyond 9999 it is no date that anybody shows.
    const std::int64_t date = params.integer(date_created).value_or(0);
    if (date < 0 || date > 253'402'300'799)
      return refuse(invalid_params, "date_created: Unix seconds");
    if (date > 0) order.created = from_unix_seconds(date);
    order.output = params.text(output).value_or("");
    order.replace = params.boolean(replace).value_or(false);
    order.add = params.boolean(add).value_or(false);
    return Plan{std::move(order)};
  }

  static Wait waits_for(const Plan&) { return Wait::prompt; }

  static void run(LoopSide& loop, session::CreateOrder order, Responder<Reply> responder) {
    // What seedd keeps for itself is not to be given to others.
    const FolderRules rules = folder_rules(loop);
    auto refused = folder_refusal(rules, path.name, order.path, true);
    if (!refused) refused = folder_refusal(rules, path.name, folder_of(order.path), true);
    if (!refused && !order.output.empty())
      refused = folder_refusal(rules, output.name, folder_of(order.output), true);
    if (refused) return responder.answer(std::unexpected(*std::move(refused)));
    responder.answer(loop.session.create(std::move(order)));
  }

  static Outcome encode(const Plan&, Reply number, Dialect) {
    JsonWriter out;
    out.begin_object();
    out.key(creation.name);
    out.integer(number);
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method torrent_create = make_method<TorrentCreate>(
    "torrent_create", "torrent-create", Scope::admin, Notified::run, parameters, results,
    "Begins to make a torrent of a file or folder. It goes on in the background: creation_get "
    "tells how far it is.",
    errors);

}  // namespace seed::rpc
