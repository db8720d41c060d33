#include "rpc/rpc.h"

#include <charconv>
#include <chrono>
#include <tuple>
#include <utility>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "rpc/audit.h"
#include "rpc/bridge.h"
#include "rpc/carry_out.h"
#include "rpc/event_streams.h"
#include "rpc/front.h"
#include "rpc/health.h"
#include "rpc/http/server.h"
#include "rpc/http/tls.h"
#include "rpc/http_counts.h"
#include "rpc/json_rpc.h"
#include "rpc/methods/free_space_memory.h"
#include "rpc/methods/token_text.h"
#include "rpc/metrics.h"
#include "rpc/web_files.h"

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
        probe_(mailbox, {probe_deadline, probe_deadline}),
        audit_(std::move(options.audit)),
        loop_(loop_side(options, session)),
        streams_(event_source()),
        front_(
            {settings_.rpc_url, session_id_, loop_.seedd_version}, settings_,
            [this](std::string_view body, const Caller& caller) { return answer(body, caller); },
            routes(), GateTools{.wall = loop_.wall, .tokens = loop_.tokens, .audit = audit_}),
        server_([this](HttpExchange& exchange) { return front_.serve(exchange); },
                [this](std::string_view peer) { return front_.knows(peer); }, HttpServer::Bounds(),
                [this](int status) { http_counts_.on_answer(status); }) {}

  Result<void> start() {
    if (!settings_.rpc_enabled) return {};
    remember_free_space(loop_);
    load_tokens();
    health_.hide_texts(settings_.rpc_authentication_required);
    loop_.session.on_change([this] {
      recent_stats_.on_change();
      streams_.on_change();
    });
    if (tls_files_.certificate.empty() != tls_files_.key.empty())
      return fail(FaultCode::not_found,
                  "rpc_tls_certificate and rpc_tls_key: one is set and the other is not");
    if (has_tls()) SEED_TRY_VOID(tls_.load(tls_files_));
    SEED_TRY_VOID(server_.start(
        {settings_.rpc_bind_address, settings_.rpc_port, mode_of(settings_.rpc_socket_mode)},
        has_tls() ? &tls_ : nullptr));
    log_.info(
        "listening",
        {{"address", settings_.rpc_bind_address}, {"port", server_.port()}, {"tls", has_tls()}});
    return {};
  }

  void reload_files() {
    if (!has_tls() || server_.port() == 0) return;
    if (const auto loaded = tls_.load(tls_files_); !loaded)
      log_.error("the certificate is as before", {{"why", loaded.error().text}});
    else
      log_.info("the certificate was read again", {{"file", tls_files_.certificate}});
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    loop_.session.on_change(nullptr);
    bridge_.close();
    probe_.close();
    front_.close();
    server_.stop();
    if (loop_.tokens->is_unsaved())
      keep_tokens(loop_.session, loop_.tokens, [](session::OrderResult<void>) {});
  }

  void on_settings(const config::Settings& settings) {
    settings_ = settings;
    front_.on_settings(settings);
    streams_.on_rules(front_.rules_number());
    health_.hide_texts(settings.rpc_authentication_required);
  }

  bool ended() const { return server_.ended(); }
  std::uint16_t port() const { return server_.port(); }
  const std::string& session_id() const { return session_id_; }

 private:
  LoopSide loop_side(RpcOptions& options, session::Session& session) {
    LoopSide out{.session = session,
                 .version = std::move(options.version),
                 .seedd_version = std::move(options.seedd_version),
                 .session_id = session_id_,
                 .close_daemon = std::move(options.close_daemon),
                 .overruled = std::move(options.overruled)};
    out.settings_changed = [this, changed = std::move(options.settings_changed)](
                               const config::SavedSettings& saved,
                               const config::Settings& settings) {
      on_settings(settings);
      if (changed) changed(saved, settings);
    };
    out.config_folders = std::move(options.config_folders);
    out.in_force = std::move(options.in_force);
    out.forget = std::move(options.forget);
    out.program_facts = std::move(options.program_facts);
    out.make_secret = std::move(options.make_secret);
    out.wall = std::move(options.wall);
    return out;
  }

  void load_tokens() {
    const Buffer* record = loop_.session.kept(tokens_row);
    if (record == nullptr) return;
    std::size_t left_out = 0;
    auto tokens = parse_tokens(*record, &left_out);
    if (!tokens) return log_.error("the tokens cannot be read: none is known", {});
    if (left_out > 0)
      log_.error("tokens that cannot be read are left out, and gone when tokens are saved again",
                 {{"tokens", left_out}});
    loop_.tokens->load(*std::move(tokens));
  }
  bool has_tls() const { return !tls_files_.key.empty(); }

  EventSource event_source() {
    return {
        .bridge = bridge_,
        .changes = changes_,
        .mirror = mirror_,
        .sequence = [this] { return loop_.session.sequence(); },
        .events_since = [this](std::uint64_t after) { return loop_.session.events_since(after); },
        .list =
            [this](const session::ListQuery& query,
                   session::OrderAnswer<session::ListReply> answer) {
              loop_.session.list(query, std::move(answer));
            },
        .admits =
            [this](const Sha256& token) { return loop_.tokens->admits(token, loop_.wall()); }};
  }

  /// Whoever asks for anything has what nobody asks for given up.
  void forget_if_idle() {
    const auto now = std::chrono::steady_clock::now();
    changes_.forget_if_idle(now);
    mirror_.forget_if_idle(now);
  }

  /// On an HTTP thread.
  RpcAnswer answer(std::string_view body, const Caller& caller) {
    forget_if_idle();
    return answer_request(body, caller, [this](const Method& method, const Params& params) {
      auto& times = call_times_.of(method.name);
      const Stopwatch watch(&times.calls);
      const CallContext context{bridge_, loop_,         params.caller(), changes_,
                                mirror_, recent_stats_, &times.loop};
      auto outcome =
          carry_out(method, params, [&] { return method.call(params, context); }, audit_);
      // Who has changed something sees that it has, though the loop's turn is not over yet.
      if (method.scope != Scope::read) recent_stats_.on_change();
      if (!outcome) times.errors.fetch_add(1, std::memory_order_relaxed);
      return outcome;
    });
  }

  /// What is answered beside the RPC.
  std::vector<Route> routes() {
    std::vector<Route> out;
    out.push_back(web_route(settings_.rpc_url + "web/", settings_.rpc_web_dir));
    out.push_back({.path = "/events",
                   .method = "GET",
                   .scope = Scope::read,
                   .labelled = true,
                   .handler = [this](HttpExchange& exchange, const Caller& caller) {
                     return streams_.serve(exchange, caller);
                   }});
    out.push_back({.path = "/metrics",
                   .method = "GET",
                   .scope = Scope::read,
                   .handler = [this](HttpExchange& exchange, const Caller&) {
                     forget_if_idle();
                     http_counts_.event_streams = streams_.open();
                     return metrics_.serve(exchange);
                   }});
    out.push_back({.path = "/healthz",
                   .method = "GET",
                   .login = false,
                   .scope = std::nullopt,
                   .handler = [this](HttpExchange&, const Caller&) {
                     forget_if_idle();
                     return health_.serve_alive();
                   }});
    out.push_back({.path = "/readyz",
                   .method = "GET",
                   .login = false,
                   .scope = std::nullopt,
                   .handler = [this](HttpExchange&, const Caller&) {
                     forget_if_idle();
                     return health_.serve_ready();
                   }});
    return out;
  }

  config::Settings settings_;
  const std::string session_id_;
  log::Logger log_;
  Bridge bridge_;
  /// For those that tell whether the loop still answers.
  Bridge probe_;
  Changes changes_;
  Mirror mirror_;
  Recent<session::SessionStats> recent_stats_;
  const Audit audit_;
  LoopSide loop_;
  EventStreams streams_;
  CallTimes call_times_;
  HttpCounts http_counts_;
  Metrics metrics_{probe_, loop_, call_times_, http_counts_};
  Health health_{probe_, loop_};
  Front front_;
  const Tls::Files tls_files_{settings_.rpc_tls_certificate, settings_.rpc_tls_key};
  Tls tls_;
  HttpServer server_;
  bool stopped_ = false;
};

Rpc::Rpc(RpcOptions options, session::Session& session, io::Mailbox& mailbox, log::Logger log)
    : impl_(std::make_unique<Impl>(std::move(options), session, mailbox, std::move(log))) {}
Rpc::~Rpc() {
  stop();
  // What a thread that hangs uses stays with it.
  if (!impl_->ended()) (void)impl_.release();
}

Result<void> Rpc::start() { return impl_->start(); }
void Rpc::stop() { impl_->stop(); }
bool Rpc::ended() const { return impl_->ended(); }
void Rpc::on_settings(const config::Settings& settings) { impl_->on_settings(settings); }
void Rpc::reload_files() { impl_->reload_files(); }
std::uint16_t Rpc::port() const { return impl_->port(); }
const std::string& Rpc::session_id() const { return impl_->session_id(); }

}  // namespace seed::rpc
