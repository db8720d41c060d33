// SimHttp, SimResolver, SimGateway: the World's names, exchanges and router, scripted.
//
// Web says who answers under which name; one for all hosts. A server that gives no answer lets the
// exchange run into its timeout.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/io/gateway.h"
#include "core/io/http.h"
#include "core/io/resolver.h"
#include "tests/sim/engine/outage.h"
#include "tests/sim/engine/sim_host.h"

namespace seed::sim {

struct HttpAnswer {
  Duration after = 20ms;
  Result<io::HttpReply> reply;
  // Of open() alone.
  std::string content_range{};
  std::string retry_after{};
  std::uint64_t bytes_per_second = 0;      ///< 0: all of the body at once
  std::optional<std::size_t> cut_after{};  ///< octets, where the server goes away
};

/// The answer of a server that has `content` there and serves ranges.
HttpAnswer serve(const io::HttpRequest& request, Bytes content);

/// What is on the network besides peers.
struct Web {
  /// By "host:port" of the URL; nothing: it never answers.
  using Server =
      std::function<std::optional<HttpAnswer>(const io::HttpRequest&, const IpAddress& from)>;
  std::map<std::string, Server> servers;
  std::map<std::string, std::vector<IpAddress>> names;
};

class SimHttp final : public io::Http {
 public:
  SimHttp(SimHost& host, Web& web, Outage& outage) : host_(host), web_(web), outage_(outage) {}
  ~SimHttp() override { *alive_ = false; }
  HttpCallId get(io::HttpRequest request, Answer<io::HttpReply> answer) override;
  HttpCallId open(io::HttpRequest request, io::HttpStreamOwner& owner) override;
  void resume(HttpCallId id) override;
  void cancel(HttpCallId id) override { calls_.erase(id); }
  std::size_t under_way() const { return calls_.size(); }
  /// Those under way are answered with the outage's fault.
  void end_all();

 private:
  /// What is handed over at once, at most.
  static constexpr std::size_t part_bytes = 16 * 1024;

  struct Stream {
    io::HttpStreamOwner* owner = nullptr;
    HttpAnswer answer;
    std::size_t given = 0;  ///< octets of the body
    bool paused = false;
  };
  struct Call {
    Answer<io::HttpReply> answer;  ///< of get()
    std::optional<Stream> stream;  ///< of open()
  };
  HttpAnswer ask(const io::HttpRequest& request);
  void post(Duration after, HttpCallId id, void (SimHttp::*then)(HttpCallId));
  void tell_head(HttpCallId id);
  void tell_body(HttpCallId id);
  void end(HttpCallId id, Result<void> result);

  SimHost& host_;
  Web& web_;
  Outage& outage_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  SlotMap<Call, HttpCallTag> calls_;
};

class SimResolver final : public io::Resolver {
 public:
  SimResolver(SimHost& host, Web& web, Outage& outage) : host_(host), web_(web), outage_(outage) {}
  ~SimResolver() override { *alive_ = false; }
  LookupId resolve(const std::string& name, Answer<std::vector<IpAddress>> answer) override;
  void cancel(LookupId id) override { lookups_.erase(id); }
  void end_all();

 private:
  SimHost& host_;
  Web& web_;
  Outage& outage_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  SlotMap<Answer<std::vector<IpAddress>>, LookupTag> lookups_;
};

/// A host's router, of which its SimGateway tells: none, unless a scenario sets one.
struct SimRouter {
  std::optional<io::GatewayFacts> facts_v4;
  std::optional<io::GatewayFacts> facts_v6;
  /// By UPnP: what it answers to a mapping, and forgets of one. Nothing: it does not speak UPnP.
  std::function<Result<io::UpnpMapping>(const io::UpnpMapping&)> maps;
  std::function<void(const io::UpnpMapping&)> unmaps;
};

class SimGateway final : public io::Gateway {
 public:
  /// How long a router takes to answer a call, and to be searched for in vain.
  static constexpr Duration call_takes = 50ms;
  static constexpr Duration search_takes = 2s;

  SimGateway(SimHost& host, const SimRouter& router) : host_(host), router_(router) {}
  ~SimGateway() override { *alive_ = false; }

  void default_gateway(const io::GatewayQuery& query, Answer<io::GatewayFacts> answer) override;
  void upnp_map(const io::UpnpMapping& wanted, Answer<io::UpnpMapping> answer) override;
  void upnp_unmap(const io::UpnpMapping& mapping, Answer<void> answer) override;

 private:
  template <typename T>
  void answer_after(Duration delay, Answer<T> answer, Result<T> result);

  SimHost& host_;
  const SimRouter& router_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace seed::sim
