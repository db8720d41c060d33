// A proxy is set and taken away while a torrent runs: its trackers hear of it by the new way.
#include <string>
#include <vector>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// A machine with one torrent, and a tracker that names a long min interval.
class Told {
 public:
  explicit Told(bool answers = true) {
    world_.web().servers["tracker.test:80"] = [this, answers](const io::HttpRequest& request,
                                                              const IpAddress&) {
      if (request.url.find("/announce") == std::string::npos) return std::optional<HttpAnswer>();
      const bool started = request.url.find("event=started") != std::string::npos;
      announces_.push_back((request.proxy ? request.proxy->host : "directly") +
                           (started ? " started" : ""));
      if (!answers && announces_.size() == 1) return std::optional<HttpAnswer>();
      io::HttpReply reply;
      reply.status = 200;
      reply.body = to_buffer("d8:intervali3600e12:min intervali1800e5:peers0:e");
      return std::optional(HttpAnswer{.after = 20ms, .reply = std::move(reply)});
    };
    machine_.boot([this] { machine_.add(content_); });
  }
  void use(const std::string& proxy_url) {
    settings_.proxy_url = proxy_url;
    machine_.with_session([&](session::Session& session) { session.reconfigure(settings_); });
  }
  bool hears(std::size_t announces) {
    return world_.run(10s, [&] { return announces_.size() >= announces; });
  }
  /// As many as there are, and no more in the next minute.
  const std::vector<std::string>& all() {
    world_.run(60s, [] { return false; });
    return announces_;
  }

 private:
  SimWorld world_{1};
  KnownContent content_{{.name = "name", .trackers = {{"http://tracker.test:80/announce"}}},
                        world_.dice().fork()};
  config::Settings settings_ = SimMachine::plain_settings();
  SimMachine& machine_ = world_.add_machine({});
  std::vector<std::string> announces_;
};

}  // namespace

TEST_CASE("trackers hear at once where we are seen now, whatever their min interval") {
  Told told;
  REQUIRE(told.hears(1));
  told.use("http://192.0.2.9:8080");
  REQUIRE(told.hears(2));
  told.use("");
  CHECK(told.all() == std::vector<std::string>{"directly started", "192.0.2.9", "directly"});
}

TEST_CASE("an announce that is under way goes on by the new way") {
  Told told(false);
  REQUIRE(told.hears(1));
  told.use("http://192.0.2.9:8080");
  REQUIRE(told.hears(2));
  CHECK(told.all()[1] == "192.0.2.9 started");
}
