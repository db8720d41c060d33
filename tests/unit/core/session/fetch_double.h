// FetchDouble: io::Http that answers what the test says.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "core/io/http.h"
#include "tests/support/catch.h"

namespace seed::session::test {

class FetchDouble final : public io::Http {
 public:
  HttpCallId get(io::HttpRequest request, Answer<io::HttpReply> answer) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(answer));
    return {static_cast<std::uint32_t>(requests.size()), 1};
  }
  HttpCallId open(io::HttpRequest, io::HttpStreamOwner&) override { return {}; }
  void resume(HttpCallId) override {}
  void cancel(HttpCallId call) override { cancelled.push_back(call.slot); }
  std::vector<io::HttpRequest> requests;
  std::vector<std::uint32_t> cancelled;  ///< which of them, from 1
  std::vector<Answer<io::HttpReply>> answers;
};

inline io::HttpReply reply_of(int status, std::string_view body) {
  io::HttpReply reply;
  reply.status = status;
  reply.body = to_buffer(body);
  return reply;
}

}  // namespace seed::session::test
