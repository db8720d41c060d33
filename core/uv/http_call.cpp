#include "core/uv/http_call.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "core/base/ascii.h"
#include "core/base/url.h"
#include "core/uv/sockets.h"

namespace seed::uv {
namespace {

/// A line that stays one line: no control characters (RFC 9110, section 5.5).
bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && octet != '\t') || octet == 0x7f;
  });
}

/// A Transfer-Encoding that compresses, which libcurl would undo on the loop though nobody asked
/// for it (RFC 9112, section 7.4).
bool is_compressed_transfer(std::string_view line) {
  std::string small(line);
  for (char& c : small) c = ascii_lower(c);
  if (!small.starts_with("transfer-encoding:")) return false;
  return small.find("gzip") != small.npos || small.find("deflate") != small.npos ||
         small.find("compress") != small.npos || small.find("br") != small.npos ||
         small.find("zstd") != small.npos;
}

FaultCode code_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return FaultCode::timed_out;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_PROXY:
      return FaultCode::unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED:
      return FaultCode::refused;
    case CURLE_FILESIZE_EXCEEDED:
      return FaultCode::too_large;
    case CURLE_OUT_OF_MEMORY:
      return FaultCode::out_of_resources;
    default:
      return FaultCode::malformed;
  }
}

}  // namespace

curl_socket_t HttpSockets::add(Descriptor socket, const IpAddress& remote) {
  const auto& made = made_.emplace_back(new Made(*this, std::move(socket)));
  made->tie.tie_way(uplink_, remote);
  return made->socket.get();
}

int HttpSockets::on_close(void* self, curl_socket_t socket) {
  std::erase_if(static_cast<HttpSockets*>(self)->made_,
                [&](const auto& made) { return made->socket.get() == socket; });
  return 0;
}

void HttpSockets::on_cut(void* context) {
  const auto& made = *static_cast<const Made*>(context);
  made.all.uplink_->silence(made.socket.get());
  made.all.cut_(made.all.context_);
}

HttpCall& HttpCall::of(CURL* easy) {
  char* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *reinterpret_cast<HttpCall*>(self);
}

Result<std::string> HttpCall::host() const {
  SEED_TRY(const Url url, Url::parse(request_.url));
  // Any other name is for the proxy to look up.
  return request_.proxy ? request_.proxy->host : url.host;
}

Result<void> HttpCall::prepare(const std::string& ca_bundle,
                               const std::vector<IpAddress>* addresses) {
  SEED_TRY(const Url url, Url::parse(request_.url));
  host_ = url.host;
  if (url.scheme != "http" && url.scheme != "https")
    return fail(FaultCode::malformed, fmt::format("{}: neither http nor https", host_));
  if (!request_.sources.v4 && !request_.sources.v6)
    return fail(FaultCode::unreachable,
                fmt::format("{}: neither IPv4 nor IPv6 has a bind address", host_));
  const Instant now = Loop::now();
  if (!until_ || streams()) until_ = now + request_.timeout;
  if (*until_ <= now) return fail(FaultCode::timed_out, fmt::format("{}: timed out", host_));
  easy_.reset(curl_easy_init());
  if (easy_ == nullptr) return fail(FaultCode::out_of_resources, "no memory for an HTTP call");
  SEED_TRY_VOID(add_headers());
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message_.data());
  if (!ca_bundle.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_bundle.c_str());
  set_bounds();
  set_connection();
  own_redirects_ = addresses != nullptr;
  if (addresses != nullptr) return give_addresses(url, *addresses);
  return {};
}

/// The one name that this exchange needs, however libcurl spells it, and none else.
Result<void> HttpCall::give_addresses(const Url& url, const std::vector<IpAddress>& addresses) {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  std::string list;
  for (const IpAddress& address : addresses)
    if ((address.is_v4() ? request_.sources.v4 : request_.sources.v6).has_value() &&
        uplink->facts().has(address))
      list += (list.empty() ? "" : ",") +
              (address.is_v4() ? address.to_string() : "[" + address.to_string() + "]");
  if (list.empty())
    return fail(FaultCode::unreachable, fmt::format("{}: no address that may be used", host_));
  const int own_port = url.port != 0 ? url.port : url.scheme == "https" ? 443 : 80;
  const int port = request_.proxy ? request_.proxy->port : own_port;
  names_.reset(curl_slist_append(nullptr, fmt::format("*:{}:{}", port, list).c_str()));
  // Else all exchanges would have these addresses for every name.
  share_.reset(curl_share_init());
  if (names_ == nullptr || share_ == nullptr)
    return fail(FaultCode::out_of_resources, "no memory for an HTTP call");
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_easy_setopt(easy, CURLOPT_SHARE, share_.get());
  curl_easy_setopt(easy, CURLOPT_RESOLVE, names_.get());
  // Whatever else libcurl would look up: it does not.
  curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, +[](void*, void*, void*) { return 1; });
  // Sources alone do not tell of kept connections which way they go.
  if (uplink->facts().by_source_only) curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  return {};
}

Result<void> HttpCall::add_headers() {
  if (!is_line(request_.user_agent))
    return fail(FaultCode::malformed, "a control character in the user agent");
  auto headers = request_.headers;
  // CURLOPT_ACCEPT_ENCODING has libcurl decode, whatever it asks for.
  if (!decodes()) headers.emplace_back("Accept-Encoding", "identity");
  if (const auto& range = request_.range)
    headers.emplace_back("Range", fmt::format("bytes={}-{}", range->first, range->last));
  for (const auto& [name, value] : headers) {
    if (name.empty() || !is_line(name) || !is_line(value))
      return fail(FaultCode::malformed, fmt::format("{}: a header that cannot be sent", host_));
    // libcurl's way to say that a header has no value.
    const std::string line =
        value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value);
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return fail(FaultCode::out_of_resources, "no memory for headers");
    [[maybe_unused]] const curl_slist* const same = headers_.release();
    headers_.reset(longer);
  }
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  if (!request_.user_agent.empty())
    curl_easy_setopt(easy_.get(), CURLOPT_USERAGENT, request_.user_agent.c_str());
  return {};
}

void HttpCall::set_times() {
  CURL* const easy = easy_.get();
  const auto milliseconds = std::max<std::int64_t>(
      std::chrono::ceil<std::chrono::milliseconds>(*until_ - Loop::now()).count(), 1);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(milliseconds));
  if (!streams()) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds));
    return;
  }
  // Less than one octet a second, over five of them; not while it is paused.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(request_.idle_max).count();
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, std::max(static_cast<long>(seconds), 1L));
}

void HttpCall::set_bounds() {
  CURL* const easy = easy_.get();
  set_times();
  // The announced length; on_body counts what really comes. Who takes it as it comes may want the
  // beginning of what is longer.
  if (!streams())
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.body_bytes_max));
  else
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(held_bytes_max));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpCall::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpCall::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, static_cast<long>(request_.redirects_max));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
}

void HttpCall::set_connection() {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Else giving up a call whose name is still being looked up waits for the lookup.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  set_proxy();
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (decodes()) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  // The first is asked for each new connection, the second also for one that is used again.
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpCall::on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &HttpSockets::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &HttpCall::on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  const auto& [v4, v6] = request_.sources;
  if (v4 && v6) return;
  curl_easy_setopt(easy, CURLOPT_IPRESOLVE,
                   static_cast<long>(v4 ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_V6));
}

void HttpCall::set_proxy() {
  CURL* const easy = easy_.get();
  // Proxies of the environment would see what the checks below are for, and what it excepts from
  // them would go past ours.
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  const auto& proxy = request_.proxy;
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy->host_and_port().c_str() : "");
  if (!proxy) return;
  const bool socks = proxy->kind == ProxyUrl::Kind::socks5;
  curl_easy_setopt(easy, CURLOPT_PROXYTYPE,
                   static_cast<long>(socks ? CURLPROXY_SOCKS5_HOSTNAME : CURLPROXY_HTTP));
  // What the proxy says of itself is not the server's answer.
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (proxy->user.empty()) return;
  curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy->user.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy->password.c_str());
}

/// CURLOPT_INTERFACE has one address for both families; here each has its own.
bool HttpCall::bind_source(int descriptor, const IpAddress& remote) {
  const auto& wanted = remote.is_v4() ? request_.sources.v4 : request_.sources.v6;
  if (!wanted) return false;
  auto source = hold(uplink, descriptor, *wanted);
  if (source && uplink != nullptr)
    if (auto way = uplink->check_way(remote); !way) source = std::unexpected(way.error());
  if (!source) {
    if (const auto* tied = std::get_if<Tied>(&tied_); tied == nullptr || *tied == Tied::none)
      tied_ = std::move(source).error();
    return false;
  }
  tied_ = Tied::one;
  if (source->is_unspecified()) return true;
  // The port is chosen at connect, so that many connections may share one.
  set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  const SocketAddress from({*source, 0});
  return ::bind(descriptor, from.get(), from.size()) == 0;
}

/// A kept connection may be one of before the bind address was changed.
bool HttpCall::from_source(const IpAddress& local) const {
  const auto& source = local.is_v4() ? request_.sources.v4 : request_.sources.v6;
  return source && (source->is_unspecified() || *source == local);
}

std::size_t HttpCall::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& call = *static_cast<HttpCall*>(self);
  const Bytes part = as_bytes({data, size * count});
  return call.streams() ? call.keep(part) : call.gather(part);
}

std::size_t HttpCall::gather(Bytes part) {
  if (part.size() > request_.body_bytes_max - reply_.body.size()) {
    body_too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  make_room(part.size());
  reply_.body.insert(reply_.body.end(), part.begin(), part.end());
  return part.size();
}

/// What was announced at once, else twice as much each time, and never more than the bound.
void HttpCall::make_room(std::size_t bytes) {
  Buffer& body = reply_.body;
  const std::size_t needed = body.size() + bytes;
  if (needed <= body.capacity()) return;
  curl_off_t announced = -1;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  const std::size_t wanted =
      std::max(2 * body.capacity(), static_cast<std::size_t>(std::max<curl_off_t>(announced, 0)));
  body.reserve(std::clamp(wanted, needed, request_.body_bytes_max));
}

std::size_t HttpCall::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& call = *static_cast<HttpCall*>(self);
  const std::size_t bytes = size * count;
  call.header_bytes_ += bytes;
  call.header_too_large_ = call.header_bytes_ > header_bytes_max;
  call.compressed_transfer_ = is_compressed_transfer({data, bytes});
  if (call.streams()) call.note_header({data, bytes});
  return call.header_too_large_ || call.compressed_transfer_ ? CURL_WRITEFUNC_ERROR : bytes;
}

/// Of several addresses of a name one that may be asked is the one whose fault is told.
bool HttpCall::may_open(const IpAddress& remote) {
  if (request_.private_addresses_allowed || request_.proxy || filter_(remote)) {
    allowed_tried_ = true;
    refusal_ = Refusal::none;
    return true;
  }
  if (!allowed_tried_) refusal_ = Refusal::private_address;
  return false;
}

/// A connection to one of our own public addresses comes from that address.
bool HttpCall::may_ask(const IpAddress& remote, const IpAddress& local) {
  allowed_tried_ = false;
  refusal_ = Refusal::none;
  if (request_.private_addresses_allowed) return true;
  if (request_.proxy) return may_ask_proxy();
  if (!filter_(remote))
    refusal_ = Refusal::private_address;
  else if (remote == local)
    refusal_ = Refusal::own_address;
  return refusal_ == Refusal::none;
}

/// As far as that can be told of what somebody else resolves.
bool HttpCall::is_public_host(const std::string& host) const {
  if (const auto literal = IpAddress::parse(host)) return filter_(*literal);
  if (host == "localhost" || host.ends_with(".localhost")) return false;
  // "127.1" and "0x7f000001" are addresses too, for who reads them as C does.
  const std::string_view last = std::string_view(host).substr(host.rfind('.') + 1);
  return last.starts_with("0x") ? false : last.find_first_not_of("0123456789") != last.npos;
}

/// Whom the proxy is to ask for us, by the URL that a redirect may have changed.
bool HttpCall::may_ask_proxy() {
  const char* text = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &text);
  const auto url = Url::parse(text != nullptr ? text : "");
  if (!url || !is_public_host(url->host)) refusal_ = Refusal::private_address;
  return refusal_ == Refusal::none;
}

curl_socket_t HttpCall::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  const Endpoint to = endpoint_of(&address->addr);
  auto& call = *static_cast<HttpCall*>(self);
  if (!call.may_open(to.address)) return CURL_SOCKET_BAD;
  Descriptor made(::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol));
  if (!made.ok() || !call.bind_source(made.get(), to.address)) return CURL_SOCKET_BAD;
  return call.sockets->add(std::move(made), to.address);
}

int HttpCall::on_connected(void* self, char* remote, char* local, int, int) {
  auto& call = *static_cast<HttpCall*>(self);
  call.tied_ = Tied::none;
  const auto to = IpAddress::parse(remote);
  const auto from = IpAddress::parse(local);
  if (!to || !from || !call.may_ask(*to, *from)) return CURL_PREREQFUNC_ABORT;
  const bool fine = call.from_source(*from);
  call.wrong_source_ = !fine;
  return fine ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

Result<io::HttpReply> HttpCall::finish(CURLcode code) {
  led_on_ = false;
  if (code != CURLE_OK) return std::unexpected(fault_of(code));
  CURL* const easy = easy_.get();
  if (is_redirect()) {
    const char* redirect = nullptr;
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &redirect);
    SEED_TRY(led_on_, follow(redirect));
    return io::HttpReply();
  }
  if (proxy_refuses()) return std::unexpected(fault_of(CURLE_LOGIN_DENIED));
  if (streams()) {
    if (!head_made_) make_head();
    return io::HttpReply();
  }
  long status = 0;
  const char* content_type = nullptr;
  const char* url = nullptr;
  const char* remote = nullptr;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
  curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &remote);
  reply_.status = static_cast<int>(status);
  if (content_type != nullptr) reply_.content_type = content_type;
  if (url != nullptr) reply_.final_url = url;
  if (remote != nullptr) reply_.remote = IpAddress::parse(remote).value_or(IpAddress{});
  return std::move(reply_);
}

/// As libcurl does it: for GET, which all of these are, each kind of redirect is the same.
Result<bool> HttpCall::follow(const char* to) {
  if (request_.redirects_max-- <= 0)
    return fail(FaultCode::malformed, fmt::format("{}: too many redirects", host_));
  SEED_TRY(const Url next, Url::parse(to));
  // Who one host is told to know is not another's business.
  if (next.host != host_)
    std::erase_if(request_.headers, [](const auto& header) {
      return same_but_for_case(header.first, "authorization") ||
             same_but_for_case(header.first, "cookie");
    });
  request_.url = to;
  reply_ = {};
  tied_ = Tied::none;
  header_bytes_ = 0;
  body_bytes_ = 0;
  headers_.reset();
  return true;
}

Fault HttpCall::fault_of(CURLcode code) const {
  if (proxy_refuses())
    return {FaultCode::permission, 0,
            fmt::format("{}: the proxy {} does not take the login", host_,
                        request_.proxy->host_and_port())};
  if (refusal_ != Refusal::none)
    return {FaultCode::permission, 0,
            fmt::format("{}: leads to {}", host_,
                        refusal_ == Refusal::own_address ? "this host's own address"
                                                         : "a private address")};
  if (body_too_large_ || code == CURLE_FILESIZE_EXCEEDED)
    return {FaultCode::too_large, 0,
            fmt::format("{}: the answer has more than {} octets", host_, request_.body_bytes_max)};
  if (header_too_large_)
    return {FaultCode::too_large, 0, fmt::format("{}: too many header lines", host_)};
  if (compressed_transfer_)
    return {FaultCode::malformed, 0,
            fmt::format("{}: compressed in a way that was not asked for", host_)};
  if (const auto* why = std::get_if<Fault>(&tied_))
    return {why->code, why->system_error, fmt::format("{}: {}", host_, why->text)};
  if (wrong_source_)
    return {FaultCode::unreachable, 0, fmt::format("{}: the bind address has changed", host_)};
  long system_error = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &system_error);
  Fault out{code_of(code), static_cast<int>(system_error), {}};
  if (code == CURLE_COULDNT_CONNECT && system_error == ECONNREFUSED) out.code = FaultCode::refused;
  const char* const said = message_[0] != '\0' ? message_.data() : curl_easy_strerror(code);
  out.text = request_.proxy ? fmt::format("{}: through the proxy {}: {}", host_,
                                          request_.proxy->host_and_port(), said)
                            : fmt::format("{}: {}", host_, said);
  return out;
}

}  // namespace seed::uv
