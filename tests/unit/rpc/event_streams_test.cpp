#include "rpc/event_streams.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/rpc/http_request.h"

namespace seed::rpc {
namespace {

using session::EventList;
using session::ListQuery;
using session::ListReply;
using session::TorrentNumber;

/// Opens each letter at once, on the same thread.
struct Box final : io::Mailbox {
  bool post(Letter&& letter) override {
    Letter taken = std::move(letter);
    taken();
    return true;
  }
};

/// What of a session streams ask for.
struct Torrents {
  std::uint64_t sequence = 100;
  std::vector<session::TorrentSnapshot> all;
  std::vector<session::Happening> happened;
  bool forgotten = false;  ///< what happened before now is not known
  std::size_t copied = 0;  ///< torrents, for lists
  session::Groups asked;   ///< by the last list
  bool let_in = true;

  void add(TorrentNumber number, std::vector<std::string> labels = {}) {
    session::TorrentSnapshot torrent;
    torrent.number = number;
    torrent.name = "t" + std::to_string(number);
    torrent.sequence = ++sequence;
    torrent.options.labels = labels;
    all.push_back(torrent);
    InfoHashes hashes;
    hashes.v1 = Sha1();
    happened.push_back(
        {++sequence, session::TorrentAdded{{number, hashes, torrent.name, std::move(labels)}}});
  }
  EventList events_since(std::uint64_t after) const {
    EventList out;
    for (const auto& one : happened)
      if (one.sequence > after) out.events.push_back(one);
    out.complete = !forgotten;
    return out;
  }
  ListReply list(const ListQuery& query) {
    asked = query.groups;
    ListReply out;
    out.sequence = out.newest = sequence;
    out.full = query.since == 0 || forgotten;
    if (out.full && query.since != 0) return out;
    const auto& labels = query.which.only_labels;
    for (const auto& torrent : all) {
      const bool shown =
          labels.empty() || std::ranges::find_first_of(torrent.options.labels, labels) !=
                                torrent.options.labels.end();
      if (shown && torrent.sequence > query.since && torrent.number > query.after)
        out.torrents.push_back(torrent);
    }
    copied += out.torrents.size();
    return out;
  }
};

/// A client that takes all; each time the stream looks whether it is there, it does the next thing.
struct Client final : AnswerStream {
  std::vector<std::function<void()>> script;
  std::string text;
  std::size_t looked = 0;
  std::function<void()> on_write;
  std::size_t writes = 0;

  bool write(std::string_view piece) override {
    text += piece;
    ++writes;
    if (on_write) on_write();
    return true;
  }
  bool open() override {
    if (looked == script.size()) return false;
    script[looked++]();
    return true;
  }
  struct Event {
    std::string name;
    std::optional<std::uint64_t> id;
    Json data;
  };
  std::vector<Event> events() const {
    std::vector<Event> out;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = rest.find("\n\n");
      REQUIRE(end != rest.npos);
      std::string_view block = rest.substr(0, end);
      rest.remove_prefix(end + 2);
      Event event;
      while (!block.empty()) {
        const auto line = block.substr(0, block.find('\n'));
        block.remove_prefix(std::min(line.size() + 1, block.size()));
        if (line.starts_with("id: ")) event.id = std::stoull(std::string(line.substr(4)));
        if (line.starts_with("event: ")) event.name = line.substr(7);
        if (line.starts_with("data: ")) event.data = Json::parse(line.substr(6));
      }
      if (!event.name.empty()) out.push_back(std::move(event));
    }
    return out;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& event : events()) out.push_back(event.name);
    return out;
  }
};

using Names = std::vector<std::string>;

struct Setup {
  explicit Setup(EventStreams::Pace with = {.gap = 1ms, .quiet_max = 15s, .look_up_every = 1ms})
      : pace(with) {}

  EventStreams::Pace pace;
  Torrents torrents;
  Box box;
  Bridge bridge{box};
  Changes changes;
  Mirror mirror;
  EventStreams streams{
      {.bridge = bridge,
       .changes = changes,
       .mirror = mirror,
       .sequence = [this] { return torrents.sequence; },
       .events_since = [this](std::uint64_t after) { return torrents.events_since(after); },
       .list = [this](const ListQuery& query,
                      session::OrderAnswer<ListReply> answer) { answer(torrents.list(query)); },
       .admits = [this](const Sha256&) { return torrents.let_in; }},
      pace};
  Client client;
  std::uint64_t rules = 0;

  HttpAnswer ask(std::string query = "", std::string address = "127.0.0.1",
                 std::vector<std::string> labels = {}) {
    test::Request request("GET", "/events");
    request.asked = std::move(query);
    Caller caller;
    caller.address = std::move(address);
    caller.labels = std::move(labels);
    caller.token = Sha256();
    caller.rules = rules;
    caller.local = caller.address == "127.0.0.1";
    return streams.serve(request, caller);
  }
  void add(TorrentNumber number, std::vector<std::string> labels = {}) {
    torrents.add(number, std::move(labels));
    streams.on_change();
  }
  /// As many as make two parts of a list of ids, and more than a second's worth with more fields.
  void add_many() {
    for (TorrentNumber number = 1; number <= 2000; ++number) torrents.add(number);
  }
  void run(HttpAnswer answer) {
    REQUIRE(answer.stream);
    answer.stream(client);
  }
};

TEST_CASE("a stream tells of torrents before it tells what happened, which has the number") {
  Setup setup;
  setup.client.script = {[&] { setup.add(1); }, [] {}, [] {}};
  setup.run(setup.ask("fields=name"));
  const auto events = setup.client.events();
  CHECK(setup.client.names() == Names{"open", "torrents", "added"});
  CHECK(events.at(0).id == 100);
  CHECK_FALSE(events.at(1).id);
  CHECK(events.at(1).data.at("torrents") == Json::parse(R"([{"id":1,"name":"t1"}])"));
  CHECK(events.at(2).id == 102);
}

TEST_CASE("who is kept to labels hears only of torrents that have one, and of no settings") {
  Setup setup;
  setup.client.script = {
      [&] {
        setup.add(1, {"music"});
        setup.add(2, {"films", "old"});
        setup.torrents.happened.push_back(
            {++setup.torrents.sequence, session::SettingsChanged{{"peer_port"}}});
        setup.streams.on_change();
      },
      [] {}, [] {}};
  setup.run(setup.ask("fields=name", "127.0.0.1", {"films"}));
  const auto events = setup.client.events();
  REQUIRE(setup.client.names() == Names{"open", "torrents", "added"});
  CHECK(events.at(1).data.at("torrents").size() == 1);
  CHECK(events.at(2).data.at("id") == 2);
}

TEST_CASE("who comes too late is told to begin anew, and nothing is copied for that") {
  Setup setup;
  setup.add(1);
  setup.torrents.forgotten = true;
  setup.run(setup.ask("since=50"));
  CHECK(setup.client.names() == Names{"open", "reset"});
  CHECK(setup.client.events().at(1).data.at("sequence") == 102);
  CHECK(setup.torrents.copied == 0);
}

TEST_CASE("since 0 begins with all torrents, of the copy that is kept of them") {
  Setup setup;
  setup.add(1);
  setup.add(2);
  for (int i = 0; i < 2; ++i) {
    setup.client = {};
    setup.run(setup.ask("since=0&fields=name"));
    const auto events = setup.client.events();
    REQUIRE(setup.client.names() == Names{"open", "torrents"});
    CHECK(events.at(1).data.at("full") == true);
    CHECK(events.at(1).data.at("torrents").size() == 2);
    CHECK(events.at(1).id == 104);
  }
  CHECK(setup.torrents.copied == 2);
}

TEST_CASE("who names no fields is told all that cost the loop little") {
  Setup setup;
  setup.client.script = {[&] { setup.add(1); }, [] {}, [] {}};
  setup.run(setup.ask());
  const auto events = setup.client.events();
  REQUIRE(setup.client.names() == Names{"open", "torrents", "added"});
  const Json& told = events.at(1).data.at("torrents").at(0);
  for (const auto* name : {"name", "eta", "peers_connected", "peers_from"})
    CHECK(told.contains(name));
  for (const auto* name : {"peers", "files", "trackers", "pieces"})
    CHECK_FALSE(told.contains(name));
  CHECK(setup.torrents.asked.texts);
  CHECK(setup.torrents.asked.swarm);
  CHECK_FALSE(setup.torrents.asked.peers);
}

TEST_CASE("there are so many streams and no more, and a part of them for one address") {
  Setup setup;
  std::vector<HttpAnswer> open;
  for (std::size_t i = 0; i < limits::http_streams_per_address_max; ++i)
    open.push_back(setup.ask("", "10.2.0.1"));
  const auto one_more = setup.ask("", "10.2.0.1");
  CHECK(one_more.status == 503);
  CHECK(test::header_of(one_more, "Retry-After") == "10");
  for (std::size_t i = 0; open.size() < limits::http_streams_max; ++i)
    open.push_back(setup.ask("", "10.0.0." + std::to_string(i)));
  CHECK(setup.streams.open() == limits::http_streams_max);
  CHECK(setup.ask("", "10.1.0.1").status == 503);
  open.erase(open.begin());
  CHECK(setup.ask("", "10.2.0.1").status == 200);
  open.clear();
  CHECK(setup.streams.open() == 0);
}

TEST_CASE("who comes from this host, maybe through a proxy, may have all streams") {
  Setup setup;
  std::vector<HttpAnswer> open;
  for (std::size_t i = 0; i < limits::http_streams_max; ++i) open.push_back(setup.ask());
  CHECK(setup.streams.open() == limits::http_streams_max);
  CHECK(setup.ask().status == 503);
}

TEST_CASE("a stream ends with the token that let it in, and with the rules that did") {
  Setup setup;
  std::size_t looks = 3;
  SECTION("the token") {
    setup.client.script = {[] {}, [&] { setup.torrents.let_in = false; }, [] {}, [] {}};
    looks = 2;
  }
  SECTION("the rules") {
    setup.client.script = {[] {}, [] {}, [&] { setup.streams.on_rules(1); }, [] {}};
  }
  SECTION("the rules, together with news") {
    setup.client.script = {[] {},
                           [&] {
                             setup.add(1);
                             setup.streams.on_rules(1);
                           },
                           [] {}, [] {}};
    looks = 2;
  }
  SECTION("the rules, changed after they had let it in and before it began") {
    setup.client.script = {[] {}, [] {}};
    setup.streams.on_rules(1);
    looks = 0;
  }
  SECTION("the rules, which do not hold yet where they let it in") {
    setup.rules = 1;
    setup.client.script = {[] {}, [] {}, [&] { setup.streams.on_rules(1); }};
  }
  setup.run(setup.ask());
  CHECK(setup.client.looked == looks);
  CHECK(setup.client.names() == Names{"open"});
}

TEST_CASE("a stream ends with its token in the middle of what is due") {
  Setup setup;
  setup.add_many();
  setup.client.on_write = [&] { setup.torrents.let_in = false; };
  setup.run(setup.ask("since=0"));
  CHECK(setup.client.writes == 2);
}

TEST_CASE("who takes too long for what is due is cut off") {
  Setup setup({.gap = 1ms, .quiet_max = 15s, .look_up_every = 1ms, .batch_taken_within = 0ms});
  setup.add_many();
  setup.client.script = {[] {}};
  SECTION("in the middle") {
    setup.run(setup.ask("since=0&fields=id"));
    CHECK(setup.client.looked == 0);
    CHECK(setup.client.writes == 2);  // and the first of two parts
  }
  SECTION("but not who has all of it by then") {
    setup.run(setup.ask());
    CHECK(setup.client.looked == 1);
  }
}

TEST_CASE("the longer what is due is, the longer it may take") {
  Setup setup({.gap = 1ms, .quiet_max = 15s, .look_up_every = 1ms, .batch_taken_within = 0ms});
  setup.add_many();
  setup.client.script = {[] {}};
  setup.run(setup.ask("since=0"));
  CHECK(setup.client.looked == 1);
}

TEST_CASE("fields that are none are refused") {
  Setup setup;
  CHECK(setup.ask("fields=nonsense").status == 400);
  CHECK(setup.streams.open() == 0);
}

}  // namespace
}  // namespace seed::rpc
