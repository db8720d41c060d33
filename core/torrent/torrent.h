// Torrent: holds the parts of one torrent and routes events to them (design, section 8).
//
//   resting --somebody needs it--> loading --> resuming --> ready --nobody needs it--> resting
//                                                  \--> checking --> ready
//
// A torrent at rest is its record and its announcer; metainfo, progress and storage come from the
// store when a peer, a call or a job asks. Whatever changes calls settle(), which brings what runs
// into line with what is wanted: the one place where activities begin and end.
//
// Bounds: settings peer_limit; limits::candidates_max; one deadline, one dirty list.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/rng.h"
#include "core/metainfo/metainfo.h"
#include "core/storage/piece_store.h"
#include "core/swarm/candidates.h"
#include "core/torrent/allowance.h"
#include "core/torrent/announcing.h"
#include "core/torrent/completion.h"
#include "core/torrent/downloading.h"
#include "core/torrent/host.h"
#include "core/torrent/link_table.h"
#include "core/torrent/metadata_exchange.h"
#include "core/torrent/record.h"
#include "core/torrent/snapshot.h"
#include "core/torrent/uploading.h"

namespace seed::torrent {

/// What the store had of a torrent.
struct LoadedContent {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  std::optional<storage::Progress> progress;
};

/// What queueing must know.
struct QueueFacts {
  bool running = false;  ///< wanted by the user, and nothing is wrong with it
  bool done = false;     ///< it would seed
  bool forced = false;   ///< started past the queue
  bool stalled = false;
  bool checking = false;
};

class Torrent final : public LinkOwner, private storage::PieceStoreOwner {
 public:
  /// A torrent with its content looks after peers for this long without any before it rests.
  static constexpr Duration rest_after = 60s;
  static constexpr Duration tick = 1s;
  static constexpr Duration retry_after_fault = 10s;

  Torrent(Environment& environment, TorrentId id, TorrentNumber number, TorrentRecord record,
          Rng rng);
  ~Torrent() override;

  // --- facts
  TorrentId id() const { return id_; }
  TorrentNumber number() const { return number_; }
  const TorrentRecord& record() const { return record_; }
  const InfoHashes& hashes() const { return record_.hashes; }
  Status status() const;
  QueueFacts queue_facts() const;
  bool done() const { return record_.progress.left_until_done == 0 && record_.has_metadata; }
  std::uint64_t sequence() const { return sequence_; }
  Instant changed_at() const { return changed_at_; }
  std::size_t link_count() const { return links_.size(); }
  /// The folder its data is under now, as text.
  std::string data_root() const;
  const std::optional<Fault>& error() const { return error_; }
  TorrentSnapshot snapshot(const Groups& groups) const;
  /// True when the groups ask for what only a torrent with content has.
  bool needs_content_for(const Groups& groups) const;
  AnnounceTotals announce_totals() const;
  const PeerId& peer_id() const { return peer_id_; }
  Announcing& announcing() { return announcing_; }
  /// Record and progress as they are to be saved; progress only when asked for and there.
  struct Saved {
    Buffer record;
    std::optional<Buffer> progress;
  };
  Saved save_as(bool with_progress);

  // --- orders
  void start(bool past_queue, bool by_user);
  void stop();
  /// Queueing's decision.
  void set_allowed(bool allowed);
  void verify();
  void reannounce();
  void set_options(config::TorrentOptions options);
  /// The session's settings have changed.
  void on_settings();
  /// One wish a file.
  void set_wishes(std::vector<FileWish> wishes);
  void set_queue_position(std::int64_t position);
  void set_trackers(tracker::TierList tiers);
  /// Looks for the data in another folder.
  void relocate(const SafePath& root, Answer<void> answer);
  void move_data(const SafePath& root, Answer<void> answer);
  void rename(const std::string& path, const std::string& name, Answer<void> answer);
  /// Stops for good: trackers hear `stopped`, links and storage go. The session keeps it until
  /// it is gone().
  void leave();
  bool gone() const { return leaving_ && announcing_.machine().quiet(); }
  /// The session ends: links go, trackers hear `stopped`; what the user wants stays as it is.
  void shut_down();
  bool quiet() const { return announcing_.machine().quiet(); }
  /// All that is written becomes durable; for a clean stop.
  void flush(Answer<void> answer);
  /// Calls back when the content is there, or with the reason why it cannot be had.
  void with_content(Answer<void> then);
  const metainfo::Metainfo* metainfo() const { return metainfo_.get(); }
  const storage::PieceStore* store() const { return store_.get(); }
  /// What must be known to delete its data; nothing while the content is not there.
  struct FilesOnDisk {
    std::shared_ptr<const metainfo::Metainfo> metainfo;
    storage::PlacementFacts placement;
  };
  std::optional<FilesOnDisk> files_on_disk() const {
    if (!store_) return std::nullopt;
    return FilesOnDisk{metainfo_, store_->placement().facts()};
  }

  // --- inputs
  void on_content(Result<LoadedContent> content);
  void on_deadline(Instant now);
  void on_turn_end(Instant now);
  void on_tracker_reply(tracker::TrackerId tracker, const Result<tracker::AnnounceReply>& reply,
                        std::uint16_t listen_port);
  void on_tracker_scrape(tracker::TrackerId tracker, const Result<tracker::ScrapeReply>& reply);
  /// Memory is free again: held reads go on.
  void resume_reading();
  /// Whether what stopped it is mended.
  void on_fault_checked(bool mended);
  /// The root of this torrent is (not) there.
  void on_root(const Result<void>& there);

  // --- links
  bool wants_links() const;
  /// Dials one candidate; false when there is none or no more are wanted.
  bool dial_next(io::Net& net, const io::DialOptions& v4, const io::DialOptions& v6,
                 std::uint16_t listen_port);
  bool accepts(const Endpoint& remote) const;
  /// An incoming link whose handshake named this torrent. Needs the content.
  void adopt(std::unique_ptr<PeerLink> link, const PeerId& peer);
  void add_candidate(const Endpoint& endpoint, swarm::Source source);

 private:
  enum class Phase : std::uint8_t { resting, loading, resuming, checking, ready };

  // LinkOwner
  void on_link_event(PeerLink& link, peer::Event&& event) override;
  void on_link_connected(PeerLink& link) override;
  bool link_may_read(PeerLink& link) override;
  void on_link_held(PeerLink& link, Instant when) override;
  void on_link_dirty(PeerLink& link) override;
  // PieceStoreOwner
  void on_piece_verified(const storage::PieceOutcome& outcome) override;
  void on_piece_failed(const storage::PieceOutcome& outcome) override;
  void on_pieces_lost(std::span<const PieceIndex> pieces) override;
  void on_piece_checked(PieceIndex piece, bool good) override;
  void on_blocks_read(storage::ReadToken token, LinkId reader,
                      Result<std::vector<storage::ReadBlock>> blocks) override;
  void on_file_completed(FileIndex file) override;
  void on_progress() override;
  void on_storage_fault(const Fault& fault) override;
  void on_store_deadline() override;

  // one event each
  void on(PeerLink& link, peer::HandshakeReceived& event);
  void on(PeerLink& link, peer::ExtendedHandshakeReceived& event);
  void on(PeerLink& link, peer::ChokeChanged& event);
  void on(PeerLink& link, peer::InterestChanged& event);
  void on(PeerLink& link, peer::PeerHas& event);
  void on(PeerLink& link, peer::PeerBitfield& event);
  void on(PeerLink& link, peer::BlockRequested& event);
  void on(PeerLink& link, peer::BlockCancelled& event);
  void on(PeerLink& link, peer::BlockReceived& event);
  void on(PeerLink& link, peer::RequestRejected& event);
  void on(PeerLink& link, peer::RequestsDropped& event);
  void on(PeerLink& link, peer::AllowedFast& event);
  void on(PeerLink& link, peer::Suggested& event);
  void on(PeerLink& link, peer::PortReceived& event);
  void on(PeerLink& link, wire::LtDontHave& event);
  void on(PeerLink& link, wire::UploadOnly& event);
  void on(PeerLink& link, wire::UtMetadata& event);
  void on(PeerLink& link, wire::UtPex& event);
  void on(PeerLink& link, peer::Violation& event);

  bool active() const;
  bool content_needed() const;
  void settle();
  void settle_announcing();
  void drop_content();
  void begin_check(Bitfield pieces);
  void on_resumed(Result<Bitfield> to_check, std::uint32_t claimed);
  void on_checked(const Result<void>& outcome);
  void leave_check();
  void make_empty_files();
  void wake_links();
  void leave_incomplete_folder();
  void end_move(Answer<void> answer);
  Result<SafePath> first_root() const;
  void content_ready();
  void answer_waiting(const Result<void>& outcome);
  void open_link(PeerLink& link, const PeerId& peer);
  void end_links(const std::string& why);
  void end_if_useless(PeerLink& link);
  void reap(Instant now);
  void retire(std::unique_ptr<PeerLink> link, Instant now);
  void ban(const std::vector<IpAddress>& guilty);
  void on_tick(Instant now);
  void check_seed_limits(Instant now);
  void pieces_changed();
  void download_done();
  void fail(const Fault& fault);
  void retry(Instant now);
  void end_downloading();
  void set_allowance();
  void changed();
  void drain_announcer();
  void arm();
  void plan_soon();
  void count_unsent(PeerLink& link);
  peer::Local local_side(std::uint16_t listen_port, const Endpoint& remote) const;
  peer::TorrentSide torrent_side() const;
  UploadTerms upload_terms() const;
  bool peer_uploads_only(const PeerLink& link) const;
  Instant now() const { return environment_.world.clock.now(); }
  WallTime wall() const { return environment_.world.clock.wall(); }
  WallTime wall_of(Instant instant) const;
  void fill_core(TorrentSnapshot& out) const;
  void fill_trouble(TorrentSnapshot& out) const;
  void fill_eta(TorrentSnapshot& out) const;
  void fill_texts(TorrentSnapshot& out) const;
  void fill_trackers(TorrentSnapshot& out) const;
  void fill_peers(TorrentSnapshot& out) const;
  void fill_files(TorrentSnapshot& out) const;
  void fill_availability(TorrentSnapshot& out) const;

  Environment& environment_;
  TorrentId id_;
  TorrentNumber number_;
  TorrentRecord record_;
  PeerId peer_id_;
  Rng rng_;
  Allowance allowance_;
  log::Logger log_;

  Phase phase_ = Phase::resting;
  bool allowed_ = false;
  bool by_user_ = false;  ///< started by hand in this run
  bool leaving_ = false;
  bool check_wanted_ = false;
  bool lost_data_accepted_ = false;  ///< a start by hand: files that vanished are had again
  Status told_status_ = Status::stopped;
  std::optional<Fault> error_;
  std::optional<storage::PlacementFacts> new_placement_;
  std::vector<Answer<void>> waiting_;
  int holders_ = 0;  ///< moves and the like that need the content to stay

  Announcing announcing_;
  swarm::Candidates candidates_;
  LinkTable links_;
  std::shared_ptr<const metainfo::Metainfo> metainfo_;
  std::unique_ptr<storage::PieceStore> store_;
  std::optional<Completion> completion_;
  std::unique_ptr<Downloading> downloading_;
  std::unique_ptr<Uploading> uploading_;
  MetadataExchange metadata_exchange_;
  mutable std::shared_ptr<const std::vector<FileFacts>> file_facts_;

  std::uint64_t sequence_ = 0;
  Instant changed_at_{};
  swarm::RateMeter rate_down_;
  swarm::RateMeter rate_up_;
  std::vector<LinkId> dirty_;
  bool told_dirty_ = false;
  bool reading_held_ = false;
  Instant next_tick_ = never;
  Instant held_until_ = never;
  Instant retry_at_ = never;
  Instant needed_at_{};     ///< when the content was last needed
  Instant last_payload_{};  ///< for the idle limit and for stalling
  Instant last_tick_{};
  Duration uncounted_{};  ///< part of a second not yet in the totals
};

}  // namespace seed::torrent
