// Session::Impl: holds the parts of a session and routes events between them, the torrents and the
// World (design, section 8).
//
//   made --start()--> loading --> running --stop()--> saying goodbye --> saving --> stopped
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/deadline_queue.h"
#include "core/base/rng.h"
#include "core/session/dialing.h"
#include "core/session/gathering.h"
#include "core/session/handshakes.h"
#include "core/session/listening.h"
#include "core/session/queueing.h"
#include "core/session/saving.h"
#include "core/session/session.h"
#include "core/session/sharing.h"
#include "core/session/torrent_index.h"
#include "core/session/tracking.h"
#include "core/session/watching.h"
#include "core/storage/storage.h"
#include "core/torrent/host.h"
#include "core/torrent/torrent.h"

namespace seed::session {

class Session::Impl final : public torrent::Host,
                            public TrackingOwner,
                            public HandshakesOwner,
                            public io::ListenerOwner,
                            public io::UdpSocketOwner,
                            public io::TurnOwner {
 public:
  /// A record alone is saved this long after it changed, progress sooner: its bytes are durable.
  static constexpr Duration save_record_after = 30s;
  static constexpr Duration save_progress_after = 500ms;
  static constexpr Duration roots_every = 10s;
  static constexpr Duration recently = 60s;
  static constexpr std::size_t events_max = 1024;

  Impl(io::World world, SessionConfig config, log::Logger log);
  ~Impl() override;

  // --- the front door's orders, see session.h
  void start(Answer<void> ready);
  void stop(std::move_only_function<void()> stopped);
  void reconfigure(const config::Settings& after);
  void save_settings(std::vector<std::pair<std::string, std::optional<std::string>>> values,
                     OrderAnswer<void> answer);
  const config::Settings& settings() const { return settings_; }
  void add(AddOrder order, OrderAnswer<AddReply> answer);
  void set(SetOrder order, OrderAnswer<void> answer);
  void start_torrents(const Selection& which, bool now, OrderAnswer<void> answer);
  void stop_torrents(const Selection& which, OrderAnswer<void> answer);
  void verify(const Selection& which, OrderAnswer<void> answer);
  void reannounce(const Selection& which, OrderAnswer<void> answer);
  void remove(const Selection& which, bool delete_data, OrderAnswer<void> answer);
  void set_location(const Selection& which, const std::string& location, bool move,
                    OrderAnswer<void> answer);
  void rename_path(RenameOrder order, OrderAnswer<RenameReply> answer);
  void move_in_queue(const Selection& which, QueueMove move, OrderAnswer<void> answer);
  void free_space(const std::string& path, OrderAnswer<Space> answer);
  void list(ListQuery query, OrderAnswer<ListReply> answer);
  SessionStats stats();
  SessionFacts facts() const;
  std::vector<Event> take_events();

 private:
  struct PendingSave {
    torrent::SaveNeeds needs;
    Instant due{};
  };
  /// What is read from the store at the start, parsed on a worker.
  struct Loaded {
    io::StoreContent content;
    std::vector<std::pair<io::StoreKey, torrent::TorrentRecord>> torrents;
    std::vector<std::string> unreadable;
  };

  // torrent::Host
  void on_torrent_dirty(TorrentId id) override { dirty_.push_back(id); }
  void on_torrent_deadline(TorrentId id, Instant when) override { deadlines_.set(id, when); }
  std::uint64_t next_sequence() override { return ++sequence_; }
  void want_save(TorrentId id, torrent::SaveNeeds needs) override;
  void save(TorrentId id, torrent::SaveNeeds needs, Answer<void> answer) override;
  void load_content(TorrentId id) override;
  void want_dials(TorrentId id) override { dialing_.want(id); }
  void on_tracker_event(TorrentId id, const tracker::Announcer::Event& event) override;
  void on_torrent_state(TorrentId) override { queue_changed_ = true; }
  void on_torrent_completed(TorrentId id) override;
  void on_torrent_seeding_done(TorrentId id) override;
  void on_torrent_failed(TorrentId id, const Fault& fault) override;
  void on_fault_checked(TorrentId id, bool mended) override;
  void on_link_count(TorrentId, int change) override;
  void on_half_open(int change) override;
  void on_payload(std::uint64_t downloaded, std::uint64_t uploaded) override;
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
  void on_tracking_deadline() override {}
  // HandshakesOwner
  torrent::Torrent* torrent_by_hash(const Sha1& hash) override { return torrents_.find(hash); }
  torrent::Torrent* torrent_by_id(TorrentId id) override { return torrents_.find(id); }
  std::uint16_t listen_port() override { return listening_.port(); }
  bool room_for_link() override;
  void on_handshakes_dirty() override { handshakes_dirty_ = true; }
  // io
  void on_accept(std::unique_ptr<io::Stream> stream) override;
  void on_accept_fault(const Fault& fault) override;
  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  void on_alarm(Instant now) override;
  void on_turn_end(Instant now) override;

  // starting and stopping
  void on_loaded(Result<Loaded> loaded, Answer<void> ready);
  void adopt_stored(Loaded loaded);
  void begin_listening();
  void say_goodbye();
  void save_all_and_end();
  void on_flushed();

  // regular work
  void on_second(Instant now);
  void plan_queue_now();
  void dial(Instant now);
  void check_roots();
  void flush_saves(Instant now, bool all);
  void erase_gone();
  Instant next_deadline() const;

  // orders
  /// One torrent that is being added: read, parsed, inserted, saved.
  struct Addition {
    AddOrder order;
    OrderAnswer<AddReply> answer;
    Buffer torrent;  ///< the octets, once read
    std::shared_ptr<const metainfo::Metainfo> metainfo;
  };
  using AdditionId = SlotId<struct AdditionTag>;
  /// A list that waits until torrents at rest have their content.
  struct Listing {
    Groups groups;
    bool recent = false;
    OrderAnswer<ListReply> answer;
    std::vector<TorrentId> ids;
    std::size_t left = 1;
  };
  using ListingId = SlotId<struct ListingTag>;
  void read_source(AdditionId id, const std::string& source);
  void fetch(AdditionId id, const std::string& url);
  void parse(AdditionId id, Buffer bytes);
  void insert(AdditionId id);
  void on_added(AdditionId addition, TorrentId id, const Result<void>& saved);
  void refuse(AdditionId id, OrderErrorCode code, std::string text);
  void advance_listing(ListingId id);
  torrent::TorrentRecord record_for(Addition& addition);
  torrent::Torrent& make_torrent(io::StoreKey key, torrent::TorrentRecord record);
  void remove_one(torrent::Torrent& torrent, bool delete_data, Answer<void> answer);
  void save_these(const std::vector<torrent::Torrent*>& torrents, OrderAnswer<void> answer);
  io::StoreChange record_change(const Entry& entry, torrent::Torrent::Saved& saved) const;
  std::vector<torrent::Torrent*> in_queue_order();
  void renumber_queue(const std::vector<torrent::Torrent*>& order);
  std::optional<OrderError> change_trackers(torrent::Torrent& torrent, const SetOrder& order);
  void push_event(Event event);
  Buffer encode_totals() const;
  void load_totals(Bytes encoded);
  Totals cumulative() const;
  Instant now() const { return world_.clock.now(); }

  io::World world_;
  SessionConfig config_;
  config::Settings settings_;
  log::Logger log_;
  Rng rng_;
  Sharing sharing_;
  storage::Storage storage_;
  tracker::TrackerIds tracker_ids_;
  torrent::Environment environment_;
  Saving saving_;
  TorrentIndex torrents_;
  Listening listening_;
  Handshakes handshakes_;
  Dialing dialing_;
  Tracking tracking_;
  Watching watching_;
  DeadlineQueue<TorrentId, SlotIdHash<struct TorrentTag>> deadlines_;

  SlotMap<std::unique_ptr<Addition>, struct AdditionTag> additions_;
  SlotMap<Listing, struct ListingTag> listings_;
  Gatherings gatherings_;
  std::size_t flushes_left_ = 0;  ///< stores that are not durable yet, while stopping
  std::vector<TorrentId> dirty_;
  std::unordered_map<TorrentId, PendingSave, SlotIdHash<struct TorrentTag>> saves_;
  std::unordered_map<TorrentId, torrent::LoadedContent, SlotIdHash<struct TorrentTag>> fresh_;
  std::vector<TorrentId> leaving_;
  std::deque<std::pair<Instant, TorrentNumber>> removed_;
  std::deque<Event> events_;
  std::uint64_t sequence_ = 0;
  io::StoreKey next_key_ = 1;
  TorrentNumber next_number_ = 1;
  std::uint64_t saved_roots_ = 0;
  std::size_t link_count_ = 0;
  std::size_t half_open_ = 0;
  Totals totals_;         ///< of this run
  Totals totals_before_;  ///< of all runs before
  Instant started_{};
  Instant next_second_ = never;
  Instant next_roots_ = never;
  Instant next_schedule_ = never;
  bool running_ = false;
  bool queue_changed_ = false;
  bool handshakes_dirty_ = false;
  bool accept_fault_told_ = false;
  std::move_only_function<void()> stopped_;
  Instant goodbye_until_ = never;
  bool saving_all_ = false;
};

}  // namespace seed::session
