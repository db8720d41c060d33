// Hostile: somebody in the simulated DHT who wants to break it: by lies, tokens, ids or forged
// senders.
//
//   poisoner   names eight nodes that are not there, close to whatever is looked for, and peers
//   forger     gives tokens that are none, and announces with tokens that it was not given
//   gamer      has whatever id is close to the target, and asks from many ports with many ids
//   amplifier  asks in a victim's name, whatever has long answers
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/rng.h"
#include "core/dht/krpc_message.h"
#include "core/dht/node_id.h"

namespace seed::sim {

class Hostile {
 public:
  enum class Kind : std::uint8_t { poisoner, forger, gamer, amplifier };
  static constexpr std::size_t kinds = 4;
  /// The ports of peers that nobody has announced: only a hostile node's word.
  static constexpr std::uint16_t invented_port = 665;
  /// The port that is announced without a right to: no honest node may tell it.
  static constexpr std::uint16_t forged_port = 667;

  struct Datagram {
    Endpoint from;  ///< may be forged
    Endpoint to;
    Buffer octets;
  };
  /// What hostile nodes know of the world: all.
  struct Victims {
    std::span<const Endpoint> nodes;
    std::span<const Sha1> hashes;
    Endpoint flooded;  ///< in whose name an amplifier asks
  };

  Hostile(Kind kind, const Endpoint& at, Rng rng);

  Kind kind() const { return kind_; }
  std::vector<Datagram> on_datagram(Bytes datagram, const Endpoint& from, const Victims& victims);
  /// What it does of itself, every few seconds.
  std::vector<Datagram> act(const Victims& victims);

 private:
  dht::krpc::Response lie(const dht::NodeId& target, const Victims& victims);
  Buffer ask(dht::krpc::What what);
  dht::krpc::What long_question(const Sha1& hash);
  dht::NodeContact invented_near(const dht::NodeId& target, const Victims& victims);
  template <typename T>
  const T& any_of(std::span<const T> all) {
    return all[static_cast<std::size_t>(rng_.below(all.size()))];
  }

  Kind kind_;
  Endpoint at_;
  Rng rng_;
  dht::NodeId id_;
};

}  // namespace seed::sim
