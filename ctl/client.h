// Client: calls a daemon over HTTP. JSON-RPC 2.0 at /rpc, which needs no session id; with a
// Transmission it does the 409 exchange at /transmission/rpc.
// With /events it listens, and beside /rpc it gets pages.
//
// Bounds: 5 s to connect, `timeout` for a whole call, 512 MiB of torrents or of one event, 16 MiB
// of any other answer, 40 s without an octet of a stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
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
/// All other answers are small: the largest, of torrent_why and rpc_discover, are about 1 MiB.
inline constexpr std::size_t small_answer_bytes_max = 16u << 20;
inline constexpr std::chrono::seconds connect_timeout{5};
/// A call may have to wait until the daemon has fetched a torrent by its URL.
inline constexpr std::chrono::seconds call_timeout{60};
/// While a picture of the daemon stands on the screen, which a call holds up.
inline constexpr std::chrono::seconds live_call_timeout{10};
/// seedd writes to a stream every 15 s at least (rpc/event_streams.h): after more than twice that
/// it hangs, or the way to it is cut.
inline constexpr std::chrono::milliseconds stream_silence_max{40000};
/// The most that --timeout takes: a day.
inline constexpr std::chrono::seconds call_timeout_max{86400};

class Client : public Daemon {
 public:
  /// `interrupted` ends a call that is under way, within a second; nullptr: nothing does.
  explicit Client(Target target, std::chrono::seconds timeout = call_timeout,
                  std::function<bool()> interrupted = nullptr,
                  std::chrono::milliseconds silence_max = stream_silence_max);
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
  Outcome<HttpAnswer> perform(const std::string& url, const std::string* body,
                              std::size_t bytes_max);

  Target target_;
  std::chrono::seconds timeout_;
  std::function<bool()> interrupted_;
  std::chrono::milliseconds silence_max_;
  std::string session_id_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace seed::ctl
