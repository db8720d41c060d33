#include "rpc/rpc.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "rpc/bridge.h"
#include "rpc/event_streams.h"
#include "rpc/front.h"
#include "rpc/http_server.h"
#include "rpc/json_rpc.h"
#include "rpc/methods/free_space_memory.h"

namespace seed::rpc {

namespace {

/// Letters and digits, as long as Transmission's (rpc-contract, section 1.3).
std::string session_id_of(Bytes secret) {
  constexpr std::size_t session_id_size = 48;
  SEED_CHECK(secret.size() >= secret_bytes);
  return sha256(secret).hex().substr(0, session_id_size);
}

std::uint32_t mode_of(const std::string& octal) {
  std::uint32_t out = 0;
  std::from_chars(octal.data(), octal.data() + octal.size(), out, 8);
  return out;
}

}  // namespace

class Rpc::Impl {
 public:
  Impl(RpcOptions options, session::Session& session, io::Mailbox& mailbox, log::Logger log)
      : settings_(std::move(options.settings)),
        session_id_(session_id_of(options.secret)),
        log_(std::move(log)),
        bridge_(mailbox),
        loop_{session,
              std::move(options.version),
              std::move(options.seedd_version),
              session_id_,
              std::move(options.close_daemon),
              std::move(options.overruled),
              std::move(options.in_force),
              std::move(options.forget),
              [this, changed = std::move(options.settings_changed)](
                  const config::SavedSettings& saved, const config::Settings& settings) {
                on_settings(settings);
                if (changed) changed(saved, settings);
              }},
        streams_(bridge_, loop_, changes_),
        front_(
            {settings_.rpc_url, session_id_, loop_.seedd_version}, settings_,
            [this](std::string_view body, const Caller& caller) { return answer(body, caller); },
            routes()),
        server_([this](HttpExchange& exchange) { return front_.serve(exchange); },
                [this](std::string_view peer) { return front_.knows(peer); }) {}

  Result<void> start() {
    if (!settings_.rpc_enabled) return {};
    remember_free_space(loop_);
    loop_.session.on_change([this] { streams_.on_change(); });
    SEED_TRY_VOID(server_.start(
        {settings_.rpc_bind_address, settings_.rpc_port, mode_of(settings_.rpc_socket_mode)}));
    log_.info("listening", {{"address", settings_.rpc_bind_address}, {"port", server_.port()}});
    return {};
  }

  void stop() {
    loop_.session.on_change(nullptr);
    bridge_.close();
    front_.close();
    server_.stop();
  }

  void on_settings(const config::Settings& settings) {
    settings_ = settings;
    front_.on_settings(settings);
  }

  std::uint16_t port() const { return server_.port(); }
  const std::string& session_id() const { return session_id_; }

 private:
  /// On an HTTP thread.
  RpcAnswer answer(std::string_view body, const Caller& caller) {
    changes_.forget_if_idle(std::chrono::steady_clock::now());
    return answer_request(body, caller, [this](const Method& method, const Params& params) {
      return method.call(params, {bridge_, loop_, params.caller(), changes_});
    });
  }

  /// What is answered beside the RPC.
  std::vector<Route> routes() {
    return {{.path = "/events",
             .method = "GET",
             .scope = Scope::read,
             .handler = [this](HttpExchange& exchange, const Caller& caller) {
               return streams_.serve(exchange, caller);
             }}};
  }

  config::Settings settings_;
  const std::string session_id_;
  log::Logger log_;
  Bridge bridge_;
  Changes changes_;
  LoopSide loop_;
  EventStreams streams_;
  Front front_;
  HttpServer server_;
};

Rpc::Rpc(RpcOptions options, session::Session& session, io::Mailbox& mailbox, log::Logger log)
    : impl_(std::make_unique<Impl>(std::move(options), session, mailbox, std::move(log))) {}
Rpc::~Rpc() { stop(); }

Result<void> Rpc::start() { return impl_->start(); }
void Rpc::stop() { impl_->stop(); }
void Rpc::on_settings(const config::Settings& settings) { impl_->on_settings(settings); }
std::uint16_t Rpc::port() const { return impl_->port(); }
const std::string& Rpc::session_id() const { return impl_->session_id(); }

}  // namespace seed::rpc
