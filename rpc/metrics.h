// Metrics: GET /metrics: what the daemon counts, as Prometheus' text.
//
// One letter brings the facts from the loop; the text is made here, on the HTTP thread. A loop that
// does not answer within probe_deadline: 503, and Prometheus shows the target as down.
#pragma once

#include <string>

#include "rpc/bridge.h"
#include "rpc/call_times.h"
#include "rpc/http/exchange.h"
#include "rpc/http_counts.h"
#include "rpc/method.h"
#include "rpc/process_facts.h"
#include "rpc/program_facts.h"

namespace seed::rpc {

struct MetricsFacts {
  std::string version;  ///< of seedd
  session::SessionMetrics session;
  ProgramFacts program;
};

/// The text, of `facts`, which came from the loop, and of what is counted on these threads.
std::string metrics_text(const MetricsFacts& facts, const CallTimes& calls, const HttpCounts& http,
                         const ProcessFacts& process);

class Metrics {
 public:
  /// All of it outlives this. `probe`: with a short deadline.
  Metrics(Bridge& probe, LoopSide& loop, const CallTimes& calls, const HttpCounts& http)
      : probe_(probe), loop_(loop), calls_(calls), http_(http) {}

  /// On an HTTP thread.
  HttpAnswer serve(HttpExchange& exchange) const;

 private:
  Bridge& probe_;
  LoopSide& loop_;
  const CallTimes& calls_;
  const HttpCounts& http_;
};

}  // namespace seed::rpc
