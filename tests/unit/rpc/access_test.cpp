#include "rpc/access.h"

#include <atomic>
#include <thread>
#include <vector>

#include "config/password.h"
#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

std::string basic(std::string_view login) { return "Basic " + to_base64(as_bytes(login)); }

}  // namespace

TEST_CASE("lists match by star, without case, with any separator") {
  CHECK(fits_list("127.0.0.1,::1", "::1"));
  CHECK(fits_list("10.*; 192.168.*.*", "192.168.3.4"));
  CHECK(fits_list("*.example", "A.EXAMPLE"));
  CHECK_FALSE(fits_list("127.0.0.1", "127.0.0.11"));
  CHECK_FALSE(fits_list("*.example", "example"));
  CHECK_FALSE(fits_list("", "x"));
  CHECK_FALSE(fits_list(" ,;", ""));
  CHECK(fits_list("*", ""));
  CHECK_FALSE(fits_list(std::string(2000, '*') + "b", std::string(8000, 'a')));
}

TEST_CASE("a host is what stands before the port") {
  CHECK(host_of("localhost:9091") == "localhost");
  CHECK(host_of("[::1]:9") == "::1");
  CHECK(host_of("::1") == "::1");
  CHECK(host_of("a.example") == "a.example");
  CHECK(host_of("[::1") == "");
}

TEST_CASE("the whitelist knows addresses, mapped ones as IPv4") {
  config::Settings settings;
  const Access access(settings);
  CHECK(access.allows_peer("127.0.0.1"));
  CHECK(access.allows_peer("::ffff:127.0.0.1"));
  CHECK(access.allows_peer("::1"));
  CHECK(access.allows_peer(""));
  CHECK_FALSE(access.allows_peer("192.0.2.1"));
  settings.rpc_whitelist_enabled = false;
  CHECK(Access(settings).allows_peer("192.0.2.1"));
}

TEST_CASE("hosts are checked unless a password is asked for") {
  config::Settings settings;
  settings.rpc_host_whitelist = "nas.example, *.home";
  const Access access(settings);
  for (const char* host : {"localhost", "LOCALHOST:9091", "localhost.", "192.0.2.1:80",
                           "[2001:db8::1]:9", "nas.example:1", "a.home"})
    CHECK(access.allows_host(host, "127.0.0.1"));
  for (const char* host : {"evil.example", "", "nas.example.evil", "home"})
    CHECK_FALSE(access.allows_host(host, "127.0.0.1"));
  CHECK_FALSE(access.allows_host(std::nullopt, "127.0.0.1"));
  CHECK(access.allows_host("evil.example", ""));
  settings.rpc_authentication_required = true;
  CHECK(Access(settings).allows_host("evil.example", "127.0.0.1"));
}

TEST_CASE("a login needs both name and password") {
  config::Settings settings;
  CHECK(Access(settings).allows_login(std::nullopt));
  CHECK(Access(settings).allows_login("nonsense"));
  settings.rpc_authentication_required = true;
  settings.rpc_username = "ann";
  settings.rpc_password = "a:b";
  const Access access(settings);
  CHECK(access.allows_login(basic("ann:a:b")));
  CHECK(access.allows_login("basic" + basic("ann:a:b").substr(5)));
  CHECK_FALSE(access.allows_login(basic("ann:a")));
  CHECK_FALSE(access.allows_login(basic("bob:a:b")));
  CHECK_FALSE(access.allows_login(basic("ann")));
  CHECK_FALSE(access.allows_login("Bearer x"));
  CHECK_FALSE(access.allows_login("Basic !"));
  CHECK_FALSE(access.allows_login(std::nullopt));
}

TEST_CASE("a hashed password is worked out once for a login") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  const Buffer salt(config::password_salt_bytes, 7);
  settings.rpc_password = config::hash_password("secret", salt, 1'000'000);
  const Access access(settings);
  REQUIRE(access.allows_login(basic(":secret")));
  // Without a memory of good logins this would take minutes.
  for (int i = 0; i < 1000; ++i) REQUIRE(access.allows_login(basic(":secret")));
  CHECK_FALSE(access.allows_login(basic(":Secret")));
}

TEST_CASE("where a login is required, no password lets nobody in") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  const Access access(settings);
  CHECK_FALSE(access.allows_login(basic(":")));
  CHECK_FALSE(access.allows_login(basic(":x")));
}

TEST_CASE("passwords are hashed one at a time, and not for more who wait than may") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password = "good";
  std::atomic<bool> go = false;
  std::atomic<int> hashing = 0;
  std::atomic<int> hashed = 0;
  std::atomic<bool> together = false;
  std::atomic<int> refused = 0;
  const Access access(settings, [&](std::string_view stored, std::string_view given) {
    ++hashed;
    if (++hashing > 1) together = true;
    while (!go && given != "good") std::this_thread::yield();
    --hashing;
    return stored == given;
  });
  REQUIRE(access.allows_login(basic(":good")));
  constexpr int in_turn = 1 + static_cast<int>(limits::logins_waiting_max);
  constexpr int attempts = 3 * in_turn;
  std::vector<std::thread> threads;
  for (int i = 0; i < attempts; ++i)
    threads.emplace_back([&, wrong = basic(":" + std::to_string(i))] {
      if (!access.allows_login(wrong)) ++refused;
    });
  while (refused < attempts - in_turn || hashed < 2) std::this_thread::yield();
  CHECK(hashed == 2);
  // Who is known waits for none of them.
  CHECK(access.allows_login(basic(":good")));
  go = true;
  for (auto& thread : threads) thread.join();
  CHECK(refused == attempts);
  CHECK_FALSE(together);
  CHECK(hashed == 1 + in_turn);
}
