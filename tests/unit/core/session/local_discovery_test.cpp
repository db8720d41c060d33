#include "core/session/local_discovery.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

const Endpoint group_v4 = lsd::endpoint_of(lsd::Group::v4);
const Endpoint group_v6 = lsd::endpoint_of(lsd::Group::v6);

Sha1 hash(std::uint8_t first) {
  Sha1 out{};
  out.octets[0] = first;
  return out;
}

/// Groups alone; those of IPv6 only while `has_v6`.
class GroupNet final : public io::Net {
 public:
  Result<std::unique_ptr<io::Stream>> dial(const Endpoint&, const io::DialOptions&,
                                           io::StreamOwner&) override {
    return fail(FaultCode::unsupported, "no stream");
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint&, io::ListenerOwner&) override {
    return fail(FaultCode::unsupported, "no listener");
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint&, io::UdpSocketOwner&) override {
    return fail(FaultCode::unsupported, "no socket");
  }
  Result<std::unique_ptr<io::UdpSocket>> open_group(const Endpoint& group,
                                                    const io::DialOptions& options,
                                                    io::UdpSocketOwner& owner) override {
    if (!group.address.is_v4() && !has_v6) return fail(FaultCode::unsupported, "no IPv6");
    sources[group] = options.source;
    owners[group] = &owner;
    return std::make_unique<Socket>(*this, group);
  }

  struct Socket final : io::UdpSocket {
    Socket(GroupNet& its, const Endpoint& in) : net(its), group(in) {}
    ~Socket() override { net.owners.erase(group); }
    Result<void> send(Bytes datagram, const Endpoint& to) override {
      REQUIRE(to == group);
      net.sent.emplace_back(to, *lsd::Announcement::parse(datagram));
      return {};
    }
    Endpoint local() const override { return group; }
    GroupNet& net;
    Endpoint group;
  };

  bool has_v6 = true;
  std::map<Endpoint, io::UdpSocketOwner*> owners;
  std::map<Endpoint, IpAddress> sources;
  std::vector<std::pair<Endpoint, lsd::Announcement>> sent;
};

struct Setup final : LocalDiscoveryOwner {
  Setup() {
    settings.lpd_enabled = true;
    settings.bind_address_ipv4 = "192.0.2.9";
    settings.bind_address_ipv6 = "::";
  }
  std::vector<Sha1> announced_hashes(TorrentId torrent) override {
    const auto known = hashes.find(torrent);
    if (known == hashes.end()) return {};
    std::vector<Sha1> out{known->second};
    if (const auto second = second_hashes.find(torrent); second != second_hashes.end())
      out.push_back(second->second);
    return out;
  }
  bool turns_away(const IpAddress& address) override { return address == blocked; }
  void on_local_peer(const Sha1& info_hash, const Endpoint& peer) override {
    found.emplace_back(info_hash, peer);
  }
  Instant now() const { return ground.clock.now(); }
  void configure(std::uint16_t port = 6881) { discovery.configure(settings, port, now()); }
  TorrentId add(std::uint8_t number) {
    const TorrentId id{number, 1};
    hashes[id] = hash(number);
    discovery.consider(id, now());
    return id;
  }
  /// Until nothing is due within a minute.
  void settle() {
    for (int i = 0; i < 100 && discovery.deadline() <= now() + 1min; ++i) {
      if (discovery.deadline() > now()) ground.clock.advance(discovery.deadline() - now());
      discovery.on_deadline(now());
    }
  }
  void hear(const Endpoint& group, const Endpoint& from, lsd::Announcement said) {
    Buffer datagram = said.encode(lsd::Group::v4);
    REQUIRE(net.owners.contains(group));
    net.owners[group]->on_datagram(datagram, from);
  }

  torrent::test::Ground ground;
  GroupNet net;
  config::Settings settings;
  std::map<TorrentId, Sha1> hashes;
  std::map<TorrentId, Sha1> second_hashes;  ///< of hybrids
  std::vector<std::pair<Sha1, Endpoint>> found;
  std::optional<IpAddress> blocked;
  LocalDiscovery discovery{
      {ground.clock, ground.alarm, ground.entropy, net, ground.resolver, ground.http,
       ground.gateway, ground.workers, ground.files, ground.store, ground.uplink},
      Rng(1),
      *this,
      {}};
};

TEST_CASE("a torrent is announced in both groups, with the port we listen at") {
  Setup setup;
  setup.configure(6889);
  CHECK(setup.net.sources.at(group_v4) == *IpAddress::parse("192.0.2.9"));
  setup.add(7);
  setup.settle();
  REQUIRE(setup.net.sent.size() == 2);
  CHECK(setup.net.sent[0].first != setup.net.sent[1].first);
  for (const auto& [to, said] : setup.net.sent) {
    CHECK(said.port == 6889);
    CHECK(said.info_hashes == std::vector{hash(7)});
  }
}

TEST_CASE("a hybrid is announced by both its hashes") {
  Setup setup;
  setup.configure();
  setup.second_hashes[{7, 1}] = hash(8);
  const auto id = setup.add(7);
  setup.settle();
  std::set<Sha1> told;
  for (const auto& [to, said] : setup.net.sent)
    told.insert(said.info_hashes.begin(), said.info_hashes.end());
  CHECK(told == std::set{hash(7), hash(8)});
  setup.hashes.clear();
  setup.discovery.consider(id, setup.now());
  const std::size_t sent = setup.net.sent.size();
  setup.ground.clock.advance(10min);
  setup.discovery.on_deadline(setup.now());
  setup.settle();
  CHECK(setup.net.sent.size() == sent);
}

TEST_CASE("a torrent that rests is not announced again") {
  Setup setup;
  setup.configure();
  const auto id = setup.add(7);
  setup.settle();
  const std::size_t sent = setup.net.sent.size();
  setup.hashes.clear();
  setup.discovery.consider(id, setup.now());
  setup.ground.clock.advance(10min);
  setup.discovery.on_deadline(setup.now());
  setup.settle();
  CHECK(setup.net.sent.size() == sent);
}

TEST_CASE("a torrent is announced again when the user asks for peers") {
  Setup setup;
  setup.configure();
  const auto id = setup.add(7);
  setup.settle();
  const std::size_t sent = setup.net.sent.size();
  setup.discovery.hurry(id, setup.now());
  setup.settle();
  CHECK(setup.net.sent.size() == 2 * sent);
  setup.discovery.hurry({99, 1}, setup.now());
  setup.settle();
  CHECK(setup.net.sent.size() == 2 * sent);
}

TEST_CASE("who is heard of is told, but not who is blocked") {
  Setup setup;
  setup.configure();
  setup.add(1);
  setup.add(2);
  const lsd::Announcement said{.port = 7000, .info_hashes = {hash(1), hash(2)}, .cookie = "other"};
  setup.hear(group_v4, {*IpAddress::parse("192.0.2.1"), 6771}, said);
  REQUIRE(setup.found.size() == 2);
  CHECK(setup.found[1].first == hash(2));
  CHECK(setup.found[1].second == Endpoint{*IpAddress::parse("192.0.2.1"), 7000});
  setup.blocked = *IpAddress::parse("192.0.2.2");
  setup.hear(group_v4, {*setup.blocked, 6771}, said);
  CHECK(setup.found.size() == 2);
}

TEST_CASE("a group that is not there is done without") {
  Setup setup;
  setup.net.has_v6 = false;
  setup.configure();
  CHECK(setup.discovery.running());
  setup.add(7);
  setup.settle();
  CHECK(setup.net.sent.size() == 1);
}

TEST_CASE("the groups are left when it is switched off, and joined again by another address") {
  Setup setup;
  setup.configure();
  CHECK(setup.net.owners.size() == 2);
  setup.settings.lpd_enabled = false;
  setup.configure();
  CHECK(setup.net.owners.empty());
  CHECK_FALSE(setup.discovery.running());
  setup.add(7);
  CHECK(setup.discovery.deadline() == never);
  setup.settings.lpd_enabled = true;
  setup.configure();
  setup.settings.bind_address_ipv4 = "192.0.2.10";
  setup.configure();
  CHECK(setup.net.sources.at(group_v4) == *IpAddress::parse("192.0.2.10"));
  setup.settle();
  CHECK(setup.net.sent.size() == 2);
  setup.configure(0);
  CHECK(setup.net.owners.empty());
}

}  // namespace
}  // namespace seed::session
