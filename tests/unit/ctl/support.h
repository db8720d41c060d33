// What the tests of seedctl share: a daemon of canned answers and a terminal of strings.
#pragma once

#include <deque>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "ctl/program.h"

namespace seed::ctl::test {

struct Call {
  std::string method;
  Json params;
};

/// Answers each method with what stands in `answers`, the last one again and again.
class CannedDaemon : public Daemon {
 public:
  std::map<std::string, std::deque<Outcome<Json>>, std::less<>> answers;
  std::vector<Call> calls;

  Outcome<Json> call(std::string_view method, const Json& params) override {
    calls.push_back({std::string(method), params});
    const auto found = answers.find(method);
    if (found == answers.end()) return Json::object();
    Outcome<Json> out = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return out;
  }
};

struct Ran {
  Exit exit = Exit::fine;
  std::string out;
  std::string err;
  std::vector<Call> calls;
  Target target;

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
  Look look;
  bool in_is_terminal = false;
  std::string input;
  Environment environment;

  Ran run(const std::vector<std::string>& words) const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Ran ran;
    Terminal terminal{in,
                      out,
                      err,
                      in_is_terminal,
                      [this] { return look; },
                      [](std::chrono::milliseconds) { return std::optional<char>('q'); },
                      [] { return false; },
                      [](std::string_view) { return std::optional<std::string>("asked"); },
                      [] { return std::int64_t{1'800'000'000}; }};
    CannedDaemon* daemon = nullptr;
    std::unique_ptr<CannedDaemon> kept;
    const Connect connect = [&](const Target& target, std::chrono::seconds) {
      auto made = std::make_unique<CannedDaemon>();
      made->answers = answers;
      ran.target = target;
      daemon = made.get();
      struct Borrowed : Daemon {
        CannedDaemon* to = nullptr;
        Outcome<Json> call(std::string_view method, const Json& params) override {
          return to->call(method, params);
        }
      };
      kept = std::move(made);
      auto borrowed = std::make_unique<Borrowed>();
      borrowed->to = daemon;
      return std::unique_ptr<Daemon>(std::move(borrowed));
    };
    ran.exit = run_program(words, environment, terminal, connect);
    ran.out = out.str();
    ran.err = err.str();
    if (kept) ran.calls = kept->calls;
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
