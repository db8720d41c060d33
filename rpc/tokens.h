// Tokens: what programs log in with instead of the password (RFC 6750, "Bearer"), each with its own
// scopes, and perhaps labels it is kept to and an end.
//
// The text of a token is "seedd_" and 256 random bits as base64url; only its SHA-256 is kept, which
// is enough for what nobody can guess. The book is read by the HTTP threads and changed on the
// loop; a token counts when it is durable, and one that is revoked is refused at once.
//
// Bounds: limits::rpc_tokens_max tokens, token_labels_max labels each.
#pragma once

#include <expected>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/instant.h"
#include "rpc/caller.h"

namespace seed::rpc {

inline constexpr std::string_view token_prefix = "seedd_";
/// Octets of io::Entropy in a token.
inline constexpr std::size_t token_secret_bytes = 32;

struct Token {
  std::string name;
  Sha256 digest;  ///< of its text
  Scopes scopes;
  std::vector<std::string> labels;  ///< empty: all torrents
  WallTime created = no_time;
  WallTime expires = no_time;    ///< no_time: never
  WallTime last_used = no_time;  ///< no_time: not yet
  bool counts = true;            ///< false until it is durable

  bool has_expired(WallTime now) const { return expires != no_time && expires <= now; }
};

/// The text of a token. `secret` is token_secret_bytes of io::Entropy.
std::string token_text(Bytes secret);
/// Whether it looks like one.
bool is_token_text(std::string_view text);
/// The token in "Bearer <token>", the scheme in any case (RFC 6750); nothing for other schemes.
std::optional<std::string> parse_bearer(std::string_view authorization);

/// What is kept of all tokens, a JSON text.
Buffer encode_tokens(const std::vector<Token>& tokens);
/// What encode_tokens() made; nothing when it cannot be read. A token that is no good is left out.
std::optional<std::vector<Token>> parse_tokens(Bytes record);

/// Safe from every thread.
class TokenBook {
 public:
  void load(std::vector<Token> tokens);
  /// The token of this text, if it counts; an expired one too. Notes that it was used, unless it
  /// has expired.
  std::optional<Token> find(std::string_view text, WallTime now);

  /// Whether the token of this digest would be let in.
  bool admits(const Sha256& digest, WallTime now) const;

  std::vector<Token> all() const;
  /// False when there is one of this name, or no room.
  enum class Added : std::uint8_t { yes, name_taken, full };
  Added add(Token token);
  void begin_to_count(std::string_view name);
  bool remove(std::string_view name);
  /// Whether the record is older than what is known.
  bool used_since_kept() const;
  Buffer record();

 private:
  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<Token> tokens_;
  bool used_ = false;
};

}  // namespace seed::rpc
