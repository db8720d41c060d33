// SimTracker: a scripted tracker: one swarm table, an HTTP face (BEP 3, 23, 48) and a UDP face
// (BEP 15), and a temper that a scenario chooses.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/io/net.h"
#include "tests/sim/engine/sim_http.h"
#include "tests/sim/engine/sim_net.h"

namespace seed::sim {

enum class Temper : std::uint8_t {
  good,
  dead,      ///< never answers
  slow,      ///< answers after up to 40 s
  rubbish,   ///< answers with what is no bencode, or nonsense in it
  refusing,  ///< `failure reason`
  refused,   ///< nobody listens there
  fickle,    ///< each time another one of these
};

class SimTracker final : public io::UdpSocketOwner {
 public:
  struct Counts {
    std::uint64_t announces = 0;
    std::uint64_t scrapes = 0;
    /// Events told, by (peer, info-hash): what must be said exactly once.
    std::map<std::pair<Endpoint, Sha1>, std::uint64_t> started, stopped, completed;
  };

  /// `net` is of a host of its own, which has `name`.
  SimTracker(SimNet& net, Web& web, std::string name, Temper temper, Rng rng);

  std::string http_url() const { return "http://" + name_ + ":80/announce"; }
  std::string udp_url() const { return "udp://" + name_ + ":6969/announce"; }
  void set_temper(Temper temper) { temper_ = temper; }
  void set_interval(Duration interval) { interval_ = interval; }
  /// A peer that does not announce itself.
  void add_peer(const Sha1& hash, const Endpoint& peer) { swarms_[hash][peer] = true; }
  const Counts& counts() const { return counts_; }

 private:
  struct Announce {
    Sha1 hash;
    Endpoint peer;
    std::uint64_t left = 0;
    std::uint32_t event = 0;  ///< as BEP 15 numbers them
    std::uint32_t numwant = 50;
  };
  std::optional<HttpAnswer> on_request(const io::HttpRequest& request, const IpAddress& from);
  std::optional<Announce> parse_announce(const std::string& query, const IpAddress& from) const;
  Buffer scrape(const std::string& query);
  Buffer encode(const Announce& announce, const std::vector<Endpoint>& peers) const;
  Buffer rubbish();
  /// Takes it in and chooses peers.
  std::vector<Endpoint> take(const Announce& announce);
  Temper temper_now();
  std::uint32_t seeds_of(const Sha1& hash) const;
  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  std::optional<Buffer> udp_answer(Bytes datagram, const Endpoint& from);

  SimNet& net_;
  std::string name_;
  Temper temper_;
  Duration interval_ = 60s;
  Rng rng_;
  std::unique_ptr<io::UdpSocket> socket_;
  std::map<Sha1, std::map<Endpoint, bool>> swarms_;  ///< true: a seed
  Counts counts_;
};

}  // namespace seed::sim
