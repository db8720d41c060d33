#include "core/bencode/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace seed::bencode {

/// One pass over the input with a stack of open containers.
class Parser {
 public:
  Parser(Bytes input, ParseLimits bounds) : bounds_(bounds) { document_.input_ = input; }

  Result<Document> run() {
    do {
      step();
    } while (fault_.empty() && !open_.empty());
    if (!fault_.empty()) {
      return fail(FaultCode::malformed, fmt::format("bencode: {} at offset {}", fault_, at_));
    }
    return std::move(document_);
  }
  /// The fault was that the input ended.
  bool wants_more() const { return wants_more_; }

 private:
  struct Open {
    std::uint32_t token;         ///< of the container
    std::uint32_t last_key = 0;  ///< token of a dictionary's newest key; 0 before the first
    bool value_due = false;      ///< a key has come and its value has not
    bool sorted = true;
  };

  Bytes input() const { return document_.input_; }
  std::vector<Token>& tokens() { return document_.tokens_; }
  std::string_view text_of(const Token& key) const {
    return as_text(input().subspan(key.begin + key.prefix, key.end - key.begin - key.prefix));
  }

  void step() {
    if (at_ >= input().size()) {
      wants_more_ = true;
      return refuse("unexpected end");
    }
    const std::uint8_t octet = input()[at_];
    if (octet == 'e' && !open_.empty()) return close();
    if (tokens().size() >= bounds_.tokens_max) return refuse("too many values");
    const bool key_due = !open_.empty() && is_dict(open_.back()) && !open_.back().value_due;
    if (octet >= '0' && octet <= '9') {
      if (read_string()) key_due ? on_key() : on_value();
      return;
    }
    if (key_due) return refuse("dictionary key is not a string");
    if (octet == 'i') {
      if (read_integer()) on_value();
      return;
    }
    if (octet != 'l' && octet != 'd') return refuse("no value begins");
    if (open_.size() >= bounds_.depth_max) return refuse("nested too deeply");
    open_.push_back({.token = static_cast<std::uint32_t>(tokens().size())});
    push(octet == 'l' ? Kind::list : Kind::dict, at_ + 1, 0);
  }

  bool is_dict(const Open& open) const { return document_.tokens_[open.token].kind == Kind::dict; }

  void push(Kind kind, std::size_t end, std::uint8_t prefix) {
    tokens().push_back({.begin = static_cast<std::uint32_t>(at_),
                        .end = static_cast<std::uint32_t>(end),
                        .tokens = 1,
                        .kind = kind,
                        .prefix = prefix});
    at_ = end;
  }

  bool read_string() {
    // Lengths of more than 10 digits are beyond 4 GiB, so the scan is short whatever comes.
    const std::string_view rest = as_text(input().subspan(at_));
    const std::size_t colon = rest.substr(0, 11).find_first_not_of("0123456789");
    if (colon == std::string_view::npos) {
      wants_more_ = rest.size() < 11;
      return refuse_with("string length does not end");
    }
    if (rest[colon] != ':') return refuse_with("string length is not a number");
    if (rest[0] == '0' && colon != 1) return refuse_with("string length with a leading zero");
    std::uint64_t length = 0;
    std::from_chars(rest.data(), rest.data() + colon, length);
    wants_more_ = length > rest.size() - colon - 1;
    if (wants_more_) return refuse_with("string runs past the end");
    push(Kind::string, at_ + colon + 1 + length, static_cast<std::uint8_t>(colon + 1));
    return true;
  }

  bool read_integer() {
    // "-9223372036854775808" has 20 characters; whatever is longer cannot fit.
    const std::string_view rest = as_text(input().subspan(at_ + 1));
    const std::size_t length = rest.substr(0, 21).find('e');
    if (length == std::string_view::npos) {
      wants_more_ = rest.size() <= 20;
      return refuse_with(wants_more_ ? "integer does not end" : "integer does not fit 64 bits");
    }
    const std::string_view digits = rest.substr(0, length);
    const std::string_view unsigned_digits = digits.substr(digits.starts_with('-') ? 1 : 0);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc::result_out_of_range) return refuse_with("integer does not fit 64 bits");
    if (error != std::errc{} || end != digits.data() + digits.size())
      return refuse_with("integer is not a number");
    if (unsigned_digits.starts_with('0') && digits != "0")
      return refuse_with("integer with a leading zero or a negative zero");
    push(Kind::integer, at_ + 1 + length + 1, 0);
    return true;
  }

  void on_value() {
    if (!open_.empty()) open_.back().value_due = false;
  }

  void on_key() {
    Open& dict = open_.back();
    const auto key = static_cast<std::uint32_t>(tokens().size() - 1);
    if (dict.last_key != 0) {
      const int order = text_of(tokens()[dict.last_key]).compare(text_of(tokens()[key]));
      if (order == 0) return refuse_key(tokens()[key]);
      if (order > 0) dict.sorted = false;
    }
    dict.last_key = key;
    dict.value_due = true;
  }

  void close() {
    const Open closed = open_.back();
    if (closed.value_due) return refuse("dictionary key without a value");
    if (!closed.sorted) {
      document_.keys_sorted_ = false;
      if (!check_unsorted(closed.token)) return;
    }
    ++at_;
    Token& token = tokens()[closed.token];
    token.end = static_cast<std::uint32_t>(at_);
    token.tokens = static_cast<std::uint32_t>(tokens().size() - closed.token);
    open_.pop_back();
    on_value();
  }

  /// A sorted dictionary shows a doubled key by its neighbour; any other has to be sorted for it.
  bool check_unsorted(std::uint32_t dict) {
    std::vector<std::uint32_t> keys;
    for (std::uint32_t key = dict + 1; key < tokens().size(); key += 1 + tokens()[key + 1].tokens)
      keys.push_back(key);
    const auto text = [this](std::uint32_t key) { return text_of(tokens()[key]); };
    std::ranges::sort(keys, {}, text);
    const auto twice = std::ranges::adjacent_find(keys, {}, text);
    if (twice == keys.end()) return true;
    refuse_key(tokens()[*twice]);
    return false;
  }

  void refuse(std::string_view why) { fault_ = why; }
  bool refuse_with(std::string_view why) {
    fault_ = why;
    return false;
  }
  /// The key is not shown: whoever reads this need not be one who may read the file.
  void refuse_key(const Token& key) {
    fault_ = "a key is there twice";
    at_ = key.begin;
  }

  ParseLimits bounds_;
  Document document_;
  std::vector<Open> open_;
  std::size_t at_ = 0;
  std::string fault_;
  bool wants_more_ = false;
};

Result<Document> Document::parse_prefix(Bytes input, ParseLimits bounds) {
  if (input.size() > std::numeric_limits<std::uint32_t>::max())
    return fail(FaultCode::too_large, "bencode: more than 4 GiB");
  return Parser(input, bounds).run();
}

bool Document::is_cut_short(Bytes input, ParseLimits bounds) {
  if (input.size() > std::numeric_limits<std::uint32_t>::max()) return false;
  Parser parser(input, bounds);
  return !parser.run() && parser.wants_more();
}

Result<Document> Document::parse(Bytes input, ParseLimits bounds) {
  auto document = parse_prefix(input, bounds);
  if (document && document->size() != input.size()) {
    return fail(FaultCode::malformed,
                fmt::format("bencode: data behind the end at offset {}", document->size()));
  }
  return document;
}

}  // namespace seed::bencode
