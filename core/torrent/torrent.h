// Torrent: holds the parts of one torrent and routes events to them (design, section 8).
//
// What it is at is the lifecycle's; links, content, transfers, trackers and sums are parts of their
// own, and the parts do not know each other. A torrent at rest is its record and its announcer;
// metainfo, progress and storage come from the store when a peer, a call or a job asks. Whatever
// changes calls settle(), which brings what runs into line with what is wanted: the one place where
// activities begin and end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/rng.h"
#include "core/storage/piece_store.h"
#include "core/torrent/announcing.h"
#include "core/torrent/content.h"
#include "core/torrent/downloading.h"
#include "core/torrent/hash_serving.h"
#include "core/torrent/holepunching.h"
#include "core/torrent/host.h"
#include "core/torrent/layer_fetching.h"
#include "core/torrent/lifecycle.h"
#include "core/torrent/links.h"
#include "core/torrent/live_totals.h"
#include "core/torrent/metadata_exchange.h"
#include "core/torrent/metadata_fetching.h"
#include "core/torrent/peer_exchange.h"
#include "core/torrent/record.h"
#include "core/torrent/snapshot.h"
#include "core/torrent/ticking.h"
#include "core/torrent/uploading.h"
#include "core/torrent/web_seeds.h"
#include "core/torrent/why.h"

namespace seed::torrent {

/// What queueing must know.
struct QueueFacts {
  bool running = false;  ///< wanted by the user, and nothing is wrong with it
  bool done = false;     ///< it would seed
  bool forced = false;   ///< started past the queue
  bool stalled = false;
  bool preparing = false;  ///< its metadata is missing, or its files are to be looked at first
};

/// What a magnet's metadata says of the torrent, when it has come.
struct LearnedMetadata {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  Buffer torrent;  ///< the octets of a .torrent, for the store
  ContentFacts content;
  std::vector<FileWish> wishes;
  std::vector<std::int8_t> unwanted_priorities;
  ProgressFacts progress;
};

class Torrent final : private LinksOwner,
                      private ContentOwner,
                      private WebSeedsOwner,
                      private storage::PieceStoreOwner {
 public:
  Torrent(Environment& environment, TorrentId id, TorrentNumber number, TorrentRecord record,
          Rng rng);
  ~Torrent() override;

  // --- facts
  TorrentId id() const { return self_.id; }
  TorrentNumber number() const { return self_.number; }
  const PeerId& peer_id() const { return self_.peer_id; }
  const TorrentRecord& record() const { return record_; }
  const InfoHashes& hashes() const { return record_.hashes; }
  const LiveTotals& totals() const { return totals_; }
  Status status() const;
  QueueFacts queue_facts() const;
  bool done() const { return record_.progress.left_until_done == 0 && record_.has_metadata; }
  /// The session's number at the last change of what a user can see, and when that was.
  std::uint64_t sequence() const { return self_.sequence; }
  Instant changed_at() const { return self_.changed_at; }
  /// The folder its data is under, as text; by what was last known while it is not open.
  std::string data_root() const { return content_.data_root(); }
  TorrentSnapshot snapshot(const Groups& groups) const { return snapshot(groups, now(), wall()); }
  /// For many at once: the clock is read once for all.
  TorrentSnapshot snapshot(const Groups& groups, Instant now, WallTime wall) const;
  /// True when the groups ask for what only a torrent with content has.
  bool needs_content_for(const Groups& groups) const;
  /// Why it does not move, or what it is doing; the main reason first.
  std::vector<Reason> why(const Surroundings& around) const;
  AnnounceTotals announce_totals() const;
  Announcing& announcing() { return announcing_; }
  /// Record and progress as they are to be saved; progress only when asked for and there.
  struct Saved {
    Buffer record;
    std::optional<Buffer> progress;
    std::optional<Buffer> metainfo;  ///< until it is known to be durable
  };
  Saved save_as(bool with_progress);
  /// What must be known to delete its data.
  using FilesOnDisk = storage::Removal;
  /// Nothing while the content is not there.
  std::optional<FilesOnDisk> files_on_disk() const;
  /// The same by what the store has. Fault: its folder has no path.
  Result<FilesOnDisk> files_on_disk(const LoadedContent& stored) const;

  /// It runs: the user wants it to, the queue lets it, and nothing has gone wrong.
  bool active() const { return lifecycle_.active(life()); }

  // --- orders
  /// How the user starts it.
  struct StartOrder {
    bool past_queue = false;
    bool by_name = false;  ///< it was named; to start all is no leave to write over files
  };
  void start(const StartOrder& order);
  void stop();
  /// Queueing's decision.
  void set_allowed(bool allowed);
  void verify();
  void reannounce();
  /// Where others reach us is another now: trackers hear of it at once.
  void renew_announces();
  void set_options(config::TorrentOptions options);
  /// The session's settings have changed, or its group's. `shows`: in what is seen of a torrent
  /// that they do not move.
  void on_settings(bool shows = false);
  /// One wish a file, and one priority for each that is not wanted, as in the record.
  void set_wishes(std::vector<FileWish> wishes, std::vector<std::int8_t> unwanted_priorities = {});
  /// False when it had that already.
  bool set_queue_rank(std::int64_t rank);
  /// Its place among the others, from 0, as clients see it.
  void show_queue_position(std::int64_t position);
  void set_trackers(tracker::TierList tiers);
  /// The setting default_trackers is another.
  void on_default_trackers();
  /// Looks for the data in another folder.
  void relocate(const SafePath& root, Answer<void> answer);
  /// One that cannot be opened begins there when nothing of it is had, and else shows why not.
  void move_data(const SafePath& root, Answer<void> answer);
  void rename(const std::string& path, const std::string& name, Answer<void> answer);
  /// Stops for good: trackers hear `stopped`, links and storage go. The session keeps it until
  /// it is gone().
  void leave();
  bool gone() const { return lifecycle_.leaving() && quiet(); }
  /// The session ends: links go, trackers hear `stopped`; what the user wants stays as it is.
  void shut_down();
  bool quiet() const { return announcing_.machine().quiet(); }
  /// All that is written becomes durable; for a clean stop.
  void flush(Answer<void> answer);
  /// Stops it, for its files are to be deleted. Answers when nothing is at work on them any more,
  /// with where they are, if it had them.
  void let_go_of_files(std::move_only_function<void(std::optional<FilesOnDisk>)> answer);
  /// Early wishes and options are changed by orders while this is so.
  bool without_metadata() const { return !record_.has_metadata; }
  /// It is asked for now.
  bool fetches_metadata() const {
    return fetching_ != nullptr && lifecycle_.fetches_metadata(life());
  }
  void add_early_wishes(std::vector<EarlyWish> wishes);
  /// Calls back when the content is there, or with the reason why it cannot be had; at the latest
  /// when it is destroyed, unless it is abandoned before.
  void with_content(Answer<void> then);
  void abandon() { content_.forget_waiting(); }

  // --- inputs
  /// What became of Host::check_metadata: it is not what the magnet says; or it is, but no good.
  void on_wrong_metadata();
  void on_bad_metadata(const Fault& fault);
  void on_metadata(LearnedMetadata learned);
  void on_content(Result<LoadedContent> content);
  void on_deadline(Instant now);
  void on_turn_end(Instant now);
  /// Addresses that could not be reached may be reachable now: a family has come.
  void forgive_unreachable() { links_.candidates().forgive(now()); }
  /// Where the world sees us over that family.
  void learn_own(const Endpoint& own);
  /// Where others reach us over IPv4 is another port now.
  void tell_port(std::uint16_t port);
  /// What everything goes over is another, gone or there. `renewed`: who knows us is to be told.
  void on_network(bool renewed);
  void on_tracker_reply(tracker::TrackerId tracker, const Result<tracker::AnnounceReply>& reply,
                        std::uint16_t listen_port);
  void on_tracker_scrape(tracker::TrackerId tracker, const Result<tracker::ScrapeReply>& reply);
  /// A tracker is being asked.
  void on_tracker_turn() { changed(); }
  /// Memory is free again: held reads go on.
  void resume_reading();
  /// Its files were to be deleted, and not all of them were.
  void on_files_kept(const Fault& fault) { fail(fault); }
  /// Whether what stopped it is mended.
  void on_fault_checked(bool mended);
  /// The root of this torrent is (not) there.
  void on_root(const Result<void>& there);

  // --- links
  bool wants_links() const;
  /// It would dial, if the session had room for one more link.
  bool could_dial() { return wants_links() && links_.could_dial(now()); }
  /// Ends links for other torrents.
  void give_way(std::size_t count) { links_.give_way(count); }
  /// Ends links to those that the session turns away.
  void end_blocked() { links_.end_blocked(); }
  /// The ways out are others now: what links there are is linked again.
  void renew_links() { links_.end_all(std::string(another_way)); }
  /// Dials one candidate; false when there is none or no more are wanted.
  bool dial_next(io::Dialer& dialer, const io::DialOptions& v4, const io::DialOptions& v6);
  bool accepts(const Endpoint& remote);
  /// Links can be adopted: the content is there, or there is none yet.
  bool takes_links() const { return lifecycle_.has_content() || without_metadata(); }
  /// Calls back when takes_links(), or as with_content().
  void when_taking_links(Answer<void> then);
  /// An incoming link whose handshake named this torrent. takes_links().
  void adopt(std::unique_ptr<PeerLink> link, const PeerId& peer);
  void add_candidate(const Endpoint& endpoint, swarm::Source source,
                     swarm::CandidateFlags flags = {});
  /// BEP 27: it may be looked for, and told of, by other ways than its trackers.
  bool is_public() const { return !record_.content.is_private; }
  /// It would speak to peers from elsewhere than its trackers.
  bool wants_strangers() const { return is_public() && lifecycle_.meets_peers(life()); }
  bool has_links() const { return links_.size() > 0; }

 private:
  using Phase = Lifecycle::Phase;
  /// Who it is, and when a user last saw it change.
  struct Self {
    TorrentId id;
    TorrentNumber number = 0;
    PeerId peer_id;
    std::uint64_t sequence = 0;
    std::uint64_t labels_gained = 0;  ///< the sequence when it last got a label
    Instant changed_at{};
    bool stirred = false;  ///< what links or payload did shows with the next tick
    bool stalled = false;  ///< as it was shown last
  };

  // LinksOwner
  void on_link_event(PeerLink& link, peer::Event&& event) override;
  void on_link_gone(PeerLink& link) override;
  void on_links_deadline() override { arm(); }
  std::uint64_t block_bytes() const override { return content_.block_bytes(); }
  // ContentOwner
  void save_content(Answer<void> answer) override;
  void want_content_saved() override;
  void on_content_changed() override { changed(); }
  void on_content_released() override { settle(); }
  // WebSeedsOwner
  bool web_seed_may_read() override { return links_.may_read(); }
  void on_web_seed_payload(std::uint32_t bytes) override;
  void on_web_seeds_changed() override { changed(); }
  void on_web_seeds_deadline() override { arm(); }
  // PieceStoreOwner
  void on_piece_verified(const storage::PieceOutcome& outcome) override;
  void on_piece_failed(const storage::PieceOutcome& outcome) override;
  void on_pieces_lost(std::span<const PieceIndex> pieces) override;
  void on_piece_checked(PieceIndex piece, bool good) override;
  void on_blocks_read(storage::ReadToken token, LinkId reader,
                      Result<std::vector<storage::ReadBlock>> blocks) override;
  void on_file_completed(FileIndex file) override;
  void on_progress() override { want_content_saved(); }
  void on_storage_fault(const Fault& fault) override { fail(fault); }
  void on_store_deadline() override { arm(); }

  // One event of a link each.
  void on(PeerLink& link, peer::HandshakeReceived& event) { open(link, event.peer_id); }
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
  void on(PeerLink& link, peer::AllowedFast&) { links_.mark_dirty(link); }
  void on(PeerLink& link, peer::Suggested& event) {
    if (downloading_) downloading_->on_suggested(link, event.piece);
  }
  void on(PeerLink& link, peer::PortReceived& event);
  void on(PeerLink&, peer::SkeyWanted&) {}  // asked before a link comes to us
  void on(PeerLink& link, peer::HashesRequested& event);
  void on(PeerLink& link, peer::HashesReceived& event);
  void on(PeerLink& link, peer::HashesRejected& event);
  void on(PeerLink& link, wire::UtPex& event);
  void on(PeerLink& link, wire::UtHolepunch& event);
  void on(PeerLink& link, wire::LtDontHave& event);
  void on(PeerLink& link, wire::UploadOnly& event);
  void on(PeerLink& link, wire::UtMetadata& event);
  void on(PeerLink& link, peer::Violation& event);

  // What the content goes through.
  void on_resumed(Result<Bitfield> to_check, bool lost);
  void begin_check(Bitfield pieces);
  void on_checked(const Result<void>& outcome);
  void put_content_away();
  void drop_unless_moving();
  void distrust_content();
  std::optional<std::string> in_the_way();
  bool stopped_by_strangers();
  void when_looked_into(Answer<void> then);
  void content_ready();
  void tell_early_links();
  void drop_content();
  void download_done();
  void tell_completion();
  void leave_incomplete_folder();

  // What runs.
  LifecycleFacts life() const;
  bool stalled(Instant at) const;
  void settle();
  void set_families();
  void set_limits();
  void lift_ratio_limit();
  bool claim_names();
  void settle_exchange();
  std::optional<swarm::Candidate> next_punched();
  void fetch_metadata();
  void fetch_layers();
  void fail_metadata(const Fault& fault);
  void on_layer_hashes(PeerLink& link, const peer::HashesReceived& received);
  void begin_with(LearnedMetadata learned);
  void keep_metadata();
  void drop_strangers_of_private();
  peer::TorrentSide torrent_side() const;
  void settle_downloading(bool wanted);
  void settle_announcing(Lifecycle::Announce announce);
  void begin_downloading();
  void end_downloading();
  bool halt();
  void move_unopened(const SafePath& root, const Fault& why, Answer<void> answer);
  void end_activities(const std::string& why);
  void on_tick(Instant now);
  void wake_to_dial(Instant now);
  void show_what_moves(Instant now);
  void stop_at_seed_limit(Instant now);
  void fail(const Fault& fault);
  void retry();
  void look_anew();

  void open(PeerLink& link, const PeerId& peer);
  void reap(Instant now);
  void end_if_useless(PeerLink& link);
  void pieces_changed();
  tracker::TierList trackers() const;
  void drain_announcer();
  void arm();
  void changed();
  Instant now() const { return environment_.world.clock.now(); }
  WallTime wall() const { return environment_.world.clock.wall(); }

  Environment& environment_;
  TorrentRecord record_;
  Rng rng_;
  Self self_;
  Lifecycle lifecycle_;
  Ticking ticking_;
  LiveTotals totals_;
  Announcing announcing_;
  Links links_;
  Content content_;
  std::unique_ptr<Downloading> downloading_;
  std::unique_ptr<WebSeeds> web_seeds_;  ///< while it downloads and has some
  std::unique_ptr<Uploading> uploading_;
  bool saving_claim_ = false;         ///< of files that it is about to make
  std::int64_t queue_position_ = -1;  ///< as it is shown; -1 before it is for the first time
  MetadataExchange metadata_exchange_;
  std::unique_ptr<PeerExchange> exchange_;      ///< while it is public, and pex_enabled
  std::unique_ptr<Holepunching> holepunching_;  ///< the same
  std::unique_ptr<HashServing> hash_serving_;   ///< while there is content that has trees
  std::unique_ptr<MetadataFetching> fetching_;  ///< while its metadata is missing
  std::unique_ptr<LayerFetching> layers_;       ///< while only its piece layers are (BEP 52)
  Buffer unsaved_metainfo_;                     ///< that came from peers, until it is durable
  bool saving_metainfo_ = false;
};

}  // namespace seed::torrent
