// torrent_add (rpc-contract, section 6.4).
#include <array>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/folder_fault.h"
#include "core/base/limits.h"
#include "core/base/url.h"
#include "rpc/json_writer.h"
#include "rpc/methods/all.h"
#include "rpc/methods/folder_limits.h"
#include "rpc/methods/label_limits.h"
#include "rpc/methods/option_parameters.h"

namespace seed::rpc {

namespace {

using session::OrderErrorCode;

constexpr Parameter filename{"filename", "", ValueType::text,
                             "The http or https URL of a .torrent, its path on the daemon's host, "
                             "a magnet link, or an info-hash of 40 hexadecimal digits."};
constexpr Parameter metainfo{"metainfo", "", ValueType::text,
                             "The .torrent itself as base64, if there is no filename."};
constexpr Parameter cookies{"cookies", "", ValueType::text,
                            "Cookies for fetching the URL: \"a=1; b=2\"."};
constexpr Parameter download_dir{"download_dir", "download-dir", ValueType::text,
                                 "Folder to download to, absolute; need not be there yet."};
constexpr Parameter paused{"paused", "", ValueType::boolean,
                           "Do not start it; if not given, as start_added_torrents says."};

constexpr Parameter from_piece{"sequential_download_from_piece", "", ValueType::integer, ""};
/// Read here: a piece that is none of the torrent's is taken for the first, not refused.
constexpr std::array<std::string_view, 1> own_options{from_piece.name};

constexpr Parameter hash_string{"hash_string", "hashString", ValueType::text,
                                "Info-hash, 40 hexadecimal digits."};
constexpr Parameter id{"id", "", ValueType::integer, "Number of the torrent in this run."};
constexpr Parameter name{"name", "", ValueType::text, "Its name."};
constexpr std::array members{hash_string, id, name};
constexpr Parameter added{
    "torrent_added", "torrent-added", ValueType::object, "The new torrent.", {}, {}, members};
constexpr Parameter duplicate{"torrent_duplicate",
                              "torrent-duplicate",
                              ValueType::object,
                              "Instead of torrent_added: the torrent that is there already.",
                              {},
                              {},
                              members};
constexpr std::array results{added, duplicate};
constexpr std::array errors{OrderErrorCode::path_not_absolute, OrderErrorCode::unrecognized_info,
                            OrderErrorCode::file_index_out_of_range, OrderErrorCode::http_error,
                            OrderErrorCode::corrupt_torrent};

const std::vector<Parameter>& parameters() {
  static const auto rows = with_options({filename, metainfo, cookies, download_dir, paused});
  return rows;
}

/// A file may say things to who has no account on the host, and be there to be found out.
bool may_name_files(const Caller& caller) {
  return caller.local || caller.scopes.allow(Scope::admin);
}

std::expected<std::variant<Buffer, std::string>, CallError> parse_source(const Params& params) {
  auto given = params.text(filename);
  if (given && !given->empty()) {
    if (given->starts_with('/') && !may_name_files(params.caller()))
      return refuse(not_allowed,
                    "a path on the daemon's host may be given only by who calls from there, or has "
                    "the scope admin: send the file itself as metainfo");
    return *std::move(given);
  }
  const auto encoded = params.text(metainfo);
  if (!encoded || encoded->empty())
    return refuse(invalid_params, "no filename or metainfo specified");
  auto octets = from_base64(*encoded);
  if (!octets) return refuse(OrderErrorCode::unrecognized_info, "metainfo is not base64");
  if (octets->size() > limits::torrent_file_bytes_max)
    return refuse(OrderErrorCode::unrecognized_info, "the torrent is too large");
  return *std::move(octets);
}

struct TorrentAdd {
  struct Order {
    session::AddOrder add;
    NamedGroup group;
  };
  struct Plan {
    Order order;
  };
  using Reply = session::AddReply;

  static std::expected<Plan, CallError> parse(const Params& params) {
    auto source = parse_source(params);
    if (!source) return std::unexpected(std::move(source).error());
    auto folder = params.text(download_dir);
    if (folder)
      if (auto fault = folder_fault(*folder))
        return refuse(OrderErrorCode::path_not_absolute,
                      "download directory path " + *std::move(fault));
    OptionChanges options = parse_options(params, own_options);
    if (options.error) return std::unexpected(*std::move(options.error));
    if (auto error = limit_new_labels(params.caller(), options))
      return std::unexpected(*std::move(error));
    Plan plan;
    plan.order.group = named_group(options, params.caller());
    session::AddOrder& order = plan.order.add;
    order.source = *std::move(source);
    order.only_labels = params.caller().labels;
    order.cookies = params.text(cookies).value_or("");
    order.download_dir = std::move(folder);
    order.paused = params.boolean(paused);
    order.files = parse_files(params, EmptyList::nothing);
    order.sequential_from_piece = params.integer(from_piece);
    order.adjust = std::move(options).adjust();
    return plan;
  }

  /// The server of a URL may be dead.
  static Wait waits_for(const Plan& plan) {
    const auto* given = std::get_if<std::string>(&plan.order.add.source);
    return given != nullptr && Url::parse(*given) ? Wait::web : Wait::disk;
  }

  static void run(LoopSide& loop, Order order, Responder<Reply> responder) {
    auto refused = group_refusal(loop.session, order.group);
    if (!refused && order.add.download_dir)
      refused = folder_refusal(folder_rules(loop), download_dir.name, *order.add.download_dir,
                               order.group.admin);
    if (refused) return responder.answer(std::unexpected(*std::move(refused)));
    loop.session.add(std::move(order.add), answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    JsonWriter out;
    out.begin_object();
    const Parameter& which = reply.duplicate ? duplicate : added;
    out.key(spelt(which.name, which.legacy, dialect));
    out.begin_object();
    out.key(spelt(hash_string.name, hash_string.legacy, dialect));
    out.text(reply.hashes.short_hash().hex());
    out.key(id.name);
    out.integer(reply.number);
    out.key(name.name);
    out.text(reply.name);
    out.end_object();
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method torrent_add =
    make_method<TorrentAdd>("torrent_add", "torrent-add", Scope::add, Notified::run, parameters(),
                            results, "Adds a torrent.", errors);

}  // namespace seed::rpc
