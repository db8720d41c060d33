#include "core/peer/obfuscation.h"

#include <array>
#include <string>
#include <variant>

#include "core/base/check.h"

namespace seed::peer {
namespace {

using wire::mse::Failure;
using wire::mse::Method;
using wire::mse::Methods;

Methods methods_of(Encryption policy, Role role) {
  switch (policy) {
    case Encryption::allowed:
      return {.plain = true, .rc4 = true, .preferred = Method::plain};
    case Encryption::preferred:
      return {.plain = role == Role::incoming, .rc4 = true, .preferred = Method::rc4};
    case Encryption::required:
      break;
  }
  return {.plain = false, .rc4 = true, .preferred = Method::rc4};
}

Buffer greeting_of(const Local& local) {
  ByteQueue queue;
  wire::encode_handshake(handshake_of(local), queue);
  std::array<Bytes, 1> all;
  queue.front(all);
  return to_buffer(all[0]);
}

wire::mse::Handshake machine_of(Role role, const Local& local) {
  SEED_CHECK(local.secret);
  const Methods methods = methods_of(local.encryption, role);
  if (role == Role::incoming) return {methods, *local.secret};
  return {methods, *local.secret, local.torrent->info_hash, greeting_of(local)};
}

/// A peer that is dialled need not speak MSE, and need not have our torrent; one that dials means
/// what it says.
ViolationCode code_of(Failure failure, bool dials) {
  switch (failure) {
    case Failure::not_encrypted:
      return ViolationCode::plain_refused;
    case Failure::no_sync:
      return dials ? ViolationCode::no_encryption : ViolationCode::bad_handshake;
    case Failure::unknown_torrent:
      return ViolationCode::unknown_torrent;
    case Failure::no_common_method:
      return ViolationCode::no_encryption;
    case Failure::held_too_much:
      return ViolationCode::early_flood;
    case Failure::degenerate_key:
    case Failure::bad_verification:
    case Failure::bad_selection:
    case Failure::padding_too_long:
      break;
  }
  return ViolationCode::bad_encryption;
}

}  // namespace

Obfuscation::Obfuscation(Role role, const Local& local)
    : dials_(role == Role::outgoing), machine_(machine_of(role, local)) {}

Buffer Obfuscation::offer_skey(const std::optional<Sha1>& info_hash) {
  if (info_hash) return machine_.set_skey(*info_hash);
  machine_.refuse();
  return {};
}

std::optional<Event> Obfuscation::next_event() {
  const auto event = machine_.next_event();
  if (!event) return std::nullopt;
  if (const auto* wanted = std::get_if<wire::mse::SkeyWanted>(&*event)) return *wanted;
  if (const auto* failed = std::get_if<wire::mse::Failed>(&*event))
    return Violation{code_of(failed->why, dials_), std::string(text_of(failed->why))};
  return std::nullopt;
}

void Obfuscation::encrypt(ByteQueue& queue, std::size_t from) {
  if (machine_.method() == Method::plain) return;
  queue.transform(from, [this](MutableBytes octets) { machine_.encrypt(octets); });
}

Encrypted Obfuscation::encrypted() const {
  if (!established()) return Encrypted::no;
  return machine_.method() == Method::rc4 ? Encrypted::payload : Encrypted::handshake;
}

}  // namespace seed::peer
