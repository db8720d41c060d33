// Request: an HttpExchange that a test fills in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "rpc/http/exchange.h"

namespace seed::rpc::test {

struct Request final : HttpExchange {
  std::string verb = "POST";
  std::string target = "/transmission/rpc";
  std::string asked;
  std::string address = "127.0.0.1";
  std::map<std::string, std::string> headers{{"Host", "localhost:9091"}};
  std::string body = "{}";
  bool body_read = false;
  std::optional<BodyFault> body_fault;
  int broken = 0;
  std::uint64_t tree_bytes_max = 1'000'000;

  Request() = default;
  Request(std::string with_verb, std::string with_target)
      : verb(std::move(with_verb)), target(std::move(with_target)) {}

  int fault() const override { return broken; }
  std::string_view method() const override { return verb; }
  std::string_view path() const override { return target; }
  std::string_view query_text() const override { return asked; }
  std::string_view peer() const override { return address; }
  std::optional<std::string> header(const char* name) const override {
    const auto found = headers.find(name);
    if (found == headers.end()) return std::nullopt;
    return found->second;
  }
  std::expected<std::string, BodyFault> read_body() override {
    body_read = true;
    if (body_fault) return std::unexpected(*body_fault);
    return body;
  }
  bool make_room_for_tree(std::uint64_t bytes) override { return bytes <= tree_bytes_max; }
};

inline std::string header_of(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return {};
}

}  // namespace seed::rpc::test
