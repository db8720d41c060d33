#include "core/socks/negotiation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace seed::socks {
namespace {

constexpr std::uint8_t version = 5;
/// RFC 1929, 2: of the login's own exchange.
constexpr std::uint8_t login_version = 1;
/// RFC 1928, 3.
constexpr std::uint8_t method_none = 0;
constexpr std::uint8_t method_login = 2;
constexpr std::uint8_t method_unacceptable = 0xff;
/// RFC 1928, 6: version and outcome; then a reserved octet and the address.
constexpr std::size_t status_bytes = 2;
constexpr std::size_t address_head_bytes = 3;

struct Outcome {
  FaultCode code;
  const char* text;
};

/// RFC 1928, 6.
Outcome outcome_of(std::uint8_t status) {
  switch (status) {
    case 1:
      return {FaultCode::unreachable, "the proxy failed, and does not say why"};
    case 2:
      return {FaultCode::permission, "the proxy does not allow it"};
    case 3:
      return {FaultCode::unreachable, "the proxy cannot reach the network"};
    case 4:
      return {FaultCode::unreachable, "the proxy cannot reach the host"};
    case 5:
      return {FaultCode::refused, "the proxy was refused the connection"};
    case 6:
      return {FaultCode::timed_out, "the proxy got no answer in time"};
    case 7:
      return {FaultCode::unsupported, "the proxy does not know what was asked"};
    case 8:
      return {FaultCode::unsupported, "the proxy does not take this kind of address"};
    default:
      return {FaultCode::refused, "the proxy refused, for a reason that is not known"};
  }
}

bool is_encodable(const Login& login) {
  return !login.user.empty() && login.user.size() <= login_bytes_max &&
         login.password.size() <= login_bytes_max;
}

}  // namespace

Negotiation::Negotiation(Command command, Address address, std::optional<Login> login)
    : command_(command), address_(std::move(address)), login_(std::move(login)) {
  if (!socks::is_encodable(address_))
    refuse(FaultCode::unsupported, "the proxy cannot be told of such a name");
  else if (login_ && !is_encodable(*login_))
    refuse(FaultCode::unsupported, "the proxy cannot be told such a user or password");
  else
    greet();
}

void Negotiation::greet() {
  ByteWriter greeting;
  greeting.u8(version).u8(login_ ? 2 : 1).u8(method_none);
  if (login_) greeting.u8(method_login);
  send(greeting.bytes());
  wait_for(Step::method, 2);
}

std::size_t Negotiation::on_bytes(Bytes received) {
  std::size_t taken = 0;
  while (!ended() && taken < received.size()) {
    const Bytes part = received.subspan(taken, std::min(wanted(), received.size() - taken));
    answer_.insert(answer_.end(), part.begin(), part.end());
    taken += part.size();
    if (answer_.size() == need_) on_answer();
  }
  return taken;
}

void Negotiation::on_answer() {
  switch (step_) {
    case Step::method:
      return on_method();
    case Step::login:
      return on_login();
    case Step::status:
      return on_status();
    case Step::address_head:
      return on_address_head();
    case Step::address:
      return on_address();
    case Step::ended:
      return;
  }
}

void Negotiation::on_method() {
  if (answer_[0] != version)
    return refuse(FaultCode::malformed, "the proxy does not speak SOCKS 5");
  const std::uint8_t method = answer_[1];
  if (method == method_none) return ask();
  if (method == method_login && login_) return log_in();
  if (method == method_unacceptable)
    return refuse(FaultCode::permission, login_ ? "the proxy takes no login by user and password"
                                                : "the proxy wants a login");
  refuse(FaultCode::malformed, "the proxy chose what was not offered");
}

void Negotiation::log_in() {
  ByteWriter out;
  out.u8(login_version);
  for (const auto* text : {&login_->user, &login_->password})
    out.u8(static_cast<std::uint8_t>(text->size())).put(*text);
  send(out.bytes());
  wait_for(Step::login, 2);
}

/// RFC 1929, 2. The version is not looked at: some say 5 there.
void Negotiation::on_login() {
  if (answer_[1] != 0)
    return refuse(FaultCode::permission, "the proxy does not take the user and password");
  ask();
}

void Negotiation::ask() {
  asked_ = true;
  Buffer out{version, static_cast<std::uint8_t>(command_), 0};
  append_address(out, address_);
  send(out);
  wait_for(Step::status, status_bytes);
}

/// A proxy that refuses may leave out the rest.
void Negotiation::on_status() {
  if (answer_[0] != version)
    return refuse(FaultCode::malformed, "the proxy does not speak SOCKS 5");
  if (const std::uint8_t status = answer_[1]; status != 0) {
    const Outcome outcome = outcome_of(status);
    return refuse(outcome.code, outcome.text);
  }
  wait_for(Step::address_head, address_head_bytes);
}

void Negotiation::on_address_head() {
  const std::size_t whole = address_bytes(answer_[1], answer_[2]);
  if (whole == 0) return refuse(FaultCode::malformed, "the proxy gave an address of no kind");
  step_ = Step::address;
  need_ = 1 + whole;
}

void Negotiation::on_address() {
  ByteReader in(answer_);
  in.u8();  // reserved
  auto bound = read_address(in);
  if (!bound)
    return refuse(FaultCode::malformed, fmt::format("the proxy gave {}", bound.error().text));
  step_ = Step::ended;
  event_ = Ready{*std::move(bound)};
}

void Negotiation::wait_for(Step step, std::size_t octets) {
  step_ = step;
  need_ = octets;
  answer_.clear();
}

void Negotiation::send(Bytes bytes) { outgoing_.append(bytes); }

void Negotiation::refuse(FaultCode code, std::string text) {
  step_ = Step::ended;
  event_ = Refused{{code, 0, std::move(text)}};
}

std::optional<Negotiation::Event> Negotiation::next_event() {
  return std::exchange(event_, std::nullopt);
}

}  // namespace seed::socks
