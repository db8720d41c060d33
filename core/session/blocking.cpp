#include "core/session/blocking.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>

#include "core/base/limits.h"
#include "core/base/url.h"

namespace seed::session {

namespace {

constexpr std::string_view failed = "Couldn't fetch blocklist";

/// What is kept takes at most 32 octets a rule, and a head.
constexpr std::size_t kept_bytes_max = limits::blocklist_rules_max * 32 + 4096;

/// The path of a local list: absolute, or a file URL of this host (RFC 8089).
std::optional<std::string> local_path(std::string_view url) {
  if (url.starts_with('/')) return std::string(url);
  if (!has_scheme(url, "file:")) return std::nullopt;
  url.remove_prefix(std::string_view("file:").size());
  if (url.starts_with("//localhost/"))
    url.remove_prefix(std::string_view("//localhost").size());
  else if (url.starts_with("///"))
    url.remove_prefix(2);
  auto path = percent_decode(url);
  if (!path || !path->starts_with('/') || path->starts_with("//")) return std::nullopt;
  return path;
}

std::string text_of(std::string_view why) {
  return std::string(failed) + ": " + std::string(why) + " (0)";
}

}  // namespace

struct Blocking::Kept {
  Result<blocklist::Table> table;
  WallTime when{};
};

struct Blocking::Made {
  Result<blocklist::List> list;
  Result<void> kept;
};

Blocking::Blocking(io::Clock& clock, io::Workers& workers, io::Http& http,
                   const std::string& state_dir, std::function<void()> changed, log::Logger log)
    : clock_(clock),
      workers_(workers),
      http_(http),
      changed_(std::move(changed)),
      log_(std::move(log)),
      called_off_(std::make_shared<std::atomic<bool>>(false)) {
  if (const auto folder = SafePath::root(state_dir))
    if (auto file = folder->child(file_name)) file_ = *std::move(file);
}

Blocking::~Blocking() { *called_off_ = true; }

void Blocking::configure(const config::Settings& settings, FetchRules rules) {
  rules_ = std::move(rules);
  update_days_ = settings.blocklist_update_days;
  const bool was_enabled = std::exchange(enabled_, settings.blocklist_enabled);
  if (enabled_ && !was_enabled) changed_();
  const bool other = std::exchange(url_, settings.blocklist_url) != settings.blocklist_url;
  if (!std::exchange(configured_, true) || !other || ended_) return;
  call_off();
  other_url_ = true;
  retry_at_ = {};
  told_.clear();
  if (!waiting_.empty()) begin();
}

void Blocking::shut_down() {
  ended_ = true;
  call_off();
}

// --- what was kept -------------------------------------------------------------------------------

void Blocking::load(std::move_only_function<void()> then) {
  if (!file_) {
    loaded_ = true;
    return then();
  }
  io::submit(
      workers_, io::Lane::blocklist, io::Urgency::transfer,
      [file = *file_](const io::JobTools& tools) -> Kept {
        auto bytes = tools.files.load(file, kept_bytes_max);
        if (!bytes) return {std::unexpected(std::move(bytes).error())};
        const auto stamp = tools.files.stamp(file);
        const std::chrono::nanoseconds modified(stamp ? stamp->modified_ns : 0);
        return {blocklist::Table::decode(*bytes),
                WallTime(std::chrono::duration_cast<WallTime::duration>(modified))};
      },
      [this, then = std::move(then)](Kept kept) mutable {
        on_loaded(std::move(kept));
        then();
      });
}

void Blocking::on_loaded(Kept kept) {
  loaded_ = true;
  // One that was fetched meanwhile is newer.
  if (updated_) return;
  if (kept.table) {
    log_.info("blocklist loaded", {{"rules", kept.table->size()}});
    return use(*std::move(kept.table), kept.when);
  }
  if (kept.table.error().code == FaultCode::not_found) return;
  log_.error("the blocklist cannot be loaded; nobody is blocked until it is updated",
             {{"error", kept.table.error().text}});
}

void Blocking::use(blocklist::Table table, WallTime when) {
  table_ = std::move(table);
  updated_ = when;
  if (enabled_) changed_();
}

// --- updating ------------------------------------------------------------------------------------

void Blocking::update(OrderAnswer<BlocklistReply> answer) {
  waiting_.push_back({clock_.now() + limits::blocklist_wait_max, std::move(answer)});
  if (!under_way_ && !ended_) begin();
}

void Blocking::call_off() {
  *called_off_ = true;
  if (call_) http_.cancel(*std::exchange(call_, std::nullopt));
  under_way_ = false;
}

void Blocking::begin() {
  under_way_ = true;
  until_ = clock_.now() + limits::blocklist_update_max;
  called_off_ = std::make_shared<std::atomic<bool>>(false);
  if (parses_ >= limits::blocklist_jobs_max)
    return fail_update(OrderErrorCode::system_error,
                       "earlier blocklists are still being kept: the disk does not answer");
  if (has_scheme(url_, "http://") || has_scheme(url_, "https://")) return fetch();
  if (const auto path = local_path(url_)) return read(*path);
  fail_update(OrderErrorCode::http_error,
              text_of("blocklist_url is neither an http, https or file URL nor an absolute path"));
}

void Blocking::fetch() {
  auto request = fetch_request(
      rules_, url_,
      {.timeout = limits::blocklist_fetch_timeout, .body_bytes_max = limits::blocklist_bytes_max});
  call_ = http_.get(std::move(request), [this](Result<io::HttpReply> reply) {
    call_.reset();
    if (!reply)
      return fail_update(OrderErrorCode::http_error, fetch_error_text(failed, reply.error()));
    if (reply->status != 200)
      return fail_update(OrderErrorCode::http_error, fetch_error_text(failed, reply->status));
    parse(std::move(reply->body));
  });
}

void Blocking::read(const std::string& path) {
  // A root, for it is the user's own: the links in it are followed.
  auto file = SafePath::root(path);
  if (!file) return fail_update(OrderErrorCode::http_error, text_of(file.error().text));
  if (reads_ >= limits::blocklist_jobs_max)
    return fail_update(OrderErrorCode::http_error,
                       text_of("the disk of an earlier list does not answer"));
  ++reads_;
  io::submit(
      workers_, io::Lane::errands, io::Urgency::background,
      [file = *std::move(file),
       called_off = called_off_](const io::JobTools& tools) -> Result<Buffer> {
        if (*called_off) return fail(FaultCode::cancelled, "it was called off");
        return tools.files.load(file, limits::blocklist_bytes_max);
      },
      [this, called_off = called_off_](Result<Buffer> bytes) {
        --reads_;
        if (*called_off) return;
        if (!bytes) return fail_update(OrderErrorCode::http_error, text_of(bytes.error().text));
        parse(*std::move(bytes));
      });
}

/// In the lane of what is kept: what an older update keeps is not kept after a newer one's.
void Blocking::parse(Buffer bytes) {
  ++parses_;
  io::submit(
      workers_, io::Lane::blocklist, io::Urgency::background,
      [file = file_, bytes = std::move(bytes),
       called_off = called_off_](const io::JobTools& tools) mutable -> Made {
        auto list = blocklist::parse_list(bytes, called_off.get());
        // Given back here, off the loop, and before as much is made again.
        bytes = Buffer();
        Result<void> kept;
        if (list && file && !*called_off) kept = tools.files.save(*file, list->table.encode());
        return {std::move(list), std::move(kept)};
      },
      [this, called_off = called_off_](Made made) {
        --parses_;
        if (!*called_off) on_parsed(std::move(made));
      });
}

void Blocking::on_parsed(Made made) {
  if (!made.list) return fail_parse(made.list.error());
  if (!made.kept)
    return fail_update(OrderErrorCode::system_error,
                       "the blocklist cannot be kept: " + made.kept.error().text);
  under_way_ = false;
  other_url_ = false;
  told_.clear();
  log_.info("blocklist updated",
            {{"rules", made.list->table.size()}, {"unreadable_lines", made.list->unreadable}});
  use(std::move(made.list->table), clock_.wall());
  answer_all(BlocklistReply{size()});
}

void Blocking::fail_parse(const Fault& fault) {
  if (fault.code == FaultCode::malformed)
    return fail_update(OrderErrorCode::no_blocklist_rules,
                       "couldn't parse any valid blocklist rules: " + fault.text);
  fail_update(OrderErrorCode::system_error, "the blocklist cannot be used: " + fault.text);
}

void Blocking::fail_update(OrderErrorCode code, std::string text) {
  under_way_ = false;
  retry_at_ = clock_.now() + limits::blocklist_retry;
  if (std::exchange(told_, text) != text)
    log_.error("the blocklist is not updated", {{"error", text}});
  answer_all(std::unexpected(OrderError{code, std::move(text)}));
}

void Blocking::answer_all(const OrderResult<BlocklistReply>& result) {
  for (auto& waiting : std::exchange(waiting_, {})) waiting.answer(result);
}

bool Blocking::is_due() const {
  if (update_days_ == 0 || !enabled_ || !loaded_ || under_way_ || clock_.now() < retry_at_ ||
      parses_ >= limits::blocklist_jobs_max)
    return false;
  // A clock that was wrong must not put it off for years.
  return other_url_ || !updated_ ||
         std::chrono::abs(clock_.wall() - *updated_) >= std::chrono::days(update_days_);
}

void Blocking::on_second() {
  if (ended_) return;
  if (under_way_ && clock_.now() >= until_) {
    call_off();
    fail_update(OrderErrorCode::http_error, text_of("it did not come to an end"));
  }
  const auto late = std::ranges::find_if(
      waiting_, [now = clock_.now()](const Waiting& waiting) { return waiting.until > now; });
  std::vector<Waiting> over(std::make_move_iterator(waiting_.begin()),
                            std::make_move_iterator(late));
  waiting_.erase(waiting_.begin(), late);
  for (auto& waiting : over)
    waiting.answer(std::unexpected(OrderError{
        OrderErrorCode::http_error, text_of("it takes long, and goes on in the background")}));
  if (is_due()) begin();
}

}  // namespace seed::session
