// creation_get: how far torrents are that are made, and what came of them. seedd's own.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

using session::CreationSnapshot;
using session::CreationState;

constexpr Parameter id{"id", "", ValueType::integer,
                       "What torrent_create has called it. Left out: all, without their metainfo."};
constexpr std::array parameters{id};

constexpr std::array members{
    Parameter{"id", "", ValueType::integer, "What torrent_create has called it."},
    Parameter{"state", "", ValueType::text, "running, done, failed or cancelled."},
    Parameter{"progress", "", ValueType::number, "How much of it is hashed, 0 to 1."},
    Parameter{"error", "", ValueType::text, "Why it has failed; else empty."},
    Parameter{"name", "", ValueType::text, "What the torrent is called."},
    Parameter{"total_size", "totalSize", ValueType::integer,
              "Octets of its files; 0 until they are listed."},
    Parameter{"bytes_hashed", "bytesHashed", ValueType::integer, "Of these."},
    Parameter{"piece_count", "pieceCount", ValueType::integer, "Its pieces."},
    Parameter{"piece_size", "pieceSize", ValueType::integer, "Octets of a piece."},
    Parameter{"hash_string", "hashString", ValueType::text,
              "When it is done: the info-hash that torrent_get has, 40 hexadecimal digits."},
    Parameter{"hash_v1", "hashV1", ValueType::text, "The same of v1, if it has one."},
    Parameter{"hash_v2", "hashV2", ValueType::text,
              "The same of v2, if it has one: 64 hexadecimal digits."},
    Parameter{"magnet_link", "magnetLink", ValueType::text, "When it is done."},
    Parameter{"output", "", ValueType::text, "The .torrent that the daemon has written, if any."},
    Parameter{"torrent_size", "torrentSize", ValueType::integer,
              "Octets of the .torrent, when it is done."},
    Parameter{"metainfo", "", ValueType::text,
              "The .torrent as base64, when it is done, of one that was asked for by its id; not "
              "of one beyond 16 MiB."},
};
constexpr Parameter creations{"creations",
                              "",
                              ValueType::objects,
                              "In the order they began. Those that ended are kept for 10 minutes, "
                              "the last 16.",
                              {},
                              {},
                              members};
constexpr std::array results{creations};

std::string_view name_of(CreationState state) {
  switch (state) {
    case CreationState::running:
      return "running";
    case CreationState::done:
      return "done";
    case CreationState::failed:
      return "failed";
    case CreationState::cancelled:
      break;
  }
  return "cancelled";
}

class Writing {
 public:
  Writing(JsonWriter& out, Dialect dialect) : out_(out), dialect_(dialect) {}

  void write(const CreationSnapshot& one) {
    const bool listed = one.total_bytes > 0;
    out_.begin_object();
    key("id");
    out_.integer(one.number);
    key("state");
    out_.text(name_of(one.state));
    key("progress");
    out_.real(listed ? static_cast<double>(one.hashed_bytes) / static_cast<double>(one.total_bytes)
                     : 0);
    key("error");
    out_.text(one.error);
    key("name");
    out_.text(one.name);
    key("total_size");
    out_.integer(one.total_bytes);
    key("bytes_hashed");
    out_.integer(one.hashed_bytes);
    key("piece_count");
    out_.integer(one.piece_count);
    key("piece_size");
    out_.integer(one.piece_bytes);
    if (one.torrent_bytes > 0) write_made(one);
    out_.end_object();
  }

 private:
  void key(std::string_view name) {
    const auto row = std::ranges::find(members, name, &Parameter::name);
    out_.key(spelt(row->name, row->legacy, dialect_));
  }
  void write_made(const CreationSnapshot& one) {
    key("hash_string");
    out_.text(one.hashes.short_hash().hex());
    if (one.hashes.v1) {
      key("hash_v1");
      out_.text(one.hashes.v1->hex());
    }
    if (one.hashes.v2) {
      key("hash_v2");
      out_.text(one.hashes.v2->hex());
    }
    key("magnet_link");
    out_.text(one.magnet);
    if (!one.output.empty()) {
      key("output");
      out_.text(one.output);
    }
    key("torrent_size");
    out_.integer(one.torrent_bytes);
    if (!one.torrent.empty()) {
      key("metainfo");
      out_.text(to_base64(one.torrent));
    }
  }

  JsonWriter& out_;
  Dialect dialect_;
};

struct CreationGet {
  struct Plan {
    std::optional<session::CreationNumber> order;
  };
  using Reply = std::vector<CreationSnapshot>;

  static std::expected<Plan, CallError> parse(const Params& params) {
    if (params.find(id) == nullptr) return Plan();
    const auto number = params.integer(id);
    if (!number || *number < 0) return refuse(invalid_params, "id: not a number");
    return Plan{static_cast<session::CreationNumber>(*number)};
  }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, std::optional<session::CreationNumber> which,
                  Responder<Reply> responder) {
    responder.answer(loop.session.creations(which));
  }
  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    JsonWriter out;
    out.begin_object();
    out.key(creations.name);
    out.begin_array();
    for (const auto& one : reply) Writing(out, dialect).write(one);
    out.end_array();
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method creation_get = make_method<CreationGet>(
    "creation_get", "creation-get", Scope::admin, Notified::ignored, parameters, results,
    "How far torrents are that torrent_create makes, and what came of them.");

}  // namespace seed::rpc
