// Session: the front door of the engine. Many torrents under one set of settings, on one loop.
//
// Every call is on the loop thread. Orders that must be durable before they are answered, or that
// need a disk or a tracker, answer later; the answer is called at most once, and never if the
// session ends first. Queries answer with copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/group_options.h"
#include "config/settings.h"
#include "config/torrent_options.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/ed25519.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/metainfo/creation.h"
#include "core/session/event.h"
#include "core/session/snapshot.h"

namespace seed::session {

/// Why an order was turned down: the contract's error numbers (section 2.3).
enum class OrderErrorCode : std::int16_t {
  invalid_params = -32602,
  internal = -32603,
  tracker_list_unchanged = 1,
  tracker_list_invalid = 2,
  path_not_absolute = 3,
  unrecognized_info = 4,
  system_error = 5,
  file_index_out_of_range = 6,
  piece_index_out_of_range = 7,
  http_error = 8,
  corrupt_torrent = 9,
  no_blocklist_rules = 10,
  not_allowed = 101,   ///< the caller may not do that; seedd's own, as all below
  dht_failed = 102,    ///< the DHT is off, or nobody in it has answered
  not_in_dht = 103,    ///< nobody in it has that
  newer_in_dht = 104,  ///< another item has taken the place meanwhile
};

struct OrderError {
  OrderErrorCode code = OrderErrorCode::internal;
  std::string text;
};

template <typename T>
using OrderResult = std::expected<T, OrderError>;
/// Where an order's answer goes; called at most once, on the loop.
template <typename T>
using OrderAnswer = std::move_only_function<void(OrderResult<T>)>;

/// Chooses torrents (contract, section 5).
struct Selection {
  enum class Kind : std::uint8_t { all, listed, recently_active };
  Kind kind = Kind::all;
  /// Unknown ones are skipped. Those recently active may have others beside them.
  std::vector<std::variant<TorrentNumber, Sha1>> listed;
  /// Not empty: only torrents that have one of these; the others are as unknown.
  std::vector<std::string> only_labels = {};
};

/// Which files, and how: for adding and for setting. An empty list means "not said"; what the RPC
/// means by [] (all files) is said by `all_...`.
struct FileChoice {
  std::vector<std::int64_t> wanted, unwanted, high, normal, low;
  bool all_wanted = false, all_unwanted = false;
  bool all_high = false, all_normal = false, all_low = false;
};

struct AddOrder {
  /// One of: the octets of a .torrent; the absolute path of one on this host; an http(s) URL of
  /// one; a magnet link or a bare info-hash.
  std::variant<Buffer, std::string> source;
  std::string cookies;                      ///< "a=1; b=2", for a URL
  std::optional<std::string> download_dir;  ///< absolute; default: the setting
  std::optional<bool> paused;               ///< default: not start_added_torrents
  FileChoice files;
  std::optional<std::int64_t> sequential_from_piece;  ///< beyond its pieces: 0
  /// Not empty: a torrent that is there already and has none of these is not told of.
  std::vector<std::string> only_labels = {};
  /// Changes the options a new torrent starts with.
  std::move_only_function<void(config::TorrentOptions&)> adjust;
};

struct AddReply {
  bool duplicate = false;
  TorrentNumber number = 0;
  InfoHashes hashes;
  std::string name;
};

/// What torrent_set may change besides the options.
struct SetOrder {
  Selection which;
  FileChoice files;
  std::move_only_function<void(config::TorrentOptions&)> adjust;
  std::optional<std::int64_t> queue_position;
  std::optional<std::string> tracker_list;  ///< whole new list, contract 6.3
  std::vector<std::string> tracker_add;
  std::vector<std::int64_t> tracker_remove;
  std::vector<std::pair<std::int64_t, std::string>> tracker_replace;
  std::optional<std::int64_t> sequential_from_piece;
};

/// Makes a bandwidth group or changes it.
struct GroupOrder {
  std::string name;
  std::move_only_function<void(config::GroupOptions&)> adjust;
};

enum class QueueMove : std::uint8_t { top, up, down, bottom };

struct RenameOrder {
  Selection which;
  std::string path;  ///< as in files[].name
  std::string name;  ///< one path part
};
struct RenameReply {
  TorrentNumber number = 0;
};

struct Space {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

struct BlocklistReply {
  std::uint64_t rules = 0;
};

enum class IpProtocol : std::uint8_t { v4, v6 };
struct PortTestReply {
  bool open = false;
  std::optional<IpProtocol> protocol{};  ///< what was asked for, or went out over
  std::string error{};                   ///< why it is not known; empty when it is
};

/// What the DHT keeps for anybody (BEP 44), by where it is or by whose it is.
struct DhtGetOrder {
  std::variant<Sha1, Ed25519Key> what;  ///< a target, or the key of a mutable item
  std::string salt{};                   ///< of a mutable item; its octets
};
struct DhtItem {
  /// Of a mutable item.
  struct Signed {
    Ed25519Key key;
    std::int64_t seq = 0;
    Ed25519Signature signature;
  };
  Sha1 target;
  Buffer value;                     ///< bencoded, by a stranger
  std::optional<std::string> text;  ///< the same when it is a string of UTF-8
  std::optional<Signed> by;
};
struct DhtPutOrder {
  std::variant<std::string, Buffer> value;  ///< a text, or what is bencoded already
  std::optional<Ed25519Seed> seed{};        ///< the private key of a mutable item; a secret
  // Of a mutable item alone.
  std::string salt{};
  std::optional<std::int64_t> seq{};  ///< nothing: one more than the newest there is, or 1
  std::optional<std::int64_t> cas{};  ///< only over the one with this seq
};
struct DhtPutReply {
  Sha1 target;
  std::optional<DhtItem::Signed> by;
  std::size_t nodes = 0;  ///< that took it
};

/// How large a swarm the DHT knows of (BEP 33): what strangers claim.
struct DhtScrapeOrder {
  std::variant<TorrentNumber, Sha1> torrent;  ///< a hash may be of any
  std::vector<std::string> only_labels{};     ///< as in Selection
};
struct DhtSwarm {
  std::uint64_t seeds = 0;
  std::uint64_t leechers = 0;
  bool operator==(const DhtSwarm&) const = default;
};
struct DhtScrapeReply {
  Sha1 info_hash;
  /// Each family's network counts peers of its own; nothing: it was not asked, or has not answered.
  std::optional<DhtSwarm> v4{}, v6{};
};

/// What becomes of a symbolic link among the files that a torrent is made of.
enum class SourceLinks : std::uint8_t {
  refuse,
  follow,  ///< as far as it can be seeded: within the folder that the torrent lies in
};

/// A torrent to be made of files of this host.
struct CreateOrder {
  std::string path;                     ///< absolute: a file, or a folder
  metainfo::CreationOptions options{};  ///< without a name that of the file or folder
  SourceLinks links = SourceLinks::refuse;
  bool hidden = true;          ///< files and folders too whose name begins with a dot
  std::string tracker_list{};  ///< a URL a line, a blank line between tiers
  std::vector<std::string> web_seeds{};
  std::vector<std::string> nodes{};  ///< of the DHT, "host:port"
  std::string comment{};
  WallTime created = no_time;  ///< no_time: not said, so that the same files make the same torrent
  std::string output{};        ///< absolute: the .torrent to be written; empty: none
  bool replace = false;        ///< it may be there already
  bool add = false;            ///< as a torrent, which finds its files complete
};
using CreationNumber = std::uint64_t;

enum class CreationState : std::uint8_t { running, done, failed, cancelled };

struct CreationSnapshot {
  CreationNumber number = 0;
  CreationState state = CreationState::running;
  std::string error;               ///< of one that has failed
  std::string name;                ///< of the torrent
  std::uint64_t total_bytes = 0;   ///< of its files; 0: they are not listed yet
  std::uint64_t hashed_bytes = 0;  ///< of these
  std::uint32_t piece_count = 0;
  std::uint32_t piece_bytes = 0;
  // When it is done.
  InfoHashes hashes;
  std::string magnet;
  std::string output;               ///< the file written; empty: none
  std::uint64_t torrent_bytes = 0;  ///< of the .torrent
  /// The .torrent: of one that was asked for by its number, if it is not too large to be kept.
  Buffer torrent;
};

struct ListQuery {
  Selection which;
  Groups groups;
  std::uint64_t since = 0;  ///< only torrents whose sequence is above
  /// Of all: at most so many. Without `since` by their numbers above `after`; with it those that
  /// changed first, and none when what changed since is not known.
  static constexpr std::size_t all = static_cast<std::size_t>(-1);
  std::size_t most = all;
  TorrentNumber after = 0;
};
struct ListReply {
  std::vector<TorrentSnapshot> torrents;
  /// For recently_active: in the last 60 s. Else since the query's number.
  std::vector<TorrentNumber> removed;
  std::uint64_t sequence = 0;  ///< what has not changed after this number is in the list
  bool full = true;            ///< all that were chosen: none was left out for not having changed
  std::uint64_t newest = 0;    ///< the session's number; above `sequence` when `most` left some out
};

/// What a session is made of besides its World.
struct SessionConfig {
  config::Settings settings;
  std::string state_dir;
  std::string user_agent;          ///< "seedd/0.1.0"
  bool peer_port_was_set = false;  ///< by the user; else the first free one of 6881 to 6889
  /// The settings in force once those saved by RPC are known; unset: `settings` as they are.
  struct Merged {
    config::Settings settings;
    bool peer_port_was_set = false;
  };
  std::function<Merged(const std::vector<std::pair<std::string, std::string>>&)> merge;
};

class Session {
 public:
  Session(io::World world, SessionConfig config, log::Logger log);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Loads the store, listens, starts what was running. Answers when the list of torrents is
  /// complete; until then queries see none. A fault: the state cannot be used.
  void start(Answer<void> ready);
  /// Announces `stopped` (limits::stop_announces_max), saves, and answers; after that only the
  /// destructor may be called. A second call cuts the waiting short.
  void stop(std::move_only_function<void()> stopped);

  /// The changed settings take effect; each part compares its own. Does not save.
  /// `peer_port_was_set`: by the user; nothing: it is as before, unless the port is another one.
  void reconfigure(const config::Settings& after, std::optional<bool> peer_port_was_set = {});
  /// Makes values that came by RPC durable: name and text; no text removes.
  void save_settings(std::vector<std::pair<std::string, std::optional<std::string>>> values,
                     OrderAnswer<void> answer);
  const config::Settings& settings() const;
  /// What the face keeps in the store, by a name of its own; nullptr when there is nothing, and
  /// before the session has started.
  const Buffer* kept(const std::string& name) const;
  void keep(const std::string& name, Buffer value, OrderAnswer<void> answer);

  // --- orders; durable when answered
  void add(AddOrder order, OrderAnswer<AddReply> answer);
  void set(SetOrder order, OrderAnswer<void> answer);
  void start_torrents(const Selection& which, bool now, OrderAnswer<void> answer);
  void stop_torrents(const Selection& which, OrderAnswer<void> answer);
  void verify(const Selection& which, OrderAnswer<void> answer);
  void reannounce(const Selection& which, OrderAnswer<void> answer);
  void remove(const Selection& which, bool delete_data, OrderAnswer<void> answer);
  void set_location(const Selection& which, const std::string& location, bool move,
                    OrderAnswer<void> answer);
  void rename_path(const RenameOrder& order, OrderAnswer<RenameReply> answer);
  void move_in_queue(const Selection& which, QueueMove move, OrderAnswer<void> answer);
  void set_group(GroupOrder order, OrderAnswer<void> answer);
  void free_space(const std::string& path, OrderAnswer<Space> answer);

  /// Fetches the blocklist that the setting names.
  void update_blocklist(OrderAnswer<BlocklistReply> answer);
  /// Asks the checker that the setting names whether peers can reach us.
  void test_port(std::optional<IpProtocol> protocol, OrderAnswer<PortTestReply> answer);

  // --- asked of the DHT of both families, in at most limits::dht_order_timeout
  void dht_get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer);
  void dht_put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer);
  void dht_scrape(const DhtScrapeOrder& order, OrderAnswer<DhtScrapeReply> answer);

  // --- torrents that are made of files; see creating.h
  /// Begins; what is wrong with the files shows later.
  OrderResult<CreationNumber> create(CreateOrder order);
  /// One, or all that are made or have been of late.
  OrderResult<std::vector<CreationSnapshot>> creations(std::optional<CreationNumber> which);
  /// It ends when what is read for it has been.
  OrderResult<void> cancel_creation(CreationNumber number);

  // --- queries
  /// Answers at once, unless a group needs what a torrent at rest has in the store only.
  void list(const ListQuery& query, OrderAnswer<ListReply> answer);
  SessionStats stats();
  /// Of at most limits::why_torrents_max torrents.
  OrderResult<std::vector<TorrentWhy>> why(const Selection& which);
  /// In order of their names; of torrents with one of these labels only, unless there are none.
  std::vector<GroupSnapshot> groups(const std::vector<std::string>& only_labels = {});
  SessionFacts facts();
  /// Has the free space of the folders measured anew, for the next call.
  SessionMetrics metrics();
  /// None when all is well.
  std::vector<Trouble> troubles();
  /// The number of the last change of what a user can see. Each run begins above those before.
  std::uint64_t sequence() const;
  /// What happened after a number; the last limits::events_max are kept.
  EventList events_since(std::uint64_t sequence) const;
  /// `told` is called at the end of each turn in which something changed: it may give no order.
  void on_change(std::move_only_function<void()> told);
  /// What happened since the last call, oldest first; at most the last limits::events_max.
  std::vector<Event> take_events();
  /// `told` is called when take_events() has something again, from within the session: it may give
  /// no order and take nothing, but see to it that this is done soon. nullptr: nobody is told.
  void on_events(std::move_only_function<void()> told);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seed::session
