// ConversationExchange: the request that a conversation was asked, as the front sees it. Knows no
// sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/http/conversation.h"
#include "rpc/http/exchange.h"

namespace seed::rpc {

/// A request's target without what is not the path's (RFC 9112, section 3.2).
struct TargetParts {
  /// Of "http://host:1/path" "host:1", which stands for the field Host: clients that take the
  /// server for a proxy ask so. Nothing when it is not named.
  std::optional<std::string_view> authority;
  std::string_view path;   ///< "/" when there is none behind an authority
  std::string_view query;  ///< without its ?
};
TargetParts take_apart(std::string_view target);

class ConversationExchange final : public HttpExchange {
 public:
  /// While `conversation` is asked, which outlives it, as do the rooms and the peer's address.
  /// `fault`: of what went wrong on our side; 0 if nothing.
  ConversationExchange(HttpConversation& conversation, HttpRooms& rooms, std::string_view peer,
                       int fault = 0)
      : conversation_(conversation),
        rooms_(rooms),
        peer_(peer),
        fault_(fault),
        target_(take_apart(conversation.head().target())) {}

  int fault() const override { return fault_ != 0 ? fault_ : conversation_.fault(); }
  std::string_view method() const override { return conversation_.head().method(); }
  std::string_view path() const override { return target_.path; }
  std::string_view query_text() const override { return target_.query; }
  std::string_view peer() const override { return peer_; }
  std::optional<std::string> header(const char* name) const override;
  std::expected<std::string, BodyFault> read_body() override { return conversation_.take_body(); }
  bool make_room_for_tree(std::uint64_t bytes) override;

 private:
  HttpConversation& conversation_;
  HttpRooms& rooms_;
  const std::string_view peer_;
  const int fault_;
  const TargetParts target_;
  std::optional<BodyRoom::Share> tree_share_;
};

}  // namespace seed::rpc
