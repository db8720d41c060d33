#include "core/session/transports.h"

#include <memory>
#include <optional>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using torrent::test::MemoryNet;

struct Owner final : io::StreamOwner {
  void on_connected() override { ++connected; }
  std::size_t may_read() override { return 100; }
  void on_bytes(MutableBytes received) override { read += received.size(); }
  void on_sent(std::size_t octets) override { sent += octets; }
  void on_end(const Fault& fault) override { ended = fault; }
  int connected = 0;
  std::size_t read = 0;
  std::size_t sent = 0;
  std::optional<Fault> ended;
};

struct Setup {
  explicit Setup(config::TransportList list = {config::Transport::utp, config::Transport::tcp}) {
    configure(std::move(list));
  }
  void configure(config::TransportList list) {
    settings.preferred_transports = std::move(list);
    transports.configure(settings);
  }
  void dial() {
    auto dialled = transports.dial(peer, {}, owner);
    REQUIRE(dialled);
    stream = *std::move(dialled);
  }
  void wait() {
    REQUIRE(transports.deadline() != never);
    clock.advance(transports.deadline() - clock.now());
    transports.on_deadline(clock.now());
  }

  const Endpoint peer{IpAddress::v4(0x01020304), 6881};
  torrent::test::ManualClock clock;
  MemoryNet tcp;
  MemoryNet utp;
  config::Settings settings;
  Transports transports{clock, tcp, utp};
  Owner owner;
  std::unique_ptr<io::Stream> stream;
};

TEST_CASE("the preferred transport alone is tried at first") {
  Setup setup;
  setup.dial();
  CHECK(setup.utp.dialled.size() == 1);
  CHECK(setup.tcp.dialled.empty());
  setup.utp.dialled[0]->owner->on_connected();
  CHECK(setup.owner.connected == 1);
  CHECK(setup.transports.deadline() == never);
}

TEST_CASE("the other one is tried beside it after a while, and the first that connects is taken") {
  Setup setup;
  setup.dial();
  setup.wait();
  REQUIRE(setup.tcp.dialled.size() == 1);
  CHECK(setup.utp.dialled[0]->owner != nullptr);
  setup.tcp.dialled[0]->owner->on_connected();
  CHECK(setup.owner.connected == 1);
  CHECK(setup.utp.dialled[0]->owner == nullptr);
  // What is read goes to the owner, what is written to the one that won.
  CHECK(setup.tcp.dialled[0]->owner == &setup.owner);
  ByteQueue bytes;
  bytes.append(as_bytes("hello"));
  setup.stream->write(std::move(bytes));
  CHECK(setup.tcp.dialled[0]->written.size() == 5);
}

TEST_CASE("the other one is tried at once when the first fails, also when it cannot begin") {
  Setup setup;
  setup.dial();
  setup.utp.dialled[0]->owner->on_end({FaultCode::refused, 0, "no"});
  REQUIRE(setup.tcp.dialled.size() == 1);
  CHECK_FALSE(setup.owner.ended);
  setup.tcp.dialled[0]->owner->on_end({FaultCode::timed_out, 0, "late"});
  REQUIRE(setup.owner.ended);
  CHECK(setup.owner.ended->code == FaultCode::timed_out);

  setup.utp.refuse = Fault{FaultCode::busy, 0, "full"};
  setup.dial();
  CHECK(setup.tcp.dialled.size() == 2);
  setup.tcp.refuse = Fault{FaultCode::out_of_resources, 0, "no descriptor"};
  const auto none = setup.transports.dial(setup.peer, {}, setup.owner);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == FaultCode::out_of_resources);
}

TEST_CASE("the end of one does not end the race") {
  Setup setup;
  setup.dial();
  setup.wait();
  setup.tcp.dialled[0]->owner->on_end({FaultCode::refused, 0, "no"});
  CHECK_FALSE(setup.owner.ended);
  setup.utp.dialled[0]->owner->on_connected();
  CHECK(setup.owner.connected == 1);
}

TEST_CASE("where only the second connected, both begin at once the next time") {
  Setup setup;
  setup.dial();
  setup.wait();
  setup.tcp.dialled[0]->owner->on_connected();
  setup.dial();
  CHECK(setup.utp.dialled.size() == 2);
  CHECK(setup.tcp.dialled.size() == 2);
  CHECK(setup.transports.deadline() == never);
  // It speaks both: the next time it is asked in order again.
  setup.utp.dialled[1]->owner->on_connected();
  setup.dial();
  CHECK(setup.tcp.dialled.size() == 2);
}

TEST_CASE("what is left out of the setting is not used") {
  Setup setup({config::Transport::tcp});
  setup.dial();
  CHECK(setup.utp.dialled.empty());
  CHECK(setup.tcp.dialled.size() == 1);
  setup.configure({config::Transport::utp});
  setup.dial();
  CHECK(setup.utp.dialled.size() == 1);
  CHECK(setup.transports.deadline() == never);
  CHECK_FALSE(setup.transports.has_tcp());
}

TEST_CASE("a dial that is given up leaves nothing behind") {
  Setup setup;
  setup.dial();
  setup.stream.reset();
  CHECK(setup.utp.dialled[0]->owner == nullptr);
  CHECK(setup.transports.deadline() == never);
}

}  // namespace
}  // namespace seed::session
