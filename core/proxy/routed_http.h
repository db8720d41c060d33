// RoutedHttp: io::Http whose exchanges go through the proxy that is set, and none past it.
//
// Another proxy, or none: what is under way begins anew, by the new way. So an exchange may reach a
// server twice, as it may when a connection is lost.
#pragma once

#include <optional>

#include "core/io/http.h"

namespace seed::proxy {

class RoutedHttp final : public io::Http {
 public:
  /// It outlives this.
  explicit RoutedHttp(io::Http& http) : http_(http) {}
  ~RoutedHttp() override;

  /// Holds for what is under way too.
  void set(const std::optional<ProxyUrl>& proxy);

  HttpCallId get(io::HttpRequest request, Answer<io::HttpReply> answer) override;
  void cancel(HttpCallId id) override;

 private:
  struct Call {
    io::HttpRequest request;
    Answer<io::HttpReply> answer;
    HttpCallId there;  ///< as http_ knows it
  };
  void begin(HttpCallId id, Call& call);

  io::Http& http_;
  std::optional<ProxyUrl> proxy_;
  SlotMap<Call, HttpCallTag> calls_;
};

}  // namespace seed::proxy
