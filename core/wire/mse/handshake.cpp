#include "core/wire/mse/handshake.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"
#include "core/wire/handshake.h"

namespace seed::wire::mse {
namespace {

constexpr std::size_t verification_bytes = 8;  ///< VC, all zeros
/// crypto_provide or crypto_select, and the length of what pads it.
constexpr std::size_t methods_bytes = 4 + 2;

/// Ciphers by who dialled.
constexpr std::string_view from_dialler = "keyA";
constexpr std::string_view to_dialler = "keyB";

std::uint32_t field_of(Method method) { return std::to_underlying(method); }

std::uint32_t field_of(const Methods& methods) {
  return (methods.plain ? field_of(Method::plain) : 0) | (methods.rc4 ? field_of(Method::rc4) : 0);
}

Sha1 exclusive_or(Sha1 a, const Sha1& b) {
  for (std::size_t i = 0; i < Sha1::size; ++i) a.octets[i] ^= b.octets[i];
  return a;
}

}  // namespace

Handshake::Handshake(const Methods& methods, const SecretBytes& secret)
    : dials_(false), methods_(methods), secret_(secret) {
  SEED_CHECK(methods.plain || methods.rc4);
}

Handshake::Handshake(const Methods& methods, const SecretBytes& secret, const Sha1& info_hash,
                     Buffer initial)
    : dials_(true),
      methods_(methods),
      secret_(secret),
      info_hash_(info_hash),
      initial_(std::move(initial)) {
  SEED_CHECK(methods.plain || methods.rc4);
  SEED_CHECK(initial_.size() <= initial_bytes_max);
  send_key("PadA");
}

// --- octets in ----------------------------------------------------------------------------------

void Handshake::on_bytes(MutableBytes& received) {
  SEED_DCHECK(!event_);
  while (!established() && step(received)) {
  }
  if (established()) decrypt(received);
}

bool Handshake::step(MutableBytes& received) {
  switch (state_) {
    case State::key:
      return take_key(received);
    case State::verify:
      return search(received, sync_.bytes().first(verification_bytes), State::select);
    case State::sync:
      return search(received, sync_.bytes(), State::name);
    case State::name:
      return take_name(received);
    case State::asking:
      return hold(received);
    case State::select:
    case State::provide:
      return take_methods(received);
    case State::padding:
      return pass_padding(received);
    case State::initial:
      return take_initial_length(received);
    case State::established:
      return false;
    case State::failed:
      received = {};
      return false;
  }
  return false;
}

/// Moves octets over until there are `count` in gathered_; true when there are.
bool Handshake::gather(MutableBytes& received, std::size_t count) {
  const auto part = received.first(std::min(received.size(), count - gathered_.size()));
  gathered_.insert(gathered_.end(), part.begin(), part.end());
  received = received.subspan(part.size());
  return gathered_.size() == count;
}

bool Handshake::take_key(MutableBytes& received) {
  // A client that speaks no MSE may greet whoever connects; no key begins so but by a chance of
  // 2^-160.
  if (gathered_.size() < handshake_prefix.size()) {
    if (!gather(received, handshake_prefix.size())) return false;
    if (begins_handshake(gathered_)) {
      fail(Failure::not_encrypted);
      return true;
    }
  }
  if (!gather(received, Number768::size)) return false;
  const auto shared = shared_secret(secret_, *Number768::from(std::exchange(gathered_, {})));
  if (shared) {
    shared_ = *shared;
    on_shared();
  } else {
    fail(Failure::degenerate_key);
  }
  return true;
}

/// Octet by octet, so that none is taken from what follows.
bool Handshake::search(MutableBytes& received, Bytes wanted, State next) {
  while (!received.empty()) {
    gathered_.push_back(received.front());
    received = received.subspan(1);
    if (gathered_.size() < wanted.size()) continue;
    if (equal(Bytes(gathered_).last(wanted.size()), wanted)) {
      gathered_.clear();
      if (next == State::select) decrypt_->discard(verification_bytes);
      state_ = next;
      return true;
    }
    if (gathered_.size() == padding_bytes_max + wanted.size()) {
      fail(Failure::no_sync);
      return true;
    }
  }
  return false;
}

bool Handshake::take_name(MutableBytes& received) {
  if (!gather(received, Sha1::size)) return false;
  const Sha1 masked = *Sha1::from(std::exchange(gathered_, {}));
  state_ = State::asking;
  event_ = SkeyWanted{exclusive_or(masked, req3_hash(shared_))};
  return true;
}

bool Handshake::hold(MutableBytes& received) {
  if (received.size() > held_bytes_max - held_.size()) {
    fail(Failure::held_too_much);
    return true;
  }
  held_.insert(held_.end(), received.begin(), received.end());
  received = {};
  return false;
}

/// crypto_provide behind VC, or crypto_select behind the one that was searched for.
bool Handshake::take_methods(MutableBytes& received) {
  const std::size_t before = state_ == State::provide ? verification_bytes : 0;
  if (!gather(received, before + methods_bytes)) return false;
  decrypt_->apply(gathered_);
  ByteReader reader(gathered_);
  const bool verified =
      std::ranges::all_of(reader.take(before), [](auto octet) { return octet == 0; });
  const auto method = method_of(reader.u32());
  padding_left_ = reader.u16();
  gathered_.clear();
  if (!verified) {
    fail(Failure::bad_verification);
  } else if (!method) {
    fail(dials_ ? Failure::bad_selection : Failure::no_common_method);
  } else if (padding_left_ > padding_bytes_max) {
    fail(Failure::padding_too_long);
  } else {
    method_ = *method;
    state_ = State::padding;
  }
  return true;
}

/// What the field of the other end comes to. A selection is one of what we provided; of what is
/// provided to us the bits that we do not know do not matter.
std::optional<Method> Handshake::method_of(std::uint32_t field) {
  const std::uint32_t both = field & field_of(methods_);
  if (dials_ && field != both) return std::nullopt;
  if (both == field_of(Method::plain)) return Method::plain;
  if (both == field_of(Method::rc4)) return Method::rc4;
  if (both == 0 || dials_) return std::nullopt;
  return methods_.preferred;
}

bool Handshake::pass_padding(MutableBytes& received) {
  const auto part = received.first(std::min(received.size(), padding_left_));
  decrypt_->apply(part);
  received = received.subspan(part.size());
  padding_left_ -= part.size();
  if (padding_left_ > 0) return false;
  if (dials_)
    establish();
  else
    state_ = State::initial;
  return true;
}

bool Handshake::take_initial_length(MutableBytes& received) {
  if (!gather(received, sizeof(std::uint16_t))) return false;
  decrypt_->apply(gathered_);
  initial_left_ = ByteReader(gathered_).u16();
  send_methods(field_of(method_), "PadD", {});
  establish();
  return true;
}

void Handshake::decrypt(MutableBytes payload) {
  const std::size_t initial = std::min(payload.size(), initial_left_);
  initial_left_ -= initial;
  decrypt_->apply(method_ == Method::rc4 ? payload : payload.first(initial));
}

// --- orders -------------------------------------------------------------------------------------

Buffer Handshake::set_skey(const Sha1& info_hash) {
  if (state_ != State::asking) return {};
  info_hash_ = info_hash;
  set_ciphers();
  state_ = State::provide;
  Buffer held = std::exchange(held_, {});
  MutableBytes payload(held);
  on_bytes(payload);
  held.erase(held.begin(), held.end() - static_cast<std::ptrdiff_t>(payload.size()));
  return held;
}

void Handshake::refuse() {
  if (state_ == State::asking) fail(Failure::unknown_torrent);
}

void Handshake::encrypt(MutableBytes payload) {
  SEED_CHECK(established());
  if (method_ == Method::rc4) encrypt_->apply(payload);
}

std::optional<Event> Handshake::next_event() { return std::exchange(event_, std::nullopt); }

// --- octets out ---------------------------------------------------------------------------------

void Handshake::send_key(std::string_view padding) {
  outgoing_.append(public_key(secret_).bytes());
  outgoing_.append(padding_of(padding, secret_));
}

/// S is known: the third step of the end that dials, the second of the other.
void Handshake::on_shared() {
  if (!dials_) {
    send_key("PadB");
    sync_ = req1_hash(shared_);
    state_ = State::sync;
    return;
  }
  outgoing_.append(req1_hash(shared_).bytes());
  outgoing_.append(exclusive_or(req2_hash(info_hash_), req3_hash(shared_)).bytes());
  set_ciphers();
  ByteWriter rest;
  rest.u16(static_cast<std::uint16_t>(initial_.size())).put(std::exchange(initial_, {}));
  send_methods(field_of(methods_), "PadC", rest.bytes());
  sync_ = {};
  Rc4 ahead = *decrypt_;
  ahead.apply(MutableBytes(sync_.octets).first(verification_bytes));
  state_ = State::verify;
}

void Handshake::send_methods(std::uint32_t methods, std::string_view padding, Bytes rest) {
  const Buffer zeros(padding_of(padding, secret_).size());
  const std::array<std::uint8_t, verification_bytes> verification{};
  ByteWriter out;
  out.put(verification).u32(methods);
  out.u16(static_cast<std::uint16_t>(zeros.size())).put(zeros).put(rest);
  Buffer octets = out.take();
  encrypt_->apply(octets);
  outgoing_.append(octets);
}

// --- small change -------------------------------------------------------------------------------

void Handshake::set_ciphers() {
  encrypt_ = cipher_of(dials_ ? from_dialler : to_dialler, shared_, info_hash_);
  decrypt_ = cipher_of(dials_ ? to_dialler : from_dialler, shared_, info_hash_);
}

void Handshake::establish() {
  state_ = State::established;
  secret_ = {};
  shared_ = {};
  Buffer().swap(gathered_);
  event_ = Established{info_hash_, method_};
}

void Handshake::fail(Failure why) {
  state_ = State::failed;
  Buffer().swap(gathered_);
  Buffer().swap(held_);
  event_ = Failed{why};
}

}  // namespace seed::wire::mse
