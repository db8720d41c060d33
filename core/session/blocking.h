// Blocking: the blocklist: fetched on order or when it is due, kept in the state's folder, asked
// before a peer is let in or dialled.
//
//   load() reads what was kept; update(): idle -> fetching -> parsing and keeping -> idle
//
// A new list takes the place of the old one, on the disk and then in memory, when it is a list
// (core/blocklist/list.h); else the old one stays. One that was cut short shows only where it is by
// gzip or its length was announced. Bounds: limits::blocklist_*; one update at a time, for all who
// ask. An update is called off, and its results are dropped, when blocklist_url changes, when it
// takes too long and at the end. Jobs and exchanges find this object still there, or the World is
// gone first.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/base/safe_path.h"
#include "core/blocklist/list.h"
#include "core/io/clock.h"
#include "core/io/http.h"
#include "core/io/workers.h"
#include "core/log/logger.h"
#include "core/session/fetching.h"
#include "core/session/session.h"

namespace seed::session {

class Blocking {
 public:
  /// The list's name in the state's folder.
  static constexpr std::string_view file_name = "blocklist";

  /// `changed` is called when addresses may be blocked that were not.
  Blocking(io::Clock& clock, io::Workers& workers, io::Http& http, const std::string& state_dir,
           std::function<void()> changed, log::Logger log);
  /// Jobs that run end soon.
  ~Blocking();
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  /// Another blocklist_url begins an update anew.
  void configure(const config::Settings& settings, FetchRules rules);
  /// Once, before anybody is dialled or let in. `then` is called when what was kept has come, or is
  /// known not to come.
  void load(std::move_only_function<void()> then);
  /// Fetches blocklist_url. Errors: http_error; no_blocklist_rules: it is no list; system_error: it
  /// is too large or cannot be kept.
  void update(OrderAnswer<BlocklistReply> answer);
  /// Answers who waited long enough, and updates when that is due.
  void on_second();
  /// The session ends: nothing is begun any more, and jobs that run end soon.
  void shut_down();

  bool blocks(const IpAddress& address) const { return enabled_ && table_.contains(address); }
  /// The same, and counts it: the caller has nothing to do with that address.
  bool turns_away(const IpAddress& address) {
    const bool blocked = blocks(address);
    turned_away_ += blocked ? 1u : 0u;
    return blocked;
  }
  /// Rules, also while they are not enabled.
  std::size_t size() const { return table_.size(); }
  /// Since the start.
  std::uint64_t turned_away() const { return turned_away_; }

 private:
  struct Waiting {
    Instant until;
    OrderAnswer<BlocklistReply> answer;
  };
  struct Kept;
  struct Made;
  bool is_due() const;
  void begin();
  void call_off();
  void read(const std::string& path);
  void fetch();
  void parse(Buffer bytes);
  void on_loaded(Kept kept);
  void on_parsed(Made made);
  void use(blocklist::Table table, WallTime when);
  void fail_parse(const Fault& fault);
  void fail_update(OrderErrorCode code, std::string text);
  void answer_all(const OrderResult<BlocklistReply>& result);

  io::Clock& clock_;
  io::Workers& workers_;
  io::Http& http_;
  std::optional<SafePath> file_;
  std::function<void()> changed_;
  log::Logger log_;

  FetchRules rules_;
  bool configured_ = false;
  bool enabled_ = false;
  std::string url_;
  std::uint32_t update_days_ = 0;

  blocklist::Table table_;
  std::optional<WallTime> updated_;  ///< when the list in use was fetched
  std::uint64_t turned_away_ = 0;
  bool other_url_ = false;  ///< it may be of a URL that was blocklist_url before
  bool loaded_ = false;
  bool ended_ = false;
  bool under_way_ = false;
  Instant until_{};  ///< what is under way is given up
  std::optional<HttpCallId> call_;
  /// Of the update under way, and its jobs: each update has its own, which may outlive it.
  std::shared_ptr<std::atomic<bool>> called_off_;
  std::size_t reads_ = 0;  ///< jobs of any update
  std::size_t parses_ = 0;
  Instant retry_at_{};
  std::string told_;  ///< the failure that was logged last
  std::vector<Waiting> waiting_;
};

}  // namespace seed::session
