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
      log_(std::move(log)) {
  if (const auto folder = SafePath::root(state_dir))
    if (auto file = folder->child(file_name)) file_ = *std::move(file);
}

void Blocking::configure(const config::Settings& settings, FetchRules rules) {
  rules_ = std::move(rules);
  url_ = settings.blocklist_url;
  update_days_ = settings.blocklist_update_days;
  const bool was_enabled = std::exchange(enabled_, settings.blocklist_enabled);
  if (enabled_ && !was_enabled) changed_();
}

// --- what was kept -------------------------------------------------------------------------------

void Blocking::load() {
  if (!file_) {
    loaded_ = true;
    return;
  }
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [file = *file_](const io::JobTools& tools) -> Kept {
        auto bytes = tools.files.load(file, kept_bytes_max);
        if (!bytes) return {std::unexpected(std::move(bytes).error())};
        const auto stamp = tools.files.stamp(file);
        const std::chrono::nanoseconds modified(stamp ? stamp->modified_ns : 0);
        return {blocklist::Table::decode(*bytes),
                WallTime(std::chrono::duration_cast<WallTime::duration>(modified))};
      },
      [this](Kept kept) { on_loaded(std::move(kept)); });
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
  if (!under_way_) begin();
}

void Blocking::begin() {
  under_way_ = true;
  if (has_scheme(url_, "http://") || has_scheme(url_, "https://")) return fetch();
  if (const auto path = local_path(url_)) return read(*path);
  fail_update(OrderErrorCode::http_error,
              text_of("blocklist_url is neither an http, https or file URL nor an absolute path"));
}

void Blocking::fetch() {
  auto request = fetch_request(
      rules_, url_,
      {.timeout = limits::blocklist_fetch_timeout, .body_bytes_max = limits::blocklist_bytes_max});
  http_.get(std::move(request), [this](Result<io::HttpReply> reply) {
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
  io::submit(
      workers_, io::Lane::errands, io::Urgency::background,
      [file = *std::move(file)](const io::JobTools& tools) {
        return tools.files.load(file, limits::blocklist_bytes_max);
      },
      [this](Result<Buffer> bytes) {
        if (!bytes) return fail_update(OrderErrorCode::http_error, text_of(bytes.error().text));
        parse(*std::move(bytes));
      });
}

void Blocking::parse(Buffer bytes) {
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [file = file_, bytes = std::move(bytes)](const io::JobTools& tools) -> Made {
        auto list = blocklist::parse_list(bytes);
        Result<void> kept;
        if (list && file) kept = tools.files.save(*file, list->table.encode());
        return {std::move(list), std::move(kept)};
      },
      [this](Made made) { on_parsed(std::move(made)); });
}

void Blocking::on_parsed(Made made) {
  if (!made.list)
    return fail_update(OrderErrorCode::no_blocklist_rules,
                       "couldn't parse any valid blocklist rules: " + made.list.error().text);
  if (!made.kept)
    return fail_update(OrderErrorCode::system_error,
                       "the blocklist cannot be kept: " + made.kept.error().text);
  under_way_ = false;
  told_.clear();
  log_.info("blocklist updated",
            {{"rules", made.list->table.size()}, {"unreadable_lines", made.list->unreadable}});
  use(std::move(made.list->table), clock_.wall());
  answer_all(BlocklistReply{size()});
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
  if (update_days_ == 0 || !enabled_ || !loaded_ || under_way_ || clock_.now() < retry_at_)
    return false;
  // A clock that was wrong must not put it off for years.
  return !updated_ ||
         std::chrono::abs(clock_.wall() - *updated_) >= std::chrono::days(update_days_);
}

void Blocking::on_second() {
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
