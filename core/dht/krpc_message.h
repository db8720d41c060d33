// krpc::Message: what two nodes of the DHT say to each other, one datagram each (BEP 5, "KRPC
// Protocol").
//
// Queries and answers of BEP 5 (ping, find_node, get_peers, announce_peer), with what others add:
// BEP 32 (`want`, `nodes6`), BEP 33 (`scrape`, `noseed`, `seed`, BFsd, BFpe), BEP 42 (`ip`), BEP 43
// (`ro`), BEP 44 (get, put), BEP 51 (sample_infohashes). Values: a message that was parsed owns
// what it tells. krpc_reader.h and krpc_writer.h are the codec.
//
// Bounds: a datagram of datagram_bytes_max, a transaction id of transaction_bytes_max; what is in a
// message is bounded by its datagram, but where a constant below says less.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/ed25519.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/dht/bloom_filter.h"
#include "core/dht/item_store.h"
#include "core/dht/node_contact.h"
#include "core/dht/node_id.h"

namespace seed::dht::krpc {

/// A datagram that comes. No link carries more in one piece, and BEP 32 asks for 1024. Beyond:
/// malformed.
inline constexpr std::size_t datagram_bytes_max = 1500;
/// A transaction id; BEP 5: "typically 2 characters are enough". Beyond: malformed.
inline constexpr std::size_t transaction_bytes_max = 16;
/// Octets of an error's text that are kept. Beyond: cut.
inline constexpr std::size_t error_text_bytes_max = 100;
/// Octets of `v` that are kept; BEP 5 has four. Beyond: cut.
inline constexpr std::size_t version_bytes_max = 16;
/// A token that we are given and have to give back; others' have 4 to 20. Beyond: as if there were
/// none.
inline constexpr std::size_t token_bytes_max = 128;
/// Contacts taken of one `nodes` or `nodes6`; BEP 5 has 8, some send more. Beyond: left out.
inline constexpr std::size_t contacts_max = 32;
/// `interval` of sample_infohashes (BEP 51: "between 0 and 21600 seconds").
inline constexpr std::int64_t sample_interval_max = 21'600;

/// BEP 20's letters of ours, and version 0.1.
inline constexpr std::array<std::uint8_t, 4> own_version{'E', 'E', 0, 1};

/// BEP 5 and BEP 44, "Errors".
enum class ErrorCode : std::uint16_t {
  generic = 201,
  server = 202,
  protocol = 203,
  method_unknown = 204,
  value_too_big = 205,
  bad_signature = 206,
  salt_too_big = 207,
  cas_mismatch = 301,
  seq_too_low = 302,
};

struct Error {
  std::int64_t code = static_cast<std::int64_t>(ErrorCode::generic);
  std::string text;  ///< foreign when it was received
  bool operator==(const Error&) const = default;
};
inline Error make_error(ErrorCode code, std::string_view text) {
  return {static_cast<std::int64_t>(code), std::string(text)};
}

/// Of which families contacts are wanted (BEP 32, `want`). Neither: that of the datagram.
struct Want {
  bool nodes = false;   ///< "n4"
  bool nodes6 = false;  ///< "n6"
  bool operator==(const Want&) const = default;
};

struct Ping {
  bool operator==(const Ping&) const = default;
};
/// Also what is made of a query that is not known and has a `target` or an `info_hash`, so that
/// later protocols find their way through us (as libtorrent's nodes do, and as BEP 51 expects).
struct FindNode {
  NodeId target;
  Want want;
  bool operator==(const FindNode&) const = default;
};
struct GetPeers {
  Sha1 info_hash;
  Want want;
  bool noseed = false;
  bool scrape = false;
  bool operator==(const GetPeers&) const = default;
};
struct AnnouncePeer {
  Sha1 info_hash;
  std::uint16_t port = 0;     ///< not 0, unless it is implied
  bool implied_port = false;  ///< the datagram's own port counts
  bool seed = false;
  Buffer token;
  bool operator==(const AnnouncePeer&) const = default;
};
struct Get {
  Sha1 target;
  std::optional<std::int64_t> seq;  ///< only newer ones are wanted
  Want want;
  bool operator==(const Get&) const = default;
};
/// Nothing of the item was judged but its form: value and salt may be too long, the signature
/// wrong.
struct Put {
  Item item;
  std::optional<std::int64_t> cas;
  Buffer token;
  bool operator==(const Put&) const = default;
};
struct SampleInfohashes {
  NodeId target;
  Want want;
  bool operator==(const SampleInfohashes&) const = default;
};
/// A query that cannot be carried out, and the answer to it.
struct Refused {
  Error error;
  bool operator==(const Refused&) const = default;
};

using What =
    std::variant<Ping, FindNode, GetPeers, AnnouncePeer, Get, Put, SampleInfohashes, Refused>;

struct Query {
  NodeId id;               ///< of who asks; means nothing for a Refused
  bool read_only = false;  ///< BEP 43
  What what;
  bool operator==(const Query&) const = default;
};

/// What sample_infohashes is answered with.
struct Samples {
  std::vector<Sha1> hashes;
  std::int64_t total = 0;  ///< `num`: info-hashes that the node has
  std::chrono::seconds interval{};
  bool operator==(const Samples&) const = default;
};

/// The answer to any query: what a node sends of these depends on what it was asked, and on its
/// mood.
struct Response {
  NodeId id;
  std::optional<std::vector<NodeContact>> nodes;
  std::optional<std::vector<NodeContact>> nodes6;
  std::vector<Endpoint> values;  ///< of both families
  Buffer token;                  ///< empty for none
  std::optional<BloomFilter> seeds;
  std::optional<BloomFilter> peers;
  Buffer value;  ///< `v`, bencoded; empty for none
  std::optional<ItemKey> key;
  std::optional<ItemSignature> signature;
  std::optional<std::int64_t> seq;
  std::optional<Samples> samples;
  bool operator==(const Response&) const = default;
};

struct Message {
  Buffer transaction;
  /// How the sender sees us (BEP 42): where its datagram went.
  std::optional<Endpoint> ip;
  Buffer version;  ///< empty for none
  std::variant<Query, Response, Error> body;
  bool operator==(const Message&) const = default;
};

}  // namespace seed::dht::krpc
