#include "core/blocklist/list.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/blocklist/gunzip.h"
#include "core/blocklist/line.h"

namespace seed::blocklist {

namespace {

/// A few milliseconds' worth.
constexpr std::uint64_t lines_between_looks = 4096;

/// Takes text in parts of any size, and its lines apart.
class Reader {
 public:
  explicit Reader(const std::atomic<bool>* called_off) : called_off_(called_off) {}

  /// False: what comes behind does not matter any more.
  bool feed(std::string_view part) {
    if (!begins_) look_at_begin(part);
    look_whether_called_off();
    while (!part.empty() && goes_on()) {
      const std::size_t end = std::min(part.find_first_of("\r\n"), part.size());
      const std::string_view piece = part.substr(0, end);
      if (end == part.size()) {
        keep(piece);
        break;
      }
      if (begun_.empty() && !overlong_)
        finish_line(piece);
      else
        finish_begun(piece);
      part.remove_prefix(end + 1);
      if (++lines_ % lines_between_looks == 0) look_whether_called_off();
    }
    return goes_on();
  }
  Result<List> finish() && {
    if (stopped_) return fail(FaultCode::cancelled, "it was called off");
    if (page_) return fail(FaultCode::malformed, "it begins with < as a web page does");
    finish_begun({});
    if (too_many_)
      return fail(FaultCode::too_large,
                  "it has more than " + std::to_string(limits::blocklist_rules_max) + " rules");
    if (rules_.size() == 0)
      return fail(FaultCode::malformed,
                  unreadable_ == 0 ? "there is no rule in it" : "none of its lines is a rule");
    if (unreadable_ > readable_)
      return fail(FaultCode::malformed, "more of its lines are unreadable than can be read");
    return List{std::move(rules_).build(), unreadable_};
  }

 private:
  bool goes_on() const { return !page_ && !too_many_ && !stopped_; }
  void look_at_begin(std::string_view part) {
    // Blanks, ends of lines and the octets of a byte-order mark.
    const auto at = part.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    begins_ = at != part.npos;
    page_ = begins_ && part[at] == '<';
  }
  void look_whether_called_off() {
    stopped_ = stopped_ || (called_off_ != nullptr && called_off_->load(std::memory_order_relaxed));
  }
  /// The beginning of a line whose end has not come yet.
  void keep(std::string_view piece) {
    overlong_ = overlong_ || begun_.size() + piece.size() > limits::blocklist_line_bytes_max;
    if (overlong_)
      begun_.clear();
    else
      begun_ += piece;
  }
  void finish_begun(std::string_view piece) {
    keep(piece);
    if (std::exchange(overlong_, false))
      ++unreadable_;
    else
      finish_line(begun_);
    begun_.clear();
  }
  void finish_line(std::string_view line) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (std::exchange(first_, false) && line.starts_with(mark)) line.remove_prefix(mark.size());
    if (line.size() > limits::blocklist_line_bytes_max) {
      ++unreadable_;
      return;
    }
    const Line parsed = parse_line(line);
    if (parsed.kind == LineKind::unreadable) ++unreadable_;
    if (parsed.kind == LineKind::rule || parsed.kind == LineKind::allowed) ++readable_;
    if (parsed.kind != LineKind::rule) return;
    too_many_ = too_many_ || rules_.size() >= limits::blocklist_rules_max;
    if (!too_many_) rules_.add(parsed.range);
  }

  const std::atomic<bool>* called_off_;
  TableBuilder rules_;
  std::uint64_t lines_ = 0;
  std::uint64_t readable_ = 0;
  std::uint64_t unreadable_ = 0;
  std::string begun_;
  bool overlong_ = false;
  bool first_ = true;
  bool begins_ = false;  ///< something other than blanks has come
  bool page_ = false;
  bool too_many_ = false;
  bool stopped_ = false;
};

}  // namespace

Result<List> parse_list(Bytes bytes, const std::atomic<bool>* called_off) {
  Reader reader(called_off);
  if (is_gzip(bytes)) {
    SEED_TRY_VOID(gunzip(bytes, limits::blocklist_text_bytes_max,
                         [&](Bytes part) { return reader.feed(as_text(part)); }));
  } else {
    reader.feed(as_text(bytes));
  }
  return std::move(reader).finish();
}

}  // namespace seed::blocklist
