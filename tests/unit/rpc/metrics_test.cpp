#include "rpc/metrics.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

MetricsFacts some_facts() {
  MetricsFacts facts;
  facts.version = "0.1.0";
  facts.session.stats.current.uploaded = 12;
  facts.session.counts.by_status[6] = 3;
  facts.session.counts.peers[1][0] = 4;
  facts.session.trackers = {{"t.example:80", 5, 1, 2, 0}};
  facts.session.roots = {{"/a", "gone", {}}, {"/b", "", 99}};
  facts.program.jobs[0].kind = "transfer";
  facts.program.jobs[1].kind = "background";
  facts.program.jobs[2].kind = "store";
  facts.program.turns.add(3ms);
  return facts;
}

struct Text {
  std::string all;
  bool has(const std::string& line) const { return all.find('\n' + line + '\n') != all.npos; }
};

Text text_of(const MetricsFacts& facts, const CallTimes& calls = {}) {
  const HttpCounts http;
  return {metrics_text(facts, calls, http, {})};
}

}  // namespace

TEST_CASE("the facts are told under their names") {
  const Text text = text_of(some_facts());
  CHECK(text.has("seedd_build_info{version=\"0.1.0\"} 1"));
  CHECK(text.has("seedd_uploaded_bytes_total 12"));
  CHECK(text.has("seedd_torrents{state=\"seeding\"} 3"));
  CHECK(text.has("seedd_torrents{state=\"stopped\"} 0"));
  CHECK(text.has("seedd_peers{transport=\"utp\",encryption=\"plain\"} 4"));
  CHECK(text.has("seedd_tracker_announces_total{host=\"t.example:80\"} 5"));
  CHECK(text.has("seedd_tracker_announce_errors_total{host=\"t.example:80\"} 1"));
  CHECK(text.has("seedd_root_available{path=\"/a\"} 0"));
  CHECK(text.has("seedd_root_free_bytes{path=\"/b\"} 99"));
  CHECK(text.all.find("seedd_root_free_bytes{path=\"/a\"}") == std::string::npos);
  CHECK(text.has("seedd_loop_turn_seconds_count 1"));
  CHECK(text.has("seedd_loop_turn_worst_seconds 0.003"));
  CHECK(text.has("seedd_job_run_seconds_count{kind=\"store\"} 0"));
}

TEST_CASE("torrents have series only when their figures are there") {
  MetricsFacts facts = some_facts();
  CHECK(text_of(facts).all.find("seedd_torrent_") == std::string::npos);
  facts.session.torrents = {{.hash = "aa", .name = "b", .uploaded = 7}};
  CHECK(text_of(facts).has("seedd_torrent_uploaded_bytes_total{hash=\"aa\",name=\"b\"} 7"));
}

TEST_CASE("our own tracker has series only while it is on") {
  MetricsFacts facts = some_facts();
  CHECK(text_of(facts).all.find("seedd_own_tracker") == std::string::npos);
  session::OwnTrackerFacts own;
  own.requests = {{"udp", "ipv4", 4, 3, 2, 1, {{"malformed", 7}}}};
  own.swarms = 5;
  own.peers = {6, 8};
  own.seeds = {1, 2};
  own.http_links = 9;
  facts.session.own_tracker = own;
  const Text text = text_of(facts);
  CHECK(text.has("seedd_own_tracker_connects_total{protocol=\"udp\",family=\"ipv4\"} 4"));
  CHECK(text.has("seedd_own_tracker_announces_total{protocol=\"udp\",family=\"ipv4\"} 3"));
  CHECK(text.has("seedd_own_tracker_early_announces_total{protocol=\"udp\",family=\"ipv4\"} 2"));
  CHECK(text.has("seedd_own_tracker_scrapes_total{protocol=\"udp\",family=\"ipv4\"} 1"));
  CHECK(text.has(
      "seedd_own_tracker_errors_total{protocol=\"udp\",family=\"ipv4\",kind=\"malformed\"} 7"));
  CHECK(text.has("seedd_own_tracker_swarms 5"));
  CHECK(text.has("seedd_own_tracker_peers{family=\"ipv6\"} 8"));
  CHECK(text.has("seedd_own_tracker_seeds{family=\"ipv4\"} 1"));
  CHECK(text.has("seedd_own_tracker_http_connections 9"));
}

TEST_CASE("calls are told by method") {
  CallTimes calls;
  calls.of("torrent_get").calls.add(2ms);
  calls.of("torrent_get").loop.add(1ms);
  ++calls.of("torrent_get").errors;
  const Text text = text_of(some_facts(), calls);
  CHECK(text.has("seedd_rpc_call_seconds_count{method=\"torrent_get\"} 1"));
  CHECK(text.has("seedd_rpc_loop_seconds_sum{method=\"torrent_get\"} 0.001"));
  CHECK(text.has("seedd_rpc_errors_total{method=\"torrent_get\"} 1"));
  CHECK(text.all.find("session_get") == std::string::npos);
}
