#include "rpc/metrics.h"

#include <array>
#include <utility>

#include "rpc/http/pages.h"
#include "rpc/metrics_text.h"

namespace seed::rpc {

namespace {

constexpr std::string_view text_type = "text/plain; version=0.0.4; charset=utf-8";

using session::SessionMetrics;

void write_session(const SessionMetrics& facts, MetricsText& out) {
  const auto& stats = facts.stats;
  out.gauge("seedd_uptime_seconds", "How long it has been running.");
  out.sample(stats.current.seconds_active);
  out.counter("seedd_downloaded_bytes_total", "Payload received in this run.");
  out.sample(stats.current.downloaded);
  out.counter("seedd_uploaded_bytes_total", "Payload sent in this run.");
  out.sample(stats.current.uploaded);
  out.counter("seedd_lifetime_downloaded_bytes_total", "Payload received in all runs.");
  out.sample(stats.cumulative.downloaded);
  out.counter("seedd_lifetime_uploaded_bytes_total", "Payload sent in all runs.");
  out.sample(stats.cumulative.uploaded);
  out.gauge("seedd_download_bytes_per_second", "Payload that comes in.");
  out.sample(stats.rate_download);
  out.gauge("seedd_upload_bytes_per_second", "Payload that goes out.");
  out.sample(stats.rate_upload);
}

void write_torrents(const SessionMetrics& facts, MetricsText& out) {
  constexpr std::array<std::string_view, 7> states{
      "stopped", "check_wait", "checking", "download_wait", "downloading", "seed_wait", "seeding"};
  out.gauge("seedd_torrents", "Torrents by what they do.");
  for (std::size_t i = 0; i < states.size(); ++i)
    out.sample({{"state", states[i]}}, facts.counts.by_status[i]);
  constexpr std::array<std::string_view, 4> errors{"none", "tracker_warning", "tracker_error",
                                                   "local"};
  out.gauge("seedd_torrents_in_trouble", "Torrents by what is wrong with them.");
  for (std::size_t i = 1; i < errors.size(); ++i)
    out.sample({{"trouble", errors[i]}}, facts.counts.by_error[i]);
  out.gauge("seedd_peers", "Connected peers.");
  for (std::size_t utp = 0; utp < 2; ++utp)
    for (std::size_t encrypted = 0; encrypted < 2; ++encrypted)
      out.sample({{"transport", utp != 0 ? "utp" : "tcp"},
                  {"encryption", encrypted != 0 ? "encrypted" : "plain"}},
                 facts.counts.peers[utp][encrypted]);
  out.gauge("seedd_dht_nodes", "Nodes of the DHT that are known; 0 without a DHT.");
  out.sample(facts.dht_nodes);
  out.gauge("seedd_blocklist_rules", "Address ranges of the blocklist.");
  out.sample(facts.blocklist_rules);
  out.counter("seedd_blocklist_hits_total", "Peers turned away by the blocklist.");
  out.sample(facts.blocklist_hits);
}

void write_trackers(const SessionMetrics& facts, MetricsText& out) {
  const auto family = [&](std::string_view name, std::string_view help,
                          std::uint64_t session::TrackerHostFacts::* count) {
    out.counter(name, help);
    for (const auto& host : facts.trackers) out.sample({{"host", host.host}}, host.*count);
  };
  using Host = session::TrackerHostFacts;
  family("seedd_tracker_announces_total", "Announces that have ended.", &Host::announces);
  family("seedd_tracker_announce_errors_total", "Of them without an answer, or refused.",
         &Host::announce_errors);
  family("seedd_tracker_scrapes_total", "Scrapes that have ended.", &Host::scrapes);
  family("seedd_tracker_scrape_errors_total", "Of them without an answer, or refused.",
         &Host::scrape_errors);
}

/// The one that it is itself: seedd_tracker_ are those that it asks.
void write_own_tracker(const SessionMetrics& facts, MetricsText& out) {
  if (!facts.own_tracker) return;
  const auto& own = *facts.own_tracker;
  const auto family = [&](std::string_view name, std::string_view help,
                          std::uint64_t session::OwnTrackerRequests::* count) {
    out.counter(name, help);
    for (const auto& asked : own.requests)
      out.sample({{"protocol", asked.protocol}, {"family", asked.family}}, asked.*count);
  };
  using Asked = session::OwnTrackerRequests;
  family("seedd_own_tracker_connects_total", "Connection ids given to who asks by UDP.",
         &Asked::connects);
  family("seedd_own_tracker_announces_total", "Announces that seedd's tracker has taken.",
         &Asked::announces);
  family("seedd_own_tracker_early_announces_total", "Of them sooner than clients were told to.",
         &Asked::early);
  family("seedd_own_tracker_scrapes_total", "Scrapes that it has answered.", &Asked::scrapes);
  out.counter("seedd_own_tracker_errors_total", "What it has not answered as it was asked.");
  for (const auto& asked : own.requests)
    for (const auto& [kind, count] : asked.errors)
      out.sample({{"protocol", asked.protocol}, {"family", asked.family}, {"kind", kind}}, count);
  out.gauge("seedd_own_tracker_swarms", "Torrents that it has peers of.");
  out.sample(own.swarms);
  const auto both = [&](const std::array<std::uint64_t, 2>& counts) {
    out.sample({{"family", "ipv4"}}, counts[0]);
    out.sample({{"family", "ipv6"}}, counts[1]);
  };
  out.gauge("seedd_own_tracker_peers", "Peers that it knows, those that are seeds too.");
  both(own.peers);
  out.gauge("seedd_own_tracker_seeds", "Peers that it knows as seeds.");
  both(own.seeds);
  out.counter("seedd_own_tracker_expired_peers_total", "Peers not heard of for too long.");
  out.sample(own.expired);
  out.counter("seedd_own_tracker_replaced_peers_total", "Peers that gave way to others.");
  out.sample(own.replaced);
  out.gauge("seedd_own_tracker_http_connections", "Connections over which it is asked by HTTP.");
  out.sample(own.http_links);
}

void write_storage(const SessionMetrics& facts, MetricsText& out) {
  out.gauge("seedd_block_memory_bytes", "Memory for payload, by what it is for.");
  out.sample({{"use", "incoming"}}, facts.memory_incoming);
  out.sample({{"use", "reading"}}, facts.memory_reading);
  out.sample({{"use", "unsent"}}, facts.memory_unsent);
  out.gauge("seedd_block_memory_limit_bytes", "The most of it, as block_memory_mib says.");
  out.sample(facts.memory_max);
  out.gauge("seedd_root_available",
            "Whether a folder that torrents are in is there: 1 or 0. \"other\": all beyond 64.");
  for (const auto& root : facts.roots)
    out.sample({{"path", root.path}}, std::uint64_t{root.fault.empty() ? 1U : 0U});
  out.gauge("seedd_root_free_bytes", "Space left in it when last measured.");
  for (const auto& root : facts.roots)
    if (root.free_bytes) out.sample({{"path", root.path}}, *root.free_bytes);
}

void write_each_torrent(const SessionMetrics& facts, MetricsText& out) {
  if (facts.torrents.empty()) return;
  const auto family = [&](auto&& value) {
    for (const auto& torrent : facts.torrents)
      out.sample({{"hash", torrent.hash}, {"name", torrent.name}}, value(torrent));
  };
  using Figures = session::TorrentFigures;
  out.counter("seedd_torrent_downloaded_bytes_total",
              "Payload received for a torrent, ever, good or not.");
  family([](const Figures& torrent) { return torrent.downloaded; });
  out.counter("seedd_torrent_uploaded_bytes_total", "Payload sent for a torrent, ever.");
  family([](const Figures& torrent) { return torrent.uploaded; });
  out.gauge("seedd_torrent_download_bytes_per_second", "Payload that comes in for a torrent.");
  family([](const Figures& torrent) { return torrent.rate_download; });
  out.gauge("seedd_torrent_upload_bytes_per_second", "Payload that goes out for a torrent.");
  family([](const Figures& torrent) { return torrent.rate_upload; });
  out.gauge("seedd_torrent_peers", "Connected peers of a torrent.");
  family([](const Figures& torrent) { return torrent.peers; });
  out.gauge("seedd_torrent_left_bytes", "What of a torrent is wanted and still missing.");
  family([](const Figures& torrent) { return torrent.left; });
}

void write_program(const ProgramFacts& facts, MetricsText& out) {
  out.histogram("seedd_loop_turn_seconds", "How long a turn of the loop takes.");
  out.sample({}, facts.turns);
  out.gauge("seedd_loop_turn_worst_seconds", "The longest turn of this run.");
  out.sample(seconds_of(facts.turns.worst));
  out.gauge("seedd_jobs_pending", "Jobs that wait for a disk or run.");
  out.sample(std::uint64_t{facts.jobs_pending});
  out.gauge("seedd_job_threads", "Threads for them.");
  out.sample(std::uint64_t{facts.job_threads});
  out.histogram("seedd_job_wait_seconds", "How long jobs waited for a thread or their turn.");
  for (const auto& jobs : facts.jobs) out.sample({{"kind", jobs.kind}}, jobs.waited);
  out.histogram("seedd_job_run_seconds", "How long jobs ran.");
  for (const auto& jobs : facts.jobs) out.sample({{"kind", jobs.kind}}, jobs.ran);
}

void write_calls(const CallTimes& calls, const HttpCounts& http, MetricsText& out) {
  const auto facts = calls.facts();
  out.histogram("seedd_rpc_call_seconds", "How long RPC calls took, the HTTP around them apart.");
  for (const auto& row : facts) out.sample({{"method", row.method}}, row.calls);
  out.histogram("seedd_rpc_loop_seconds", "How long RPC calls held the loop.");
  for (const auto& row : facts) out.sample({{"method", row.method}}, row.loop);
  out.counter("seedd_rpc_errors_total", "RPC calls that failed.");
  for (const auto& row : facts) out.sample({{"method", row.method}}, row.errors);
  constexpr std::array<std::string_view, 6> kinds{"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  out.counter("seedd_http_answers_total", "Answers of the HTTP server by status.");
  for (std::size_t i = 0; i < kinds.size(); ++i)
    out.sample({{"status", kinds[i]}}, std::uint64_t{http.answers[i]});
  out.gauge("seedd_event_streams", "Open streams of events.");
  out.sample(std::uint64_t{http.event_streams});
}

/// Under the names that all of Prometheus' clients use.
void write_process(const ProcessFacts& facts, MetricsText& out) {
  out.gauge("process_start_time_seconds", "When the process started, Unix seconds.");
  out.sample(facts.start_time);
  out.counter("process_cpu_seconds_total", "Time on the processor, user and system.");
  out.sample(facts.cpu_seconds);
  out.gauge("process_resident_memory_bytes", "Memory that is in use.");
  out.sample(facts.resident_bytes);
  out.gauge("process_virtual_memory_bytes", "Memory that is mapped.");
  out.sample(facts.virtual_bytes);
  out.gauge("process_open_fds", "Open descriptors.");
  out.sample(facts.open_fds);
  out.gauge("process_max_fds", "The most descriptors there may be.");
  out.sample(facts.max_fds);
  out.gauge("process_threads", "Threads.");
  out.sample(facts.threads);
}

}  // namespace

std::string metrics_text(const MetricsFacts& facts, const CallTimes& calls, const HttpCounts& http,
                         const ProcessFacts& process) {
  MetricsText out;
  out.gauge("seedd_build_info", "The version, as a label.");
  out.sample({{"version", facts.version}}, std::uint64_t{1});
  write_session(facts.session, out);
  write_torrents(facts.session, out);
  write_trackers(facts.session, out);
  write_own_tracker(facts.session, out);
  write_storage(facts.session, out);
  write_program(facts.program, out);
  write_calls(calls, http, out);
  write_process(process, out);
  write_each_torrent(facts.session, out);
  return out.take();
}

HttpAnswer Metrics::serve(HttpExchange& exchange) const {
  auto facts = probe_.ask<MetricsFacts>(
      [&loop = loop_](Responder<MetricsFacts> responder) {
        responder.answer(MetricsFacts{loop.seedd_version, loop.session.metrics(),
                                      loop.program_facts ? loop.program_facts() : ProgramFacts()});
      },
      Wait::prompt);
  HttpAnswer out;
  out.content_type = text_type;
  if (!facts) {
    out.status = 503;
    out.body = "# The daemon's loop does not answer: " + facts.error().text + "\n";
    return out;
  }
  out.body = metrics_text(*facts, calls_, http_, read_process_facts());
  pack(out, exchange);
  return out;
}

}  // namespace seed::rpc
