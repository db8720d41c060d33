// OwnNamespace: a network namespace of a test's own, for as long as it lives; only root has one.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/uv/sockets.h"
#include "tests/support/catch.h"

namespace seed::uv::test {

class OwnNamespace {
 public:
  OwnNamespace() : before_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
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
  Descriptor before_;
  bool there_ = false;
};

}  // namespace seed::uv::test
