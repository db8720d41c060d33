#include "core/session/additions.h"

#include "tests/unit/core/session/fetch_double.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup {
  seed::test::FakeFiles files;
  test::MemoryStore store;
  seed::test::InlineWorkers workers{files, store};
  test::FetchDouble http;
  std::vector<Addition> parsed;
  Additions additions{workers, http,
                      [this](Addition addition) { parsed.push_back(std::move(addition)); }};
  std::optional<OrderError> error;

  Setup() { additions.set_fetching({.user_agent = "seedd test"}); }

  void add(std::variant<Buffer, std::string> source,
           std::optional<std::string> dir = std::nullopt) {
    AddOrder order;
    order.source = std::move(source);
    order.download_dir = std::move(dir);
    order.cookies = "a=1";
    additions.add(std::move(order), [this](const OrderResult<AddReply>& added) {
      if (!added) error = added.error();
    });
    workers.run_all();
  }
};

TEST_CASE("octets of a .torrent are parsed off the loop and handed on whole") {
  Setup setup;
  setup.add(test::small_torrent("name"));
  REQUIRE(setup.parsed.size() == 1);
  CHECK(setup.parsed[0].metainfo->name == "name");
  CHECK(setup.parsed[0].torrent == test::small_torrent("name"));
  CHECK_FALSE(setup.error);
}

TEST_CASE("a file of this host is read") {
  Setup setup;
  setup.files.mount("/in");
  setup.files.put("/in/x.torrent", test::small_torrent());
  setup.add(std::string("/in/x.torrent"));
  CHECK(setup.parsed.size() == 1);
  setup.add(std::string("/in/missing.torrent"));
  REQUIRE(setup.error);
  CHECK(setup.error->code == OrderErrorCode::unrecognized_info);
  CHECK(setup.parsed.size() == 1);
}

TEST_CASE("a URL is fetched, with the cookies of the order") {
  Setup setup;
  setup.add(std::string("https://example.org/x.torrent"));
  REQUIRE(setup.http.requests.size() == 1);
  CHECK(setup.http.requests[0].user_agent == "seedd test");
  // The caller is still there to hear that it failed.
  CHECK(setup.http.requests[0].timeout < limits::rpc_deadline);
  REQUIRE(setup.http.requests[0].headers.size() == 1);
  CHECK(setup.http.requests[0].headers[0].second == "a=1");
  SECTION("a torrent comes") {
    io::HttpReply reply;
    reply.status = 200;
    reply.body = test::small_torrent();
    setup.http.answers[0](std::move(reply));
    setup.workers.run_all();
    CHECK(setup.parsed.size() == 1);
  }
  SECTION("the server refuses") {
    io::HttpReply reply;
    reply.status = 404;
    setup.http.answers[0](std::move(reply));
    REQUIRE(setup.error);
    CHECK(setup.error->code == OrderErrorCode::http_error);
    CHECK(setup.error->text.find("404") != std::string::npos);
  }
  SECTION("nobody answers") {
    setup.http.answers[0](fail(FaultCode::timed_out, "no answer"));
    REQUIRE(setup.error);
    CHECK(setup.error->code == OrderErrorCode::http_error);
  }
}

TEST_CASE("a torrent that a server sends by gzip is taken as what it is") {
  // What gzip makes of test::small_torrent().
  const Buffer data = *from_hex(
      "1f8b08000000000002034b31b1cacc4bcb4f31b3ca49cd4b2fc9c8344d35b1ca4bcc4d35b44a34"
      "34b22ac84c4d4e55804a199a195b98a49a41048b8d0cac2ab080d45400e56fb33d53000000"
      "");
  Setup setup;
  setup.add(std::string("https://example.org/x.torrent"));
  io::HttpReply reply;
  reply.status = 200;
  SECTION("whole") {
    reply.body = data;
    setup.http.answers[0](std::move(reply));
    setup.workers.run_all();
    REQUIRE(setup.parsed.size() == 1);
    CHECK(setup.parsed[0].torrent == test::small_torrent());
  }
  SECTION("cut short") {
    reply.body = to_buffer(Bytes(data).first(data.size() - 9));
    setup.http.answers[0](std::move(reply));
    setup.workers.run_all();
    REQUIRE(setup.error);
    CHECK(setup.error->code == OrderErrorCode::corrupt_torrent);
  }
}

TEST_CASE("the scheme of a URL is known however it is written") {
  Setup setup;
  setup.add(std::string("HTTP://example.org/x.torrent"));
  setup.add(std::string("HttpS://example.org/x.torrent"));
  CHECK(setup.http.requests.size() == 2);
  setup.add(std::string("Magnet:?xt=urn:btih:1"));
  REQUIRE(setup.error);
  CHECK(setup.error->text.starts_with("magnet: xt"));
  setup.add(std::string("ftp://example.org/x.torrent"));
  CHECK(setup.error->text.starts_with("only URLs of http and https are fetched"));
  CHECK(setup.http.requests.size() == 2);
}

TEST_CASE("a file of this host that is no torrent is refused without a word of what is in it") {
  Setup setup;
  setup.files.mount("/in");
  for (const char* content :
       {"secret", "d6:secreti1e6:secreti2ee", "d4:infod6:secret", "6:secret", "d4:info6:secrete",
        // The number that nobody may see.
        "d4:infod6:lengthi1e4:name1:a12:piece lengthi-74717eee",
        "d4:infod12:meta versioni74717e4:name1:aee",
        "d4:infod6:lengthi-74717e4:name1:a12:piece lengthi16384eee",
        "d4:infod6:lengthi1e4:name1:a12:piece lengthi2000074717eee"}) {
    CAPTURE(content);
    setup.files.put("/in/x", as_bytes(content));
    setup.error.reset();
    setup.add(std::string("/in/x"));
    REQUIRE(setup.error);
    CHECK(setup.error->text.find("secret") == std::string::npos);
    CHECK(setup.error->text.find("74717") == std::string::npos);
  }
}

TEST_CASE("links in the path that the user gives are followed") {
  Setup setup;
  setup.files.mount("/in");
  setup.files.put("/in/x.torrent", test::small_torrent());
  setup.files.link("/elsewhere.torrent", "/in/x.torrent");
  setup.add(std::string("/elsewhere.torrent"));
  CHECK_FALSE(setup.error);
  CHECK(setup.parsed.size() == 1);
}

TEST_CASE("what is no torrent is told apart from what is no source") {
  Setup setup;
  setup.add(to_buffer("rubbish"));
  REQUIRE(setup.error);
  CHECK(setup.error->code == OrderErrorCode::corrupt_torrent);
  setup.error.reset();
  setup.add(std::string("rubbish"));
  REQUIRE(setup.error);
  CHECK(setup.error->code == OrderErrorCode::unrecognized_info);
  CHECK(setup.parsed.empty());
}

TEST_CASE("the folder must be absolute") {
  for (const char* dir : {"", "downloads", "./x"}) {
    Setup setup;
    setup.add(test::small_torrent(), dir);
    REQUIRE(setup.error);
    CHECK(setup.error->code == OrderErrorCode::path_not_absolute);
    CHECK(setup.parsed.empty());
  }
}

TEST_CASE("the folder must be one that can be") {
  for (const std::string& dir :
       {std::string("/a/../b"), std::string("/a\0b", 4), "/" + std::string(256, 'a'),
        "/" + std::string(100, 'a') + std::string(4000, '/') + std::string(100, 'b') + "/.."}) {
    Setup setup;
    setup.add(test::small_torrent(), dir);
    REQUIRE(setup.error);
    CHECK(setup.error->code == OrderErrorCode::path_not_absolute);
    CHECK(setup.error->text.find("cannot be used") != std::string::npos);
    CHECK(setup.parsed.empty());
  }
}

TEST_CASE("a magnet is read at once, and needs nobody") {
  Setup setup;
  setup.add("magnet:?xt=urn:btih:" + std::string(40, 'a') + "&dn=name");
  REQUIRE(setup.parsed.size() == 1);
  CHECK_FALSE(setup.parsed[0].metainfo);
  CHECK(setup.parsed[0].magnet.name == "name");
  CHECK(setup.parsed[0].hashes().v1->hex() == std::string(40, 'a'));
  setup.add(std::string(40, 'B'));
  REQUIRE(setup.parsed.size() == 2);
  CHECK(setup.parsed[1].hashes().v1->hex() == std::string(40, 'b'));
}

TEST_CASE("a magnet that is none is refused in its own words") {
  Setup setup;
  setup.add(std::string("magnet:?dn=x"));
  REQUIRE(setup.error);
  CHECK(setup.error->code == OrderErrorCode::unrecognized_info);
  CHECK(setup.error->text.find("xt") != std::string::npos);
  CHECK(setup.parsed.empty());
}

TEST_CASE("a magnet of version 2 alone is taken") {
  Setup setup;
  setup.add("magnet:?xt=urn:btmh:1220" + std::string(64, 'a'));
  REQUIRE(setup.parsed.size() == 1);
  CHECK(setup.parsed[0].hashes().v2->hex() == std::string(64, 'a'));
}

namespace {

/// Of two pieces, without their layer.
Buffer without_layers(const std::string& more = "") {
  return to_buffer(
      "d8:announce10:http://t/a4:infod9:file treed1:ad0:d6:lengthi20000e11:pieces root32:" +
      std::string(32, 'r') + "eee12:meta versioni2e4:name1:a12:piece lengthi16384e" + more + "ee");
}

}  // namespace

TEST_CASE("a .torrent without its piece layers is taken for the magnet that it comes to") {
  Setup setup;
  setup.add(without_layers());
  REQUIRE(setup.parsed.size() == 1);
  CHECK_FALSE(setup.parsed[0].metainfo);
  CHECK(setup.parsed[0].magnet.hashes.v2);
  CHECK(setup.parsed[0].magnet.trackers == std::vector<std::string>{"http://t/a"});
  // BEP 27: a magnet would be looked for everywhere.
  setup.add(without_layers("7:privatei1e"));
  REQUIRE(setup.error);
  CHECK(setup.error->text.find("private") != std::string::npos);
  CHECK(setup.parsed.size() == 1);
}

TEST_CASE("a .torrent is fetched from the bind addresses") {
  Setup setup;
  setup.additions.set_fetching(
      {.sources = {.v4 = IpAddress::parse("10.0.0.7"), .v6 = std::nullopt}});
  setup.add(std::string("http://example.com/a.torrent"));
  REQUIRE(setup.http.requests.size() == 1);
  CHECK(setup.http.requests[0].sources.v4 == IpAddress::parse("10.0.0.7"));
  CHECK_FALSE(setup.http.requests[0].sources.v6);
}

}  // namespace
}  // namespace seed::session
