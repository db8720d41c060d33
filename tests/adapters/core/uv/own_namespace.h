// OwnNamespace: a network namespace of a test's own, for as long as it lives; only root has one.
// OtherSide: another one, at the far end of a link from there.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/uv/loop.h"
#include "core/uv/sockets.h"
#include "tests/adapters/core/uv/support.h"

namespace seed::uv::test {

class OwnNamespace {
 public:
  OwnNamespace() : before_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
    make_threads();
    there_ = geteuid() == 0 && before_.ok() && unshare(CLONE_NEWNET) == 0;
    if (there_) there_ = ip("link set lo up");
  }
  ~OwnNamespace() {
    if (there_) static_cast<void>(setns(before_.get(), CLONE_NEWNET));
  }
  OwnNamespace(const OwnNamespace&) = delete;
  OwnNamespace& operator=(const OwnNamespace&) = delete;

  /// False, and it says so: the test has nothing to do here.
  bool there() const {
    if (!there_) WARN("no network namespace: not root");
    return there_;
  }
  /// `ip ...`
  static bool ip(const std::string& arguments) {
    return std::system(("ip " + arguments + " 2>/dev/null").c_str()) == 0;  // NOLINT
  }
  /// An interface that leads nowhere, up, with an address.
  static void make_link(const std::string& name, const std::string& address) {
    if (!ip(fmt::format("link add {} type dummy", name))) {
      // Not each kernel has these: the other end of this one is here too.
      REQUIRE(ip(fmt::format("link add {0} type veth peer name {0}-far", name)));
      REQUIRE(ip(fmt::format("link set {}-far up", name)));
    }
    REQUIRE(ip(fmt::format("link set {} up", name)));
    if (!address.empty()) REQUIRE(ip(fmt::format("addr add {} dev {}", address, name)));
  }

 private:
  /// A thread is in the namespace of who makes it. libuv's are made at the first use, and serve all
  /// tests after.
  static void make_threads() {
    Loop loop;
    bool done = false;
    uv_work_t work{};
    work.data = &done;
    REQUIRE(uv_queue_work(
                loop.uv(), &work, [](uv_work_t*) {},
                [](uv_work_t* of, int) { *static_cast<bool*>(of->data) = true; }) == 0);
    REQUIRE(loop.run_until([&] { return done; }, bound));
  }
  Descriptor before_;
  bool there_ = false;
};

/// While the test has a namespace of its own: lan0 (10.8.0.1) there leads to this one, which is the
/// router of the default route (10.8.0.2) and is `world` too.
class OtherSide {
 public:
  static constexpr const char* world = "203.0.113.7";

  OtherSide() : here_(current()) {
    REQUIRE(unshare(CLONE_NEWNET) == 0);
    there_ = current();
    REQUIRE(setns(here_.get(), CLONE_NEWNET) == 0);
    REQUIRE(OwnNamespace::ip(fmt::format(
        "link add lan0 type veth peer name far0 netns /proc/{}/fd/{}", getpid(), there_.get())));
    in([] {
      REQUIRE(OwnNamespace::ip("link set lo up"));
      REQUIRE(OwnNamespace::ip("link set far0 up"));
      REQUIRE(OwnNamespace::ip("addr add 10.8.0.2/24 dev far0"));
      REQUIRE(OwnNamespace::ip(fmt::format("addr add {}/32 dev lo", world)));
    });
    REQUIRE(OwnNamespace::ip("link set lan0 up"));
    REQUIRE(OwnNamespace::ip("addr add 10.8.0.1/24 dev lan0"));
    REQUIRE(OwnNamespace::ip("route add default via 10.8.0.2"));
  }
  /// `make` is called there. Sockets stay where they are made.
  template <typename Make>
  void in(Make make) const {
    REQUIRE(setns(there_.get(), CLONE_NEWNET) == 0);
    make();
    REQUIRE(setns(here_.get(), CLONE_NEWNET) == 0);
  }

 private:
  static Descriptor current() {
    return Descriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  }
  Descriptor here_;
  Descriptor there_;
};

}  // namespace seed::uv::test
