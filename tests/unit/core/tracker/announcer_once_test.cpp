// What each tracker hears of a torrent's life: `started`, `completed` and `stopped`, each once.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include "core/tracker/announcer.h"
#include "tests/support/catch.h"
#include "tests/unit/core/tracker/announcer_bench.h"

using namespace announcer_bench;

namespace {

std::unique_ptr<Bench> restarted(const Bench& before, const TierList& tiers,
                                 Announcer::Options options) {
  auto after = std::make_unique<Bench>(tiers, options);
  after->announcer.restore_completed(before.announcer.completed_memory());
  after->announcer.restore(before.announcer.memory(before.now), after->now);
  return after;
}

/// A torrent's life, told in words. After each word all that is due is said for two hours, unless
/// it ends in `&`.
///
///   start  stop  kill     `kill` is a restart without goodbyes
///   done  lost            the last piece came; the data went
///   -a  +a                a's tracker is down, is up again
///   =bc                   the list is b and c, a tier each
class Life {
 public:
  Life(const std::string& trackers, bool all_tiers)
      : options_{.announce_to_all_tiers = all_tiers},
        tiers_(tiers_of(trackers)),
        bench_(std::make_unique<Bench>(tiers_, options_)) {}

  /// What each tracker heard, "a:scp": started, completed and stopped, and ! for `completed` of
  /// what is not complete.
  std::string told(const std::string& words) {
    std::istringstream in(words);
    for (std::string word; in >> word;) {
      const bool settles = word.back() != '&';
      if (!settles) word.pop_back();
      happen(word);
      if (!settles) continue;
      settle();
      bench_->pass(2h);
      settle();
    }
    std::string out;
    for (const auto& [name, heard] : heard_)
      out += (out.empty() ? "" : " ") + std::string(1, name) + ":" + heard;
    return out;
  }

 private:
  static TierList tiers_of(const std::string& trackers) {
    TierList out;
    for (const char name : trackers)
      out.push_back({std::string("http://") + name + ".example/announce"});
    return out;
  }

  void happen(const std::string& word) {
    if (word == "start") bench_->start({.completed_already = complete_});
    if (word == "stop") bench_->stop();
    if (word == "kill") bench_ = restarted(*bench_, tiers_, options_);
    if (word == "lost") {
      settle();  // a check takes longer than the goodbyes
      complete_ = false;
    }
    if (word == "done") {
      complete_ = true;
      bench_->completed();
    }
    // One that runs is started again whenever its state is looked at.
    if (bench_->announcer.running()) bench_->start({.completed_already = complete_});
    if (word[0] == '-') down_.insert(word[1]);
    if (word[0] == '+') down_.erase(word[1]);
    if (word[0] == '=') bench_->set(tiers_ = tiers_of(word.substr(1)));
  }

  void settle() {
    for (int turns = 0; turns < 100; ++turns) {
      const auto announce = bench_->take();
      if (!announce) return;
      const char name = announce->url[7];
      if (!down_.contains(name)) heard_[name] += letter(announce->event);
      bench_->reply(*announce, down_.contains(name) ? dead : Result<AnnounceReply>(good()));
    }
    FAIL("it never rests");
  }

  std::string letter(AnnounceEvent event) const {
    switch (event) {
      case AnnounceEvent::started:
        return "s";
      case AnnounceEvent::stopped:
        return "p";
      case AnnounceEvent::completed:
        return complete_ ? "c" : "!";
      default:
        return "";
    }
  }

  Announcer::Options options_;
  TierList tiers_;
  std::unique_ptr<Bench> bench_;
  bool complete_ = false;
  std::set<char> down_;
  std::map<char, std::string> heard_;
};

struct Told {
  std::string trackers;
  std::string words;
  std::string heard;
};

void check(const std::vector<Told>& table, bool all_tiers) {
  for (const Told& row : table) {
    INFO(row.trackers << ": " << row.words);
    CHECK(Life(row.trackers, all_tiers).told(row.words) == row.heard);
  }
}

}  // namespace

TEST_CASE("one tracker hears each event once over stops, kills and lost data") {
  check(
      {
          {"a", "start done stop start stop", "a:scpsp"},
          {"a", "start stop& start& done stop", "a:scp"},
          {"a", "start done kill start stop", "a:scsp"},
          {"a", "start done kill start& stop", "a:scp"},
          {"a", "start done kill kill start done stop", "a:scsp"},
          {"a", "start stop done start stop", "a:spscp"},
          {"a", "start stop done kill start stop", "a:spscp"},
          {"a", "start -a done stop +a start", "a:ssc"},
          {"a", "start -a done kill +a start stop", "a:sscp"},
          {"a", "start done stop lost start done stop", "a:scpsp"},
          {"a", "start done kill lost start done stop", "a:scsp"},
      },
      false);
}

TEST_CASE("a completed that is owed waits until lost data is there again") {
  const std::vector<Told> table = {
      {"a", "start -a done stop lost +a start", "a:ss"},
      {"a", "start -a done stop lost +a start done stop", "a:sscp"},
      {"a", "start -a done kill lost +a start done stop", "a:sscp"},
      {"a", "start -a done stop lost +a start kill start done", "a:sssc"},
      {"a", "start -a done stop lost +a start stop done start", "a:sspsc"},
  };
  check(table, false);
  check(table, true);
  check({{"ab", "start -b done stop lost +b start done", "a:scps b:ssc"}}, true);
}

TEST_CASE("data that is lost while the torrent runs keeps its completed back") {
  const std::vector<Told> table = {
      {"a", "start -a done lost +a stop", "a:sp"},
      {"a", "start -a done lost +a done stop", "a:scp"},
      {"a", "start -a done lost stop& start +a done stop", "a:scp"},
      {"a", "start done lost done stop", "a:scp"},
  };
  check(table, false);
  check(table, true);
}

TEST_CASE("a completed that is heard after a start without the data is not said again") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.completed();
  const auto said = bench.take();
  REQUIRE(said);
  CHECK(said->event == AnnounceEvent::completed);
  bench.stop();
  bench.start();
  bench.reply(*said, good());
  CHECK_FALSE(bench.announcer.completed_memory().unheard);
  bench.completed();
  CHECK(bench.serve().empty());
}

TEST_CASE("whatever happens, no tracker hears an event twice or out of order") {
  // In all tiers one that comes may be one that heard it before it went, which nobody remembers: so
  // only the order changes there.
  const std::vector<std::string> all = {"start", "stop", "kill", "done", "lost", "-a", "+a",
                                        "-b",    "+b",   "=ab",  "=ba",  "=a",   "=b", "="};
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    const bool all_tiers = seed % 2 == 0;
    std::string words;
    for (int i = 0; i < 12; ++i)
      words += all[rng.below(all_tiers ? 11 : all.size())] + (rng.below(3) == 0 ? "& " : " ");
    words += "=ab +a +b start done stop";
    const std::string told = Life("ab", all_tiers).told(words);
    INFO((all_tiers ? "all tiers: " : "one channel: ") << words);
    INFO(told);
    CHECK(told.find('!') == std::string::npos);
    CHECK(told.find('c') != std::string::npos);
    std::istringstream in(told);
    for (std::string heard; in >> heard;) {
      CHECK(std::ranges::count(heard.substr(2), 'c') <= 1);
      CHECK(heard.substr(2, 1) == "s");
      CHECK(heard.find("pp") == std::string::npos);
      CHECK(heard.find("pc") == std::string::npos);
    }
  }
}

TEST_CASE("completed goes to the tracker that comes for one that did not hear it") {
  const std::vector<Told> table = {
      {"a", "start -a done =b", "a:s b:sc"},
      {"a", "start -a done = =b", "a:s b:sc"},
      {"a", "start -a done stop =b start", "a:s b:sc"},
      {"a", "start -a done kill =b start", "a:s b:sc"},
      {"", "start done =b", "b:sc"},
      {"a", "start done =b stop", "a:scp b:sp"},
      {"a", "start done = =b stop", "a:scp b:sp"},
      {"a", "start =b done stop", "a:sp b:scp"},
  };
  check(table, false);
  check(table, true);
}

TEST_CASE("with one channel, one of several trackers hears completed") {
  check(
      {
          {"ab", "start done stop", "a:scp"},
          {"ab", "start -a done stop", "a:s b:scp"},
          {"ab", "start -a done kill start stop", "a:s b:scsp"},
          {"ab", "start done =ba stop start", "a:scp b:sps"},
      },
      false);
}

TEST_CASE("with all tiers, each tier hears completed once, also while others are dead") {
  check(
      {
          {"ab", "start done stop start", "a:scps b:scps"},
          {"ab", "start -b done stop start +b", "a:scps b:ssc"},
          {"ab", "-b start done kill start kill start +b", "a:scss b:sc"},
          {"ab", "start -b done kill lost +b start done", "a:scs b:ssc"},
          {"ab", "start -b done =ac", "a:sc b:s c:sc"},
          {"ab", "start -b done =abc", "a:sc b:s c:s"},
          {"ab", "start -b done =ba +b", "a:sc b:sc"},
          {"ab", "start -a done =b stop start", "a:s b:scps"},
      },
      true);
}

TEST_CASE("a tier that heard completed does not hear it again after a restart") {
  Bench before({{a}, {b}}, {.announce_to_all_tiers = true});
  before.start();
  before.serve();
  before.serve(dead);
  before.completed();
  CHECK(before.serve() == "a completed");
  const auto after = restarted(before, {{a}, {b}}, {.announce_to_all_tiers = true});
  CHECK(after->announcer.completed_memory() == CompletedMemory{.said = true, .unheard = true});
  after->start({.completed_already = true});
  after->pass(2h);
  const std::set<std::string> first = {after->serve(), after->serve()};
  CHECK(first == std::set<std::string>{"a started", "b started"});
  CHECK(after->serve() == "b completed");
  CHECK(after->serve().empty());
  CHECK_FALSE(after->announcer.completed_memory().unheard);
}

TEST_CASE("tiers that become one owe completed only when none of them heard it") {
  Bench bench({{b}, {a}}, {.announce_to_all_tiers = true});
  bench.start();
  bench.serve(dead);
  bench.serve();
  bench.completed();
  CHECK(bench.serve() == "a completed");
  bench.announcer.set_options({}, bench.now);
  CHECK_FALSE(bench.announcer.completed_memory().unheard);
}

TEST_CASE("a tier owes completed still when a tracker that went heard it") {
  for (const bool accepted : {true, false}) {
    Bench bench({{a}, {b}}, {.announce_to_all_tiers = true});
    bench.start();
    bench.serve();
    bench.serve();
    bench.completed();
    const auto said = bench.take();
    REQUIRE(said);
    CHECK(said->url == a);
    bench.set({{b}});
    bench.reply(*said, accepted ? Result<AnnounceReply>(good()) : dead);
    const std::set<std::string> rest = {bench.serve(), bench.serve()};
    CHECK(rest == std::set<std::string>{"a stopped", "b completed"});
    CHECK(bench.serve().empty());
    CHECK_FALSE(bench.announcer.completed_memory().unheard);
  }
}

TEST_CASE("a tracker that went and did not hear completed leaves it to the next") {
  for (const bool accepted : {true, false}) {
    Bench bench({{a}});
    bench.start();
    bench.serve();
    bench.completed();
    const auto said = bench.take();
    REQUIRE(said);
    bench.set({{b}});
    bench.reply(*said, accepted ? Result<AnnounceReply>(good()) : dead);
    std::set<std::string> rest;
    for (int i = 0; i < 4; ++i) rest.insert(bench.serve());
    CHECK(rest.contains("b started"));
    CHECK(rest.contains("b completed") == !accepted);
    CHECK_FALSE(bench.announcer.completed_memory().unheard);
  }
}

TEST_CASE(
    "who listed us before a restart hears stopped though the first started was not answered") {
  Bench before({{a}});
  before.start();
  REQUIRE(before.serve() == "a started");
  const auto after = restarted(before, {{a}}, {});
  after->start();
  const auto lost = after->take();
  REQUIRE(lost);
  SECTION("it stops afterwards") {
    after->reply(*lost, dead);
    after->stop();
    CHECK(after->serve() == "a stopped");
  }
  SECTION("it stops meanwhile") {
    after->stop();
    after->reply(*lost, fail(FaultCode::unreachable, "no way"));
    CHECK(after->serve() == "a stopped");
  }
  SECTION("it dies once more") {
    after->reply(*lost, dead);
    const auto last = restarted(*after, {{a}}, {});
    last->start();
    last->stop();
    CHECK(last->serve() == "a stopped");
  }
  SECTION("but not one that refused it") {
    after->reply(*lost, refused("not today"));
    after->stop();
    CHECK(after->serve().empty());
  }
  CHECK((after->announcer.running() || after->announcer.quiet()));
}
