#include "rpc/http/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>
#include <string_view>
#include <utility>

namespace seed::rpc {

namespace {

/// How long a client may go on with the keys it has (RFC 8446, section 4.6.1: seven days at most).
constexpr long session_seconds_max = 3600;
/// The first octet of a handshake (RFC 8446, section 5.1); no request begins with it.
constexpr char handshake_record = 0x16;
/// Those that ask for a protocol that we do not speak are told so (RFC 7301).
constexpr std::string_view protocol = "http/1.1";

constexpr std::string_view plain_answer =
    "HTTP/1.1 400 Bad Request\r\nServer: Transmission\r\nConnection: close\r\n"
    "Content-Type: text/html; charset=UTF-8\r\nContent-Length: 87\r\n\r\n"
    "<h1>400: Bad Request</h1><p>This port speaks HTTPS: begin the address with https.</p>\r\n";
static_assert(plain_answer.size() - plain_answer.find("\r\n\r\n") - 4 == 87);

/// The first of OpenSSL's complaints.
std::string complaint() {
  const auto code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "not understood" : reason;
}

/// Nobody is there to be asked.
int no_password(char*, int, int, void*) { return 0; }

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  for (unsigned int at = 0; at < in_size; at += 1u + in[at]) {
    const std::string_view offered(reinterpret_cast<const char*>(in + at + 1), in[at]);
    if (offered != protocol) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(int socket, SSL_CTX& context) : socket_(socket), ssl_(SSL_new(&context)) {
    if (ssl_ == nullptr || SSL_set_fd(ssl_, socket) != 1) {
      SSL_free(ssl_);
      throw std::bad_alloc();
    }
    SSL_set_accept_state(ssl_);
  }
  ~TlsTransport() override { SSL_free(ssl_); }
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  IoNeed hand_shake() override {
    if (!speaks_tls_) {
      char first = 0;
      const ssize_t got = ::recv(socket_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return IoNeed::readable;
      if (got <= 0) return IoNeed::gone;
      if (first != handshake_record) return refuse_plain();
      speaks_tls_ = true;
    }
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    return done == 1 ? IoNeed::nothing : need_after(done);
  }

  Moved receive(char* to, std::size_t size) override {
    std::size_t got = 0;
    ERR_clear_error();
    const int done = SSL_read_ex(ssl_, to, size, &got);
    return done == 1 ? Moved{got} : Moved{0, need_after(done)};
  }

  Moved send(std::string_view from) override {
    std::size_t sent = 0;
    ERR_clear_error();
    const int done = SSL_write_ex(ssl_, from.data(), from.size(), &sent);
    return done == 1 ? Moved{sent} : Moved{0, need_after(done)};
  }

  std::size_t come() const override {
    int in_kernel = 0;
    if (::ioctl(socket_, FIONREAD, &in_kernel) != 0) in_kernel = 0;
    return static_cast<std::size_t>(SSL_pending(ssl_)) + static_cast<std::size_t>(in_kernel);
  }

  void finish() override {
    ERR_clear_error();
    if (!failed_) SSL_shutdown(ssl_);
    ::shutdown(socket_, SHUT_WR);
  }

 private:
  IoNeed need_after(int done) {
    switch (SSL_get_error(ssl_, done)) {
      case SSL_ERROR_WANT_READ:
        return IoNeed::readable;
      case SSL_ERROR_WANT_WRITE:
        return IoNeed::writable;
      default:
        failed_ = true;
        ERR_clear_error();
        return IoNeed::gone;
    }
  }

  /// What has come is read, or the close would be a reset and cost the client the answer.
  IoNeed refuse_plain() const {
    ::send(socket_, plain_answer.data(), plain_answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(socket_, SHUT_WR);
    std::array<char, 4096> rest;
    for (int i = 0; i < 16 && ::recv(socket_, rest.data(), rest.size(), MSG_DONTWAIT) > 0; ++i)
      continue;
    return IoNeed::gone;
  }

  const int socket_;
  SSL* const ssl_;
  bool speaks_tls_ = false;
  bool failed_ = false;
};

}  // namespace

Result<void> Tls::load(const Files& files) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr)
    return fail(FaultCode::out_of_resources, "cannot use TLS: " + complaint());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  // Of records without octets for us, as updates of keys are, one is read in one go: who sends them
  // on and on keeps nobody waiting. What more has come the socket tells again.
  SSL_CTX_clear_mode(raw, SSL_MODE_AUTO_RETRY);
  // Tickets carry what is to be gone on with; nothing is kept here for clients that do not come
  // back.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  constexpr std::string_view name = "seedd";
  SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(name.data()),
                                 name.size());
  SSL_CTX_set_timeout(raw, session_seconds_max);
  SSL_CTX_set_alpn_select_cb(raw, &choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(raw, &no_password);
  const auto complain = [](std::string_view setting, const std::string& path) {
    return fail(FaultCode::malformed,
                fmt::format("cannot use {} {}: {}", setting, path, complaint()));
  };
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
    return complain("rpc_tls_certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1)
    return complain("rpc_tls_key", files.key);
  const std::lock_guard lock(mutex_);
  context_.swap(context);
  return {};
}

void Tls::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::unique_ptr<Transport> Tls::transport(int socket) const {
  const std::lock_guard lock(mutex_);
  return std::make_unique<TlsTransport>(socket, *context_);
}

}  // namespace seed::rpc
