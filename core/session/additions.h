// Additions: torrents that are being added, until their metainfo is there: octets, a file of this
// host or a URL, read, fetched and parsed off the loop; or a magnet, which has it from peers later.
//
// A server may send one by gzip though it was not asked to: it is inflated where it is parsed.
// Bounds: limits::torrent_file_bytes_max a torrent, as it comes and inflated. Jobs and exchanges
// find nothing here when the order is gone; this object outlives them, or the World is gone first.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/settings.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/world.h"
#include "core/metainfo/magnet.h"
#include "core/metainfo/metainfo.h"
#include "core/session/fetching.h"
#include "core/session/session.h"

namespace seed::session {

/// One order, and what has come of it.
struct Addition {
  AddOrder order;
  OrderAnswer<AddReply> answer;
  Buffer torrent;                                      ///< the octets
  std::shared_ptr<const metainfo::Metainfo> metainfo;  ///< nullptr for a magnet
  metainfo::Magnet magnet{};                           ///< if it is one

  const InfoHashes& hashes() const { return metainfo ? metainfo->hashes : magnet.hashes; }

  void refuse(OrderErrorCode code, std::string text) {
    answer(std::unexpected(OrderError{code, std::move(text)}));
  }
};

class Additions {
 public:
  /// The order's torrent is there and good: whole, but for its answer.
  using Parsed = std::function<void(Addition addition)>;

  Additions(io::Workers& workers, io::Http& http, Parsed parsed);

  void set_fetching(FetchRules rules) { rules_ = std::move(rules); }
  /// Bad ones are answered here.
  void add(AddOrder order, OrderAnswer<AddReply> answer);

 private:
  using Id = SlotId<struct AdditionTag>;
  void read(Id id, const std::string& source);
  void read_magnet(Id id, const std::string& source);
  void read_file(Id id, const std::string& path);
  void fetch(Id id, const std::string& url);
  void parse(Id id, Buffer bytes);
  void refuse(Id id, OrderErrorCode code, std::string text);

  io::Workers& workers_;
  io::Http& http_;
  FetchRules rules_;
  Parsed parsed_;
  SlotMap<std::unique_ptr<Addition>, struct AdditionTag> open_;
};

}  // namespace seed::session
