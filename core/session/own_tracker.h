// OwnTracker: joins the embedded tracker to the World: its sockets, by UDP and TCP at tracker_port,
// and the torrents it is for.
//
//   off --configure()--> asked at one family or two; a port that is taken, or an address that is
//                        not there, is tried again every `retry_after`
//
// It has sockets of its own: the peer port moves, by the router or by chance, but trackers are
// named in torrents by theirs. Who announces is met again after its network was away; only when it
// is switched off all is forgotten.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/uplink.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/session/tracker_http.h"
#include "core/trackerd/tracker.h"

namespace seed::session {

/// The session, as its tracker needs it.
class OwnTrackerOwner {
 public:
  virtual ~OwnTrackerOwner() = default;
  /// Those of that torrent, two of a hybrid (BEP 52); none when it is not there (any more).
  virtual std::vector<Sha1> own_hashes(TorrentId torrent) = 0;
  /// Nobody is to have to do with that address.
  virtual bool turns_away(const IpAddress& address) = 0;
};

class OwnTracker final : public io::UdpSocketOwner,
                         public io::ListenerOwner,
                         public TrackerHttpOwner {
 public:
  static constexpr Duration retry_after = 10s;
  /// However long there are no descriptors, the log hears it once a minute.
  static constexpr Duration fault_told_every = 1min;

  OwnTracker(io::World world, OwnTrackerOwner& owner, log::Logger log);

  /// Switches it on or off, and has it asked where the settings say. `network`: what sockets can go
  /// over. `reachable`: false while nobody can come in, as through a proxy. True: it was switched
  /// on, and every torrent is to be considered.
  bool configure(const config::Settings& settings, const io::UplinkFacts& network, bool reachable,
                 Instant now);
  /// The network is another: what was open has ended. Who is known stays so.
  void close_sockets();
  /// For good.
  void close();
  /// The torrent has come, or has another hash, or has gone.
  void consider(TorrentId torrent);
  void on_deadline(Instant now);
  Instant deadline() const;
  void on_turn_end() { http_.on_turn_end(); }

  bool enabled() const { return tracker_ != nullptr; }
  /// Of an enabled one.
  trackerd::Stats stats() const { return tracker_->stats(); }
  std::size_t http_links() const { return http_.size(); }

 private:
  /// Where it is asked over one family.
  struct Door {
    std::optional<IpAddress> at;
    std::unique_ptr<io::UdpSocket> udp;
    std::unique_ptr<io::Listener> tcp;
    std::string told;  ///< the fault that the log has

    void close() {
      udp.reset();
      tcp.reset();
    }
    bool open() const { return udp && tcp; }
  };

  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  void on_accept(std::unique_ptr<io::Stream> stream) override;
  void on_accept_fault(const Fault& fault) override;
  trackerd::HttpAnswer answer_http(std::string_view path, std::string_view query,
                                   const IpAddress& source) override;
  void on_http_refused(const IpAddress& source) override;
  void begin(const config::Settings& settings);
  void open(Instant now);
  Result<void> open(Door& door);

  io::World world_;
  OwnTrackerOwner& owner_;
  log::Logger log_;
  std::unique_ptr<trackerd::Tracker> tracker_;  ///< while it is enabled
  TrackerHttp http_;
  Door v4_;
  Door v6_;
  std::uint16_t port_ = 0;
  config::TextList allowed_;  ///< as the tracker has it
  std::unordered_map<TorrentId, std::vector<Sha1>, SlotIdHash<struct TorrentTag>> own_;
  Instant retry_at_ = never;
  Instant fault_silent_until_{};
};

}  // namespace seed::session
