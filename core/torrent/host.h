// Host: what a torrent asks of its session, and what all torrents of a session share.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/metainfo/metainfo.h"
#include "core/peer/local.h"
#include "core/storage/storage.h"
#include "core/torrent/allowance.h"
#include "core/tracker/announcer.h"

namespace seed::torrent {

/// What a save must hold.
struct SaveNeeds {
  bool record = true;
  bool progress = false;
};

/// Told by torrents of what concerns the session. Called from within inputs and orders of a
/// torrent; none of these may destroy it or give it another order.
class Host {
 public:
  virtual ~Host() = default;
  /// on_turn_end is to be called before the loop sleeps.
  virtual void on_torrent_dirty(TorrentId id) = 0;
  virtual void on_torrent_deadline(TorrentId id, Instant when) = 0;
  /// Something a user can see has changed of it: returns the session's next sequence number.
  virtual std::uint64_t next_sequence(TorrentId id) = 0;
  /// Something to be saved within seconds.
  virtual void want_save(TorrentId id, SaveNeeds needs) = 0;
  /// Saves now; the answer comes when it is durable.
  virtual void save(TorrentId id, SaveNeeds needs, Answer<void> answer) = 0;
  /// The metainfo and progress are to be read from the store, then Torrent::on_content.
  virtual void load_content(TorrentId id) = 0;
  /// The metadata that peers gave is to be hashed and parsed, then Torrent::on_metadata.
  virtual void check_metadata(TorrentId id, Buffer info) = 0;
  /// The piece layers that a magnet's metadata lacked have come, and are to be put into it; then
  /// Torrent::on_metadata. Never from within.
  virtual void complete_metadata(TorrentId id, metainfo::Metainfo metainfo,
                                 std::map<FileIndex, Buffer> layers) = 0;
  /// The magnet's metadata is whole, and all that it lacked: the torrent has it from now on, and
  /// its content is loaded with it while it is not in the store.
  virtual void on_metadata_complete(TorrentId id,
                                    std::shared_ptr<const metainfo::Metainfo> metainfo) = 0;
  /// The metadata shows that the torrent has a hash besides the one of its magnet: it is known by
  /// both from now on. Fault exists: another is.
  virtual Result<void> learn_hashes(TorrentId id, const InfoHashes& hashes) = 0;
  /// Torrent::next_candidate may have somebody to dial.
  virtual void want_dials(TorrentId id) = 0;
  virtual void on_tracker_event(TorrentId id, const tracker::Announcer::Event& event) = 0;
  /// It went from one state to another: queues are to be planned again.
  virtual void on_torrent_state(TorrentId id) = 0;
  virtual void on_torrent_completed(TorrentId id) = 0;
  /// What another torrent is called that is complete and whose top file or folder is `name` in
  /// `root`.
  virtual std::optional<std::string> complete_at(TorrentId but, const std::string& root,
                                                 const std::string& name) = 0;
  virtual void on_torrent_seeding_done(TorrentId id) = 0;
  virtual void on_torrent_failed(TorrentId id, const Fault& fault) = 0;
  /// What Torrent::retry wanted looked at; to Torrent::on_fault_checked, if it is still there.
  virtual void on_fault_checked(TorrentId id, bool mended) = 0;
  /// A link was opened or went away.
  virtual void on_link_count(TorrentId id, int change) = 0;
  /// A dial was begun or has ended.
  virtual void on_half_open(int change) = 0;
  /// What each of our connections says of the session, and how it is encrypted.
  virtual void prepare(peer::Local& local, const IpAddress& remote) = 0;
  /// How web seeds are asked: as whom, from where, and whether in private networks.
  virtual void prepare(io::HttpRequest& request) = 0;
  /// Where a node of the DHT at `remote` reaches ours; 0: it has none.
  virtual std::uint16_t dht_port(const IpAddress& remote) = 0;
  /// A peer says that it has a node of the DHT there.
  virtual void on_dht_node(const Endpoint& node) = 0;
  /// The limits above a torrent of that bandwidth group: the group's, or the session's for "" and
  /// for a name that is none.
  virtual Allowance& allowance_of(const std::string& group) = 0;
  /// Nobody is to have to do with that address: it is on the blocklist. Counts those turned away.
  virtual bool turns_away(const IpAddress& address) = 0;
  /// Payload that passed, for the session's totals.
  virtual void on_payload(std::uint64_t downloaded, std::uint64_t uploaded) = 0;
};

/// References to things that outlive every torrent.
struct Environment {
  io::World world;
  Host& host;
  const config::Settings& settings;
  storage::Storage& storage;
  tracker::TrackerIds& tracker_ids;
  tracker::TierList& default_trackers;  ///< joined to those of public torrents
  std::string client;                   ///< told to peers as `v`
  log::Logger log;
};

}  // namespace seed::torrent
