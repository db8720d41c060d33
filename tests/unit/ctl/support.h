// What the tests of seedctl share: a daemon of canned answers and a terminal of strings.
#pragma once

#include <deque>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ctl/program.h"

namespace seed::ctl::test {

struct Call {
  std::string method;
  Json params;
};

/// Gives what stands in `script`, then says that it was refused.
class CannedStream : public EventStream {
 public:
  using Script = std::deque<Outcome<std::optional<ServerEvent>>>;
  explicit CannedStream(Script& script) : script_(script) {}

  Outcome<std::optional<ServerEvent>> next() override {
    if (script_.empty()) return refused("no stream");
    auto out = script_.front();
    script_.pop_front();
    return out;
  }
  std::vector<Descriptor> descriptors() const override { return {}; }
  std::chrono::milliseconds patience() const override { return std::chrono::milliseconds(1); }

 private:
  Script& script_;
};

/// Answers each method with what stands in `answers`, the last one again and again.
class CannedDaemon : public Daemon {
 public:
  std::map<std::string, std::deque<Outcome<Json>>, std::less<>> answers;
  std::map<std::string, Outcome<Page>, std::less<>> pages;
  CannedStream::Script events;
  std::vector<Call> calls;
  std::vector<std::string> listened;  ///< the last ids of the streams
  std::string breaks;                 ///< the method whose call is one that nobody has thought of

  Outcome<Page> get(std::string_view path) override {
    const auto found = pages.find(path);
    return found == pages.end() ? Page{404, nullptr} : found->second;
  }

  std::unique_ptr<EventStream> listen(const std::vector<std::string>&,
                                      const std::string& last_id) override {
    listened.push_back(last_id);
    return std::make_unique<CannedStream>(events);
  }

  Outcome<Json> call(std::string_view method, const Json& params) override {
    calls.push_back({std::string(method), params});
    if (method == breaks) throw std::runtime_error("nobody has thought of this");
    const auto found = answers.find(method);
    if (found == answers.end()) return Json::object();
    Outcome<Json> out = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return out;
  }
};

/// Lends a daemon that somebody else keeps.
class Borrowed : public Daemon {
 public:
  explicit Borrowed(Daemon& to) : to_(to) {}

  Outcome<Json> call(std::string_view method, const Json& params) override {
    return to_.call(method, params);
  }
  Outcome<Page> get(std::string_view path) override { return to_.get(path); }
  std::unique_ptr<EventStream> listen(const std::vector<std::string>& fields,
                                      const std::string& last_id) override {
    return to_.listen(fields, last_id);
  }

 private:
  Daemon& to_;
};

struct Ran {
  Exit exit = Exit::fine;
  std::string out;
  std::string err;
  std::vector<Call> calls;
  Target target;                ///< of the last daemon
  std::vector<Target> targets;  ///< of all of them
  std::chrono::seconds timeout{};

  /// The params of the last call of `method`; null when there was none.
  Json params_of(std::string_view method) const {
    Json out_params;
    for (const Call& call : calls)
      if (call.method == method) out_params = call.params;
    return out_params;
  }
};

/// What a test may change before it runs a command line.
struct Stage {
  std::map<std::string, std::deque<Outcome<Json>>, std::less<>> answers;
  std::map<std::string, Outcome<Page>, std::less<>> pages;
  CannedStream::Script events;
  Look look;
  bool in_is_terminal = false;
  std::string input;
  std::string keys = "q";  ///< one each time the screen waits; then q
  Environment environment;
  std::string breaks;           ///< of the first host alone
  bool is_interrupted = false;  ///< by Ctrl-C

  Ran run(const std::vector<std::string>& words) const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    std::string left = keys;
    std::int64_t now = 1'800'000'000;
    Ran ran;
    const auto next_key = [&](std::chrono::milliseconds, const std::vector<Descriptor>&) {
      ++now;
      const char key = left.empty() ? 'q' : left.front();
      if (!left.empty()) left.erase(0, 1);
      return key == '.' ? std::optional<char>() : std::optional<char>(key);
    };
    Terminal terminal{in,
                      out,
                      err,
                      in_is_terminal,
                      [this] { return look; },
                      next_key,
                      [this] { return is_interrupted; },
                      [](std::string_view) { return std::optional<std::string>("asked"); },
                      [&] { return now; },
                      [] { return false; }};
    CannedDaemon daemon;
    daemon.answers = answers;
    daemon.pages = pages;
    daemon.events = events;
    const Connect connect = [&](const Target& target, std::chrono::seconds timeout) {
      ran.target = target;
      ran.targets.push_back(target);
      ran.timeout = timeout;
      daemon.breaks = ran.targets.size() == 1 ? breaks : std::string();
      return std::make_unique<Borrowed>(daemon);
    };
    ran.exit = run_program(words, environment, terminal, connect);
    ran.out = out.str();
    ran.err = err.str();
    ran.calls = daemon.calls;
    return ran;
  }
};

inline std::string hash_of(int id) {
  std::string out(40, 'a');
  out[0] = static_cast<char>('0' + id % 10);
  out[1] = 'f';
  return out;
}

/// A torrent as torrent_get gives it.
inline Json torrent(int id, const std::string& name, Json more = Json::object()) {
  Json out = {{"id", id},
              {"hash_string", hash_of(id)},
              {"name", name},
              {"status", 4},
              {"error", 0},
              {"error_string", ""},
              {"percent_done", 0.4567},
              {"metadata_percent_complete", 1.0},
              {"rate_download", 1'234'567},
              {"rate_upload", 0},
              {"left_until_done", 543'300'000},
              {"size_when_done", 1'000'000'000},
              {"eta", 405},
              {"upload_ratio", 0.333},
              {"labels", Json::array()}};
  out.update(more);
  return out;
}

inline Json torrents(std::vector<Json> rows) {
  return Json::object({{"torrents", Json(std::move(rows))}});
}

}  // namespace seed::ctl::test
