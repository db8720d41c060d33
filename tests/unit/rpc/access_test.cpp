#include "rpc/access.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "config/password.h"
#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

std::string basic(std::string_view login) { return "Basic " + to_base64(as_bytes(login)); }

bool lets_in(const Access& access, const std::optional<std::string>& authorization) {
  return access.judge_login(authorization) == LoginVerdict::good;
}

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

TEST_CASE("hosts are checked") {
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
  settings.rpc_host_whitelist_enabled = false;
  CHECK(Access(settings).allows_host("evil.example", "127.0.0.1"));
}

TEST_CASE("a login needs both name and password") {
  config::Settings settings;
  CHECK(lets_in(Access(settings), std::nullopt));
  CHECK(lets_in(Access(settings), "nonsense"));
  settings.rpc_authentication_required = true;
  settings.rpc_username = "ann";
  settings.rpc_password = "a:b";
  const Access access(settings);
  CHECK(lets_in(access, basic("ann:a:b")));
  CHECK(lets_in(access, "basic" + basic("ann:a:b").substr(5)));
  CHECK_FALSE(lets_in(access, basic("ann:a")));
  CHECK_FALSE(lets_in(access, basic("bob:a:b")));
  CHECK_FALSE(lets_in(access, basic("ann")));
  CHECK_FALSE(lets_in(access, "Bearer x"));
  CHECK_FALSE(lets_in(access, "Basic !"));
  CHECK_FALSE(lets_in(access, std::nullopt));
}

TEST_CASE("a hashed password is worked out once for a login") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  const Buffer salt(config::password_salt_bytes, 7);
  settings.rpc_password = config::hash_password("secret", salt, 1'000'000);
  const Access access(settings);
  REQUIRE(lets_in(access, basic(":secret")));
  // Without a memory of good logins this would take minutes.
  for (int i = 0; i < 1000; ++i) REQUIRE(lets_in(access, basic(":secret")));
  CHECK_FALSE(lets_in(access, basic(":Secret")));
}

TEST_CASE("a login that could not be checked is neither good nor bad") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password = "secret";
  const Access access(settings,
                      [](std::string_view, std::string_view) -> bool { throw std::bad_alloc(); });
  CHECK(access.judge_login(basic(":secret")) == LoginVerdict::no_turn);
  CHECK(access.logins_in_turn() == 0);
}

TEST_CASE("the rules get another number when anything of them is another, and only then") {
  config::Settings settings;
  auto access = std::make_unique<Access>(settings);
  const auto changes = [&](auto&& change) {
    const auto before = access->rules_number();
    change();
    access = std::make_unique<Access>(settings, *access);
    return access->rules_number() != before;
  };
  CHECK_FALSE(changes([] {}));
  CHECK_FALSE(changes([&] { settings.peer_port = 1; }));
  CHECK_FALSE(changes([&] { settings.anti_brute_force_threshold = 7; }));
  CHECK(changes([&] { settings.rpc_authentication_required = true; }));
  CHECK(changes([&] { settings.rpc_username = "bob"; }));
  CHECK(changes([&] { settings.rpc_password = "secret"; }));
  CHECK(changes([&] { settings.rpc_whitelist = "10.*"; }));
  CHECK(changes([&] { settings.rpc_whitelist_enabled = !settings.rpc_whitelist_enabled; }));
  CHECK(changes([&] { settings.rpc_host_whitelist = "nas.example"; }));
  CHECK(
      changes([&] { settings.rpc_host_whitelist_enabled = !settings.rpc_host_whitelist_enabled; }));
  CHECK(changes([&] { settings.rpc_cors_origins = "https://panel.example"; }));
}

TEST_CASE("where a login is required, no password lets nobody in") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  const Access access(settings);
  CHECK_FALSE(lets_in(access, basic(":")));
  CHECK_FALSE(lets_in(access, basic(":x")));
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
  std::atomic<int> sent_away = 0;
  const Access access(settings, [&](std::string_view stored, std::string_view given) {
    ++hashed;
    if (++hashing > 1) together = true;
    while (!go && given != "good") std::this_thread::yield();
    --hashing;
    return stored == given;
  });
  REQUIRE(lets_in(access, basic(":good")));
  constexpr int in_turn = 1 + static_cast<int>(limits::logins_waiting_max);
  constexpr int attempts = 3 * in_turn;
  std::vector<std::thread> threads;
  for (int i = 0; i < attempts; ++i)
    threads.emplace_back([&, wrong = basic(":" + std::to_string(i))] {
      const LoginVerdict said = access.judge_login(wrong);
      ++(said == LoginVerdict::no_turn ? sent_away : refused);
    });
  while (sent_away < attempts - in_turn || hashed < 2) std::this_thread::yield();
  CHECK(hashed == 2);
  // Who is known waits for none of them.
  CHECK(lets_in(access, basic(":good")));
  go = true;
  for (auto& thread : threads) thread.join();
  CHECK(refused == in_turn);
  CHECK_FALSE(together);
  CHECK(hashed == 1 + in_turn);
}

TEST_CASE("the same login on many connections is checked once, and lets all of them in") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password = "good";
  for (const bool good : {true, false}) {
    std::atomic<bool> go = false;
    std::atomic<int> hashed = 0;
    const Access access(settings, [&](std::string_view stored, std::string_view given) {
      ++hashed;
      while (!go) std::this_thread::yield();
      return stored == given;
    });
    std::atomic<int> answered_well = 0;
    std::vector<std::thread> threads;
    constexpr std::size_t clients = 4 * limits::logins_waiting_max;
    for (std::size_t i = 0; i < clients; ++i)
      threads.emplace_back([&] {
        const auto said = access.judge_login(basic(good ? ":good" : ":bad"));
        if (said == (good ? LoginVerdict::good : LoginVerdict::bad)) ++answered_well;
      });
    while (access.logins_in_turn() < clients) std::this_thread::yield();
    go = true;
    for (auto& thread : threads) thread.join();
    CHECK(answered_well == clients);
    CHECK(hashed == 1);
  }
}

TEST_CASE("no more wait for the verdict on one login than may") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password = "good";
  std::atomic<bool> go = false;
  const Access access(settings, [&](std::string_view, std::string_view) {
    while (!go) std::this_thread::yield();
    return false;
  });
  constexpr std::size_t may = 1 + limits::logins_joined_max;
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> sent_away = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2 * may; ++i)
    threads.emplace_back([&] {
      ++(access.judge_login(basic(":bad")) == LoginVerdict::no_turn ? sent_away : refused);
    });
  while (sent_away < may) std::this_thread::yield();
  CHECK(access.logins_in_turn() == may);
  CHECK(refused == 0);
  go = true;
  for (auto& thread : threads) thread.join();
  CHECK(refused == may);
}

TEST_CASE("a wrong login is known again by its print, until name or password are others") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password = "good";
  const Access before(settings);
  const Sha256 print = before.print_of("Basic x");
  CHECK(print != before.print_of("Basic y"));
  settings.rpc_whitelist = "*";
  const Access same(settings, before);
  CHECK(same.print_of("Basic x") == print);
  settings.rpc_password = "x";
  const Access other(settings, same);
  CHECK(other.print_of("Basic x") != print);
  settings.rpc_password = "good";
  CHECK(Access(settings, other).print_of("Basic x") != print);
}

TEST_CASE("who is known stays so when other settings change, and only then") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_username = "ann";
  settings.rpc_password = "good";
  int hashed = 0;
  const Access::Verify verify = [&](std::string_view stored, std::string_view given) {
    ++hashed;
    return stored == given;
  };
  const Access before(settings, verify);
  REQUIRE(lets_in(before, basic("ann:good")));
  config::Settings other = settings;
  other.rpc_whitelist = "*";
  const Access after(other, before);
  CHECK(lets_in(after, basic("ann:good")));
  CHECK(hashed == 1);
  CHECK(after.allows_peer("192.0.2.1"));
  CHECK_FALSE(lets_in(after, basic("ann:bad")));
  CHECK(hashed == 2);
  other = settings;
  SECTION("another password") { other.rpc_password = "new"; }
  SECTION("another name") { other.rpc_username = "bob"; }
  CHECK_FALSE(lets_in(Access(other, before), basic("ann:good")));
}

TEST_CASE("at the end only the hash under way is waited for") {
  config::Settings settings;
  settings.rpc_authentication_required = true;
  settings.rpc_password = "good";
  std::atomic<bool> go = false;
  std::atomic<int> hashed = 0;
  Access access(settings, [&](std::string_view stored, std::string_view given) {
    ++hashed;
    while (!go && given != "good") std::this_thread::yield();
    return stored == given;
  });
  REQUIRE(lets_in(access, basic(":good")));
  constexpr int in_turn = 1 + static_cast<int>(limits::logins_waiting_max);
  std::atomic<int> refused = 0;
  std::atomic<int> sent_away = 0;
  std::vector<std::thread> threads;
  // Each waits twice: for its own check, and for another's.
  for (int i = 0; i < 2 * in_turn; ++i)
    threads.emplace_back([&, wrong = basic(":" + std::to_string(i % in_turn))] {
      ++(access.judge_login(wrong) == LoginVerdict::no_turn ? sent_away : refused);
    });
  while (access.logins_in_turn() < 2 * in_turn) std::this_thread::yield();
  access.close();
  while (sent_away < 2 * in_turn - 2) std::this_thread::yield();
  CHECK(refused == 0);
  CHECK(access.judge_login(basic(":late")) == LoginVerdict::no_turn);
  CHECK(lets_in(access, basic(":good")));
  CHECK(Access(settings, access).judge_login(basic(":late")) == LoginVerdict::no_turn);
  go = true;
  for (auto& thread : threads) thread.join();
  CHECK(sent_away == 2 * in_turn - 2);
  CHECK(refused == 2);
  CHECK(hashed == 2);
}
