#include "rpc/http/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

constexpr int bad_request = 400;
constexpr int uri_too_long = 414;
constexpr int fields_too_large = 431;
constexpr int not_implemented = 501;

/// Who asks by any other is told that it is not known.
constexpr std::array<std::string_view, 10> methods{"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"};

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view blanks = " \t";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  const auto fits = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

int fault_of_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos || second == first + 1) return bad_request;
  const auto target = line.substr(first + 1, second - first - 1);
  const auto version = line.substr(second + 1);
  const auto unfit = [](char c) { return is_ascii_control(c) || c == '\t'; };
  if (!is_token(line.substr(0, first)) || std::ranges::any_of(target, unfit) ||
      (version != "HTTP/1.1" && version != "HTTP/1.0"))
    return bad_request;
  return std::ranges::find(methods, line.substr(0, first)) == methods.end() ? not_implemented : 0;
}

/// Digits alone; nothing else is a length.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() ? out : std::numeric_limits<std::uint64_t>::max();
}

/// What the fields say about the body, one after the other, and what else may be said only once.
class Framing {
 public:
  /// HTTP/1.0 has no chunks: what is between reads on, or does not (RFC 9112, section 6.1).
  void set_http_1_0() { http_1_0_ = true; }
  /// 0, or the status.
  int take(std::string_view name, std::string_view value) {
    if (same_but_for_case(name, "Host")) {
      if (std::exchange(host_, true)) return bad_request;
    } else if (same_but_for_case(name, "Content-Length")) {
      const auto length = parse_length(value);
      if (!length || (length_ && *length_ != *length)) return bad_request;
      length_ = length;
    } else if (same_but_for_case(name, "Transfer-Encoding")) {
      if (chunked_ || http_1_0_) return bad_request;
      if (!same_but_for_case(value, "chunked")) return not_implemented;
      chunked_ = true;
    }
    return 0;
  }
  /// Nothing when they contradict each other.
  std::optional<BodyFraming> end() const {
    if (chunked_ && length_) return std::nullopt;
    return BodyFraming{chunked_, length_.value_or(0)};
  }

 private:
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  bool http_1_0_ = false;
  bool host_ = false;
};

int take_field(std::string_view line, Framing& framing) {
  // A name is followed by its colon at once: some read "Content-Length :" as that field, some do
  // not. A line that begins with a blank would go on with the one before.
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return bad_request;
  const auto value = trimmed(line.substr(colon + 1));
  if (std::ranges::any_of(value, is_ascii_control)) return bad_request;
  return framing.take(line.substr(0, colon), value);
}

/// Whether one of the values that commas separate is that.
bool lists(std::string_view values, std::string_view wanted) {
  while (true) {
    const auto comma = std::min(values.find(','), values.size());
    if (same_but_for_case(trimmed(values.substr(0, comma)), wanted)) return true;
    if (comma == values.size()) return false;
    values.remove_prefix(comma + 1);
  }
}

/// The fields of a good head, one after the other.
class Fields {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  explicit Fields(std::string_view text) : left_(text) {}
  std::optional<Field> next() {
    const auto line = left_.substr(0, std::min(left_.find(line_end), left_.size()));
    const auto colon = line.find(':');
    if (colon == line.npos) return std::nullopt;
    left_.remove_prefix(std::min(line.size() + line_end.size(), left_.size()));
    return Field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
  }

 private:
  std::string_view left_;
};

}  // namespace

HeadVerdict judge_head(std::string_view head) {
  Framing framing;
  for (bool first = true; !head.empty(); first = false) {
    const int too_long = first ? uri_too_long : fields_too_large;
    const auto feed = head.find('\n');
    if (feed == head.npos) return {too_long, {}};
    const auto line = head.substr(0, feed + 1);
    head.remove_prefix(line.size());
    if (line.size() > limits::http_head_line_bytes_max) return {too_long, {}};
    if (!line.ends_with(line_end)) return {bad_request, {}};
    const auto text = line.substr(0, line.size() - line_end.size());
    if (text.empty() && !first) {
      const auto body = framing.end();
      return body ? HeadVerdict{0, *body} : HeadVerdict{bad_request, {}};
    }
    const int fault = first ? fault_of_request_line(text) : take_field(text, framing);
    if (fault != 0) return {fault, {}};
    if (first && text.ends_with(" HTTP/1.0")) framing.set_http_1_0();
  }
  // Too many lines, each of them good.
  return {fields_too_large, {}};
}

void RequestHead::assign(std::string_view text) {
  text_ = text;
  const std::string_view all = text_;
  const auto end = std::min(all.find(line_end), all.size());
  const auto line = all.substr(0, end);
  const auto first = std::min(line.find(' '), line.size());
  const auto second = std::min(line.find(' ', first + 1), line.size());
  method_ = line.substr(0, first);
  target_ = line.substr(std::min(first + 1, second), second - std::min(first + 1, second));
  fields_ = all.substr(std::min(end + line_end.size(), all.size()));
  http_1_1_ = !line.ends_with(" HTTP/1.0");
  bool closes = false;
  bool keeps = http_1_1_;
  expects_continue_ = false;
  for (Fields fields(fields_); const auto field = fields.next();) {
    if (same_but_for_case(field->name, "Connection")) {
      closes = closes || lists(field->value, "close");
      keeps = keeps || lists(field->value, "keep-alive");
    } else if (same_but_for_case(field->name, "Expect")) {
      expects_continue_ = expects_continue_ || same_but_for_case(field->value, "100-continue");
    }
  }
  lasts_ = keeps && !closes;
  expects_continue_ = expects_continue_ && http_1_1_;
}

void RequestHead::forget() {
  std::string().swap(text_);
  method_ = target_ = fields_ = {};
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const {
  for (Fields fields(fields_); const auto field = fields.next();)
    if (same_but_for_case(field->name, name)) return field->value;
  return std::nullopt;
}

}  // namespace seed::rpc
