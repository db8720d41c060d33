// RoutedHttp: io::Http whose exchanges go through the proxy that is set, and none past it.
//
// Another proxy, or none: what is under way begins anew, by the new way. So an exchange may reach a
// server twice, as it may when a connection is lost. One that is handed over as it comes ends
// instead, Fault cut_off: its owner knows what it has had.
#pragma once

#include <memory>
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
  HttpCallId open(io::HttpRequest request, io::HttpStreamOwner& owner) override;
  void resume(HttpCallId id) override;
  void cancel(HttpCallId id) override;

 private:
  /// Hears of an exchange until it ends, and passes it on.
  struct Stream final : io::HttpStreamOwner {
    Stream(RoutedHttp& of, io::HttpStreamOwner& to) : all(of), owner(to) {}
    void on_head(const io::HttpHead& head) override { owner.on_head(head); }
    std::size_t may_read() override { return owner.may_read(); }
    void on_body(Bytes part) override { owner.on_body(part); }
    void on_end(Result<void> result) override;
    RoutedHttp& all;
    io::HttpStreamOwner& owner;
    HttpCallId id;
  };
  struct Call {
    io::HttpRequest request;  ///< of get()
    Answer<io::HttpReply> answer;
    HttpCallId there;  ///< as http_ knows it
    std::unique_ptr<Stream> stream;
  };
  void begin(HttpCallId id, Call& call);

  io::Http& http_;
  std::optional<ProxyUrl> proxy_;
  SlotMap<Call, HttpCallTag> calls_;
};

}  // namespace seed::proxy
