#include "core/metainfo/glob.h"

#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace seed::metainfo {
namespace {

struct Token {
  enum class Kind { text, one, some, all, folders };
  Kind kind = Kind::text;
  std::string_view text = {};
};

std::vector<Token> tokens_of(std::string_view pattern) {
  std::vector<Token> out;
  bool at_component = true;
  while (!pattern.empty()) {
    std::size_t taken = 1;
    if (pattern.starts_with("**/") && at_component) {
      out.push_back({Token::Kind::folders});
      taken = 3;
    } else if (pattern.starts_with("**")) {
      out.push_back({Token::Kind::all});
      taken = 2;
    } else if (pattern.front() == '*') {
      out.push_back({Token::Kind::some});
    } else if (pattern.front() == '?') {
      out.push_back({Token::Kind::one});
    } else {
      if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
      out.push_back({Token::Kind::text, pattern.substr(0, 1)});
    }
    at_component = pattern[taken - 1] == '/';
    pattern.remove_prefix(taken);
  }
  return out;
}

/// Where in `text` a match may be after one more token; true at i: behind i octets.
std::vector<bool> after(const Token& token, std::string_view text,
                        const std::vector<bool>& before) {
  using Kind = Token::Kind;
  std::vector<bool> out(text.size() + 1);
  bool running = false;  // some, all or folders have begun at or before i
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (token.kind == Kind::some && i > 0 && text[i - 1] == '/') running = false;
    running = running || before[i];
    if (token.kind == Kind::some || token.kind == Kind::all) {
      out[i] = running;
    } else if (token.kind == Kind::folders) {
      out[i] = before[i] || (running && i > 0 && text[i - 1] == '/');
    } else if (before[i] && i < text.size()) {
      if (token.kind == Kind::one && text[i] != '/')
        out[i + utf8_step(text.substr(i)).length] = true;
      if (token.kind == Kind::text && text[i] == token.text.front()) out[i + 1] = true;
    }
  }
  return out;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  if (pattern.size() > pattern_bytes_max) return false;
  std::vector<bool> places(text.size() + 1);
  places.front() = true;
  for (const Token& token : tokens_of(pattern)) places = after(token, text, places);
  return places.back();
}

bool excludes(std::string_view pattern, std::string_view path) {
  const bool by_path = pattern.find('/') != pattern.npos;
  // "/x" is x at the top, "x/" is x and what is in it.
  std::string_view trimmed = pattern;
  if (trimmed.starts_with('/')) trimmed.remove_prefix(1);
  if (trimmed.ends_with('/')) trimmed.remove_suffix(1);
  if (trimmed.empty()) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t slash = std::min(path.find('/', begin), path.size());
    if (glob_matches(trimmed, by_path ? path.substr(0, slash) : path.substr(begin, slash - begin)))
      return true;
    begin = slash + 1;
  }
  return false;
}

}  // namespace seed::metainfo
