#include "tests/sim/engine/rude_peer.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace seed::sim {

class RudePeer::Link final : public io::StreamOwner {
 public:
  Link(RudePeer& peer, peer::Connection connection, bool dialled)
      : peer_(peer), connection_(std::move(connection)), connected_(!dialled) {}

  void take(std::unique_ptr<io::Stream> stream) {
    stream_ = std::move(stream);
    if (connected_) stream_->set_owner(this);
  }
  bool over() const { return over_; }

  void on_second(Instant now) {
    if (over_ || !connection_.open()) return;
    connection_.on_deadline(now);
    if (choked_until_ <= now && connection_.am_choking() && connection_.peer_interested())
      connection_.set_choking(false, now);
    if (peer_.manners_.floods) flood();
    drain();
  }
  void flush() {
    if (over_ || !connected_ || connection_.outgoing().empty()) return;
    stream_->write(std::move(connection_.outgoing()));
  }

 private:
  void on_connected() override { connected_ = true; }
  std::size_t may_read() override { return 65536; }
  void on_bytes(MutableBytes received) override {
    if (over_) return;
    connection_.on_bytes(received, now());
    drain();
  }
  void on_sent(std::size_t) override {}
  void on_end(const Fault&) override { over_ = true; }

  Instant now() const { return peer_.net_.host().now(); }
  bool chance(double of_one) { return of_one > 0 && peer_.rng_.unit() < of_one; }

  peer::TorrentSide side() const {
    const auto& layout = peer_.content_.metainfo().layout;
    const PieceIndex last{layout.piece_count() - 1};
    peer::TorrentSide side;
    side.info_hash = peer_.content_.hash();
    side.peer_id = peer_.id_;
    side.shape =
        peer::TorrentShape{layout.piece_count(), layout.piece_length(), layout.piece_size(last)};
    return side;
  }
  void drain() {
    while (!over_) {
      auto event = connection_.next_event();
      if (!event) return;
      if (std::holds_alternative<peer::HandshakeReceived>(*event)) {
        if (!connection_.open()) connection_.accept(side(), now());
        const auto count = peer_.content_.piece_count();
        connection_.send_bitfield(Bitfield(count, true), now());
      } else if (const auto* interest = std::get_if<peer::InterestChanged>(&*event)) {
        if (interest->interested && choked_until_ <= now()) connection_.set_choking(false, now());
      } else if (const auto* request = std::get_if<peer::BlockRequested>(&*event)) {
        on_request(request->block);
      } else if (std::holds_alternative<peer::Violation>(*event)) {
        over_ = true;
      }
    }
  }
  void on_request(const BlockRef& ref) {
    const Manners& manners = peer_.manners_;
    if (manners.stalls || chance(manners.ignore)) return;
    if (chance(manners.disconnect)) {
      over_ = true;
      return;
    }
    if (chance(manners.garbage)) {
      Buffer noise(peer_.rng_.below(300) + 1);
      peer_.rng_.fill(noise);
      connection_.outgoing().append(Bytes(noise));
      return;
    }
    if (chance(manners.chokes)) {
      choked_until_ = now() + peer_.rng_.between(1s, 8s);
      return connection_.set_choking(true, now());
    }
    if (ref.length > block_size) return;
    Block block = Block::copy_of(peer_.content_.piece(ref.piece).subspan(ref.offset, ref.length));
    if (chance(manners.corrupt)) {
      block.bytes()[peer_.rng_.below(ref.length)] ^= 0x5a;
      ++peer_.corrupted_;
    }
    connection_.send_block(ref, std::move(block), now());
    if (chance(manners.unrequested)) send_unrequested();
  }
  /// `piece` <len><7><index><begin><block>, of a piece that may not even exist.
  void send_unrequested() {
    const auto pieces = peer_.content_.piece_count();
    ByteWriter out;
    Buffer noise(block_size);
    peer_.rng_.fill(noise);
    out.u32(static_cast<std::uint32_t>(9 + noise.size())).u8(7);
    out.u32(static_cast<std::uint32_t>(
        peer_.rng_.below(pieces + (peer_.rng_.below(10) == 0 ? 3u : 0u))));
    out.u32(static_cast<std::uint32_t>(peer_.rng_.below(4) * block_size)).put(Bytes(noise));
    connection_.outgoing().append(out.bytes());
  }
  void flood() {
    connection_.set_interested(true, now());
    for (int i = 0; i < 600; ++i) {
      ByteWriter out;
      out.u32(13).u8(6).u32(
          static_cast<std::uint32_t>(peer_.rng_.below(peer_.content_.piece_count())));
      out.u32(0).u32(block_size);
      connection_.outgoing().append(out.bytes());
    }
  }

  RudePeer& peer_;
  peer::Connection connection_;
  std::unique_ptr<io::Stream> stream_;
  bool connected_;
  bool over_ = false;
  Instant choked_until_{};
};

RudePeer::RudePeer(SimNet& net, const KnownContent& content, const Manners& manners, Rng rng)
    : net_(net), content_(content), manners_(manners), rng_(rng) {
  rng_.fill(id_.octets);
  std::ranges::copy(std::string_view("-RU0001-"), id_.octets.begin());
  auto listener = net_.listen(endpoint(), *this);
  if (listener) listener_ = *std::move(listener);
  net_.host().set_owner(this);
  net_.host().set(net_.host().now() + 1s);
}

RudePeer::~RudePeer() { net_.host().set_owner(nullptr); }

void RudePeer::on_accept(std::unique_ptr<io::Stream> stream) {
  ++connections_;
  peer::Local local;
  local.client = "rude";
  peer::Connection connection(peer::Role::incoming, std::move(local), rng_.fork(),
                              net_.host().now());
  auto link = std::make_unique<Link>(*this, std::move(connection), false);
  link->take(std::move(stream));
  links_.emplace(connections_, std::move(link));
}

void RudePeer::dial(const Endpoint& to) {
  ++connections_;
  const auto& layout = content_.metainfo().layout;
  peer::Local local;
  local.client = "rude";
  local.listen_port = port;
  peer::TorrentSide side;
  side.info_hash = content_.hash();
  side.peer_id = id_;
  side.shape = peer::TorrentShape{layout.piece_count(), layout.piece_length(),
                                  layout.piece_size(PieceIndex{layout.piece_count() - 1})};
  local.torrent = side;
  peer::Connection connection(peer::Role::outgoing, std::move(local), rng_.fork(),
                              net_.host().now());
  auto link = std::make_unique<Link>(*this, std::move(connection), true);
  auto stream = net_.dial(to, {}, *link);
  if (!stream) return;
  link->take(*std::move(stream));
  links_.emplace(connections_, std::move(link));
}

void RudePeer::on_alarm(Instant now) {
  net_.host().set(now + 1s);
  for (const auto& [number, link] : links_) link->on_second(now);
}

void RudePeer::on_turn_end(Instant) {
  std::erase_if(links_, [](const auto& entry) { return entry.second->over(); });
  for (const auto& [number, link] : links_) link->flush();
}

}  // namespace seed::sim
