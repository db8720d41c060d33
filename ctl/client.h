// Client: calls a daemon over HTTP. JSON-RPC 2.0 at /rpc, which needs no session id; with a
// Transmission it does the 409 exchange at /transmission/rpc.
// With /events it listens, and beside /rpc it gets pages.
//
// Bounds: 5 s to connect, `timeout` for a whole call, 512 MiB of answer or of one event.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/answer.h"
#include "ctl/daemon.h"
#include "ctl/target.h"

namespace seed::ctl {

/// 100,000 torrents with all fields of a list are about 100 MiB.
inline constexpr std::size_t answer_bytes_max = 512u << 20;
inline constexpr std::chrono::seconds connect_timeout{5};
/// A call may have to wait until the daemon has fetched a torrent by its URL.
inline constexpr std::chrono::seconds call_timeout{60};
/// The most that --timeout takes: a day.
inline constexpr std::chrono::seconds call_timeout_max{86400};

class Client : public Daemon {
 public:
  explicit Client(Target target, std::chrono::seconds timeout = call_timeout);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Outcome<Json> call(std::string_view method, const Json& params) override;
  Outcome<Page> get(std::string_view path) override;
  std::unique_ptr<EventStream> listen(const std::vector<std::string>& fields,
                                      const std::string& last_id) override;

 private:
  class Exchange;
  class Stream;
  struct Multi;
  Outcome<HttpAnswer> perform(const std::string& url, const std::string* body);

  Target target_;
  std::chrono::seconds timeout_;
  std::string session_id_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace seed::ctl
