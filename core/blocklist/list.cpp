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

/// Takes text in parts of any size, and its lines apart.
class Reader {
 public:
  void feed(std::string_view part) {
    while (!part.empty()) {
      const std::size_t end = std::min(part.find_first_of("\r\n"), part.size());
      const std::string_view piece = part.substr(0, end);
      if (end == part.size()) return keep(piece);
      if (begun_.empty() && !overlong_)
        finish_line(piece);
      else
        finish_begun(piece);
      part.remove_prefix(end + 1);
    }
  }
  Result<List> finish() && {
    finish_begun({});
    if (too_many_)
      return fail(FaultCode::too_large,
                  "it has more than " + std::to_string(limits::blocklist_rules_max) + " rules");
    if (rules_.size() == 0)
      return fail(FaultCode::malformed,
                  unreadable_ == 0 ? "there is no rule in it" : "none of its lines is a rule");
    return List{std::move(rules_).build(), unreadable_};
  }

 private:
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
    if (parsed.kind != LineKind::rule) return;
    too_many_ = too_many_ || rules_.size() >= limits::blocklist_rules_max;
    if (!too_many_) rules_.add(parsed.range);
  }

  TableBuilder rules_;
  std::uint64_t unreadable_ = 0;
  std::string begun_;
  bool overlong_ = false;
  bool first_ = true;
  bool too_many_ = false;
};

}  // namespace

Result<List> parse_list(Bytes bytes) {
  Reader reader;
  if (is_gzip(bytes)) {
    SEED_TRY_VOID(gunzip(bytes, limits::blocklist_text_bytes_max,
                         [&](Bytes part) { reader.feed(as_text(part)); }));
  } else {
    reader.feed(as_text(bytes));
  }
  return std::move(reader).finish();
}

}  // namespace seed::blocklist
