// Daemon: one call to the daemon, and what else it serves. Client speaks to a real one, tests give
// canned answers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/descriptor.h"
#include "ctl/json.h"
#include "ctl/outcome.h"
#include "ctl/server_events.h"

namespace seed::ctl {

/// What came back of a GET.
struct Page {
  long status = 0;
  Json body;  ///< null when it is no JSON
};

/// What the daemon tells while it is listened to.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// Reads what has come, without waiting, and takes one event out of it; nothing while none is
  /// complete. Exit::refused: the daemon has no such stream; with Failure::passing: no room now.
  /// Exit::unreachable: it ended, or nothing has come for longer than seedd is silent.
  virtual Outcome<std::optional<ServerEvent>> next() = 0;
  /// What poll(2) may wait for until next() has something to read, and for how long at most.
  virtual std::vector<Descriptor> descriptors() const = 0;
  virtual std::chrono::milliseconds patience() const = 0;
};

class Daemon {
 public:
  virtual ~Daemon() = default;
  /// The result of `method`, or what the daemon (Exit::refused) or the network
  /// (Exit::unreachable) has against it.
  virtual Outcome<Json> call(std::string_view method, const Json& params) = 0;
  /// A page beside the RPC's: "/healthz". Answers but 200, 404 and 503 are failures, as of call().
  virtual Outcome<Page> get(std::string_view path) = 0;
  /// Listens to the changes of these fields of torrents, from after the event `last_id` on ("":
  /// from now on). Failures come with next().
  virtual std::unique_ptr<EventStream> listen(const std::vector<std::string>& fields,
                                              const std::string& last_id) = 0;
};

}  // namespace seed::ctl
