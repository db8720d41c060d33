#include "rpc/http/conversation_exchange.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

constexpr std::string_view scheme_end = "://";

/// Letters only: no other scheme is asked for here.
bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const char small = ascii_lower(c);
    return small >= 'a' && small <= 'z';
  });
}

}  // namespace

TargetParts take_apart(std::string_view target) {
  TargetParts out;
  target = target.substr(0, target.find('#'));
  if (const auto at = target.find(scheme_end);
      at != target.npos && is_scheme(target.substr(0, at))) {
    target.remove_prefix(at + scheme_end.size());
    out.authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(out.authority->size());
  }
  const auto query = target.find('?');
  out.path = target.substr(0, query);
  if (query != target.npos) out.query = target.substr(query + 1);
  if (out.authority && out.path.empty()) out.path = "/";
  return out;
}

std::optional<std::string> ConversationExchange::header(const char* name) const {
  if (target_.authority && same_but_for_case(name, "Host")) return std::string(*target_.authority);
  const auto value = conversation_.head().field(name);
  if (!value) return std::nullopt;
  return std::string(*value);
}

bool ConversationExchange::make_room_for_tree(std::uint64_t bytes) {
  // The tree of a small body is small.
  if (conversation_.body_bytes() <= limits::http_small_body_bytes_max) return true;
  tree_share_.emplace(rooms_.trees.begin(bytes));
  return tree_share_->grow_to(bytes);
}

}  // namespace seed::rpc
