// Session::Impl: holds the parts of a session and routes events between them, the torrents and the
// World (design, section 8). What it is at is Goodbye's; see there.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/deadline_queue.h"
#include "core/base/rng.h"
#include "core/session/additions.h"
#include "core/session/bandwidth_groups.h"
#include "core/session/blocking.h"
#include "core/session/data_removal.h"
#include "core/session/dht.h"
#include "core/session/dialing.h"
#include "core/session/events.h"
#include "core/session/gathering.h"
#include "core/session/goodbye.h"
#include "core/session/handshakes.h"
#include "core/session/listening.h"
#include "core/session/listings.h"
#include "core/session/loading.h"
#include "core/session/local_discovery.h"
#include "core/session/mapping.h"
#include "core/session/metadata_checks.h"
#include "core/session/metadata_sources.h"
#include "core/session/named_peers.h"
#include "core/session/numbers.h"
#include "core/session/own_network.h"
#include "core/session/own_tracker.h"
#include "core/session/port_testing.h"
#include "core/session/proxying.h"
#include "core/session/queueing.h"
#include "core/session/roots_watch.h"
#include "core/session/saving.h"
#include "core/session/session.h"
#include "core/session/session_totals.h"
#include "core/session/sharing.h"
#include "core/session/spaces.h"
#include "core/session/torrent_index.h"
#include "core/session/tracker_edits.h"
#include "core/session/tracking.h"
#include "core/session/transports.h"
#include "core/session/utp.h"
#include "core/session/watching.h"
#include "core/storage/storage.h"
#include "core/torrent/host.h"
#include "core/torrent/torrent.h"

namespace seed::session {

/// Before the names of what the face keeps in the store.
inline constexpr std::string_view kept_prefix = "kept/";
/// A router that gives another port all the time is told of no more often.
inline constexpr Duration external_port_told_min = 10s;

class Session::Impl final : public torrent::Host,
                            public TrackingOwner,
                            public HandshakesOwner,
                            public DhtOwner,
                            public LocalDiscoveryOwner,
                            public OwnTrackerOwner,
                            public MappingOwner,
                            public MetadataSourcesOwner,
                            public UtpOwner,
                            public io::ListenerOwner,
                            public io::UdpSocketOwner,
                            public io::UplinkOwner,
                            public io::TurnOwner {
 public:
  Impl(io::World world, SessionConfig config, log::Logger log);
  ~Impl() override;

  // --- the front door's orders, see session.h
  void start(Answer<void> ready);
  void stop(std::move_only_function<void()> stopped);
  void reconfigure(const config::Settings& after, std::optional<bool> peer_port_was_set = {});
  void save_settings(std::vector<std::pair<std::string, std::optional<std::string>>> values,
                     OrderAnswer<void> answer);
  const config::Settings& settings() const { return settings_; }
  const Buffer* kept(const std::string& name) const;
  void keep(const std::string& name, Buffer value, OrderAnswer<void> answer);
  void add(AddOrder order, OrderAnswer<AddReply> answer) {
    additions_.add(std::move(order), std::move(answer));
  }
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
  std::vector<GroupSnapshot> groups(const std::vector<std::string>& only_labels);
  void free_space(const std::string& path, OrderAnswer<Space> answer);
  void update_blocklist(OrderAnswer<BlocklistReply> answer) { blocking_.update(std::move(answer)); }
  void test_port(std::optional<IpProtocol> protocol, OrderAnswer<PortTestReply> answer) {
    port_testing_.ask(told_port(), protocol, std::move(answer));
  }
  void dht_get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer) {
    dht_.get(order, std::move(answer), now());
  }
  void dht_put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer) {
    dht_.put(std::move(order), std::move(answer), now());
  }
  void dht_scrape(const DhtScrapeOrder& order, OrderAnswer<DhtScrapeReply> answer);
  void list(const ListQuery& query, OrderAnswer<ListReply> answer) {
    show_queue_positions();
    listings_.list(query, std::move(answer));
  }
  SessionStats stats();
  OrderResult<std::vector<TorrentWhy>> why(const Selection& which);
  SessionFacts facts() const;
  SessionMetrics metrics();
  std::vector<Trouble> troubles() const;
  std::uint64_t sequence() const { return sequence_; }
  EventList events_since(std::uint64_t number) const { return events_.since(number); }
  void on_change(std::move_only_function<void()> told) { on_change_ = std::move(told); }
  std::vector<Event> take_events() { return events_.take(); }
  void on_events(std::move_only_function<void()> told) { events_.on_first(std::move(told)); }

 private:
  // torrent::Host
  void on_torrent_dirty(TorrentId id) override { dirty_.push_back(id); }
  void on_torrent_deadline(TorrentId id, Instant when) override { deadlines_.set(id, when); }
  std::uint64_t next_sequence(TorrentId id) override {
    torrents_.note_change(id);
    return ++sequence_;
  }
  void want_save(TorrentId id, torrent::SaveNeeds needs) override { saving_.want(id, needs); }
  void save(TorrentId id, torrent::SaveNeeds needs, Answer<void> answer) override {
    saving_.save(id, needs, std::move(answer));
  }
  void load_content(TorrentId id) override;
  void check_metadata(TorrentId id, Buffer info) override;
  void complete_metadata(TorrentId id, metainfo::Metainfo metainfo,
                         std::map<FileIndex, Buffer> layers) override {
    metadata_checks_.complete(id, std::move(metainfo), std::move(layers));
  }
  void on_metadata_complete(TorrentId id,
                            std::shared_ptr<const metainfo::Metainfo> metainfo) override;
  Result<void> learn_hashes(TorrentId id, const InfoHashes& hashes) override {
    return torrents_.add_names(id, hashes);
  }
  void want_dials(TorrentId id) override { dialing_.want(id); }
  void on_tracker_event(TorrentId id, const tracker::Announcer::Event& event) override;
  void on_torrent_state(TorrentId id) override {
    queue_again(id);
    undecided_.push_back(id);
  }
  std::optional<std::string> complete_at(TorrentId but, const std::string& root,
                                         const std::string& name) override;
  void on_torrent_completed(TorrentId id) override;
  void on_torrent_seeding_done(TorrentId id) override;
  void on_torrent_failed(TorrentId id, const Fault& fault) override;
  void on_fault_checked(TorrentId id, bool mended) override;
  void on_link_count(TorrentId id, int change) override { dialing_.on_link_count(id, change); }
  void on_half_open(int change) override;
  torrent::Allowance& allowance_of(const std::string& group) override {
    return groups_.allowance_of(group);
  }
  bool turns_away(const IpAddress& address) override { return blocking_.turns_away(address); }
  void on_payload(std::uint64_t downloaded, std::uint64_t uploaded) override {
    totals_.on_payload(downloaded, uploaded);
  }
  void on_dht_node(const Endpoint& node) override { dht_.on_node_named(node, now()); }
  // DhtOwner
  std::optional<DhtWish> dht_wish(TorrentId id) override;
  std::uint16_t listen_port(const IpAddress& remote) override { return told_port(remote); }
  void on_own_address(const IpAddress& address) override;
  void on_dht_peers(TorrentId id, std::span<const Endpoint> peers, bool by_v2) override;
  bool port_is_mapped() override { return mapping_.external().has_value(); }
  void keep_dht(const std::string& name, Buffer value) override;
  // LocalDiscoveryOwner
  std::vector<Sha1> announced_hashes(TorrentId id) override;
  void on_local_peer(const Sha1& info_hash, const Endpoint& peer) override;
  // OwnTrackerOwner
  std::vector<Sha1> own_hashes(TorrentId id) override;
  // UtpOwner
  void on_utp_accept(std::unique_ptr<io::Stream> stream) override { on_accept(std::move(stream)); }
  // MetadataSourcesOwner
  const torrent::TorrentRecord* wants_metadata(TorrentId id) override;
  void on_metadata_found(TorrentId id, CheckedMetadata found) override;
  // MappingOwner
  void on_external_port() override;
  void keep_mapping(Buffer secret) override;
  /// Where others reach us over IPv4: as the router has it, or as it is here. Who hears that we go
  /// hears it of the port that was told, though the router has it back by then.
  std::uint16_t told_port() const {
    if (!goodbye_.running() && last_told_port_ != 0) return last_told_port_;
    return mapping_.external_port().value_or(listening_.port());
  }
  /// The same for who is at `remote`: routers map ports of IPv4 alone.
  std::uint16_t told_port(const IpAddress& remote) const {
    return remote.is_v4() ? told_port() : listening_.port();
  }
  // TrackingOwner
  std::optional<torrent::Announcing::Ready> begin_announce(TorrentId torrent,
                                                           tracker::TrackerId tracker) override;
  void on_announce_done(TorrentId torrent, tracker::TrackerId tracker,
                        const Result<tracker::AnnounceReply>& reply) override;
  std::optional<tracker::Announcer::Scrape> begin_scrape(TorrentId torrent,
                                                         tracker::TrackerId tracker) override;
  std::optional<Sha1> hash_of(TorrentId torrent) override;
  void on_scrape_done(TorrentId torrent, tracker::TrackerId tracker,
                      const Result<tracker::ScrapeReply>& reply) override;
  // HandshakesOwner
  torrent::Torrent* torrent_by_hash(const Sha1& hash) override { return torrents_.find(hash); }
  torrent::Torrent* torrent_by_id(TorrentId id) override { return torrents_.find(id); }
  std::uint16_t dht_port(const IpAddress& remote) override;
  std::optional<Sha1> hash_of_req2(const Sha1& req2) override {
    return torrents_.hash_of_req2(req2);
  }
  void prepare(peer::Local& local, const IpAddress& remote) override;
  void prepare(io::HttpRequest& request) override;
  bool room_for_link(TorrentId id) override;
  void on_link_handed_over(TorrentId id) override { dialing_.on_came(id); }
  void on_handshakes_dirty() override { handshakes_dirty_ = true; }
  // io
  void on_accept(std::unique_ptr<io::Stream> stream) override;
  void on_accept_fault(const Fault& fault) override { listening_.on_accept_fault(fault, now()); }
  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  void on_uplink() override;
  void on_alarm(Instant now) override;
  void on_turn_end(Instant now) override;

  // starting and stopping
  void on_loaded(Result<LoadedState> loaded, Answer<void> ready);
  void begin_numbers(const io::StoreContent& stored);
  void keep_numbers();
  void adopt_stored(LoadedState loaded);
  void begin_listening();
  void drop_blocked();
  void follow_network();
  void tell_all(OwnNetwork::News news);
  void use_sockets();
  void take_way();
  void tell_own(torrent::Torrent& torrent);
  void meet_nodes(const metainfo::Metainfo& metainfo);
  void find_strangers();
  void save_all_and_end();
  void on_flushed(TorrentId id);
  void save_claims();

  // regular work
  void on_second(Instant now);
  void switch_by_schedule(Instant now);
  /// It is to be looked at whether it may run.
  void queue_again(TorrentId id) { unqueued_.push_back(id); }
  bool queue_is_due() const { return goodbye_.running() && (replan_ || !unqueued_.empty()); }
  void settle_queue();
  void show_queue_positions();
  void dial();
  void share_links(Instant at);
  std::size_t links_max() const { return settings_.peer_limit_global; }
  bool all_quiet();
  void erase_gone();
  Instant next_deadline() const;

  // orders
  void insert(Addition addition);
  void save_new(TorrentId id, Addition addition);
  void add_watched(Buffer torrent, std::move_only_function<void(Watching::Outcome)> answer);
  void on_peer_named(std::optional<TorrentId> id, const Endpoint& endpoint);
  void on_metadata_checked(TorrentId id, MetadataChecks::Outcome outcome);
  void insert_known(Addition addition, TorrentNumber number);
  void answer_known(Addition addition, TorrentNumber number);
  void on_added(TorrentId id, const Result<void>& saved, OrderAnswer<AddReply> answer);
  void adopt(io::StoreKey key, torrent::TorrentRecord record);
  torrent::Torrent& make_torrent(io::StoreKey key, torrent::TorrentRecord record);
  void refuse_rename(TorrentNumber number, const Fault& fault, OrderAnswer<RenameReply>& answer);
  void remove_one(torrent::Torrent& torrent, Answer<void> answer);
  void remove_with_data(torrent::Torrent& torrent, Answer<void> answer);
  void on_removed(TorrentId id, io::StoreKey key, Result<void> removed, Answer<void> answer);
  void part_with(torrent::Torrent& torrent);
  void save_these(const std::vector<torrent::Torrent*>& torrents, OrderAnswer<void> answer);
  /// Returns those whose rank is another now.
  std::vector<torrent::Torrent*> rank_anew(const std::vector<torrent::Torrent*>& order);
  /// Makes the group that the options name, if it is none; without one they name none.
  std::optional<OrderError> ensure_group(config::TorrentOptions& options);
  void save_groups(OrderAnswer<void> answer);
  std::optional<OrderError> set_files(torrent::Torrent& torrent, const FileChoice& choice);
  std::optional<OrderError> set_one(torrent::Torrent& torrent, SetOrder& order);
  std::optional<OrderError> change_trackers(torrent::Torrent& torrent, const TrackerEdits& edits);
  /// It happens now.
  void note(Event event) { events_.push(++sequence_, std::move(event)); }
  static TorrentRef reference(const torrent::Torrent& torrent) {
    const auto& record = torrent.record();
    return {torrent.number(), torrent.hashes(), record.name, record.options.labels};
  }
  Instant now() const { return world_.clock.now(); }

  // What all stand on.
  Proxying proxying_;
  io::World world_;  ///< by the ways out that it gives
  SessionConfig config_;
  config::Settings settings_;
  log::Logger log_;
  Rng rng_;
  Sharing sharing_;
  BandwidthGroups groups_;
  Utp utp_;  ///< links hold its streams
  Transports transports_;
  storage::Storage storage_;
  tracker::TrackerIds tracker_ids_;
  tracker::TierList default_trackers_;
  torrent::Environment environment_;
  // The torrents and what is kept of them.
  TorrentIndex torrents_;
  SessionTotals totals_;
  Saving saving_;
  Loading loading_;
  Additions additions_;
  MetadataChecks metadata_checks_;
  MetadataSources metadata_sources_;
  DataRemoval data_removal_;
  std::uint64_t sequence_;
  Numbers numbers_;
  Listings listings_;
  Spaces spaces_;
  Gatherings gatherings_;
  Events events_;
  std::move_only_function<void()> on_change_;
  std::uint64_t told_sequence_ = 0;  ///< of on_change_
  RootsWatch roots_watch_;
  // The network.
  OwnNetwork own_network_;
  Listening listening_;
  Blocking blocking_;
  PortTesting port_testing_;
  Handshakes handshakes_;
  Dialing dialing_;
  Tracking tracking_;
  Dht dht_;
  LocalDiscovery local_discovery_;
  OwnTracker own_tracker_;
  Mapping mapping_;
  NamedPeers named_peers_;
  std::uint16_t last_told_port_ = 0;
  std::array<std::optional<IpAddress>, 2> own_addresses_;  ///< as the DHT sees us: IPv4, IPv6
  bool announce_again_ = false;                            ///< once there are sockets again
  Instant next_telling_{};
  Instant tell_port_at_ = never;      ///< one that has come too soon after another
  std::vector<TorrentId> undecided_;  ///< whether they want peers, and others may ask for theirs
  Watching watching_;
  // What is to be done when.
  Goodbye goodbye_;
  DeadlineQueue<TorrentId, SlotIdHash<struct TorrentTag>> deadlines_;
  std::vector<TorrentId> dirty_;
  std::vector<TorrentId> leaving_;
  std::set<TorrentId> unflushed_;       ///< at the end: whose data is not durable yet
  std::map<std::string, Buffer> kept_;  ///< for the face
  Instant next_second_ = never;
  Instant next_sharing_{};
  Instant next_schedule_ = never;
  // The queue.
  Queueing queueing_;
  std::vector<TorrentId> unqueued_;  ///< to be put into queueing_ again
  std::int64_t next_rank_ = 0;
  bool replan_ = false;          ///< all are to be put into queueing_
  bool positions_moved_ = true;  ///< what is shown of them is not so any more
  bool handshakes_dirty_ = false;
};

}  // namespace seed::session
