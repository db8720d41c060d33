// Tokens: what programs log in with instead of the password (RFC 6750, "Bearer"), each with its own
// scopes, and perhaps labels it is kept to and an end.
//
// The text of a token is "seedd_" and 256 random bits as base64url; only its SHA-256 is kept, which
// is enough for what nobody can guess. The book is read by the HTTP threads and changed on the
// loop; a token counts when it is durable, and one that is revoked is refused at once.
//
// Bounds: limits::rpc_tokens_max tokens, token_labels_max labels each.
#pragma once

#include <cstddef>
#include <cstdint>
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
/// What encode_tokens() made; nothing when it cannot be read. A token that is no good is left out,
/// and counted in `left_out`.
std::optional<std::vector<Token>> parse_tokens(Bytes record, std::size_t* left_out = nullptr);

/// Safe from every thread. It is kept by others, who say when that is done: what is changed and not
/// yet durable is known by versions.
class TokenBook {
 public:
  void load(std::vector<Token> tokens);
  /// The token of this text, if it counts; an expired one too. Notes that it was used, unless it
  /// has expired.
  std::optional<Token> find(std::string_view text, WallTime now);

  /// Whether the token of this digest would be let in.
  bool admits(const Sha256& digest, WallTime now) const;

  std::vector<Token> all() const;
  /// What became of it: there is one of this name, or no room. Those that have expired at `now` go.
  enum class Added : std::uint8_t { yes, name_taken, full };
  Added add(Token token, WallTime now);
  /// The token of this digest is durable. False when it was removed meanwhile.
  bool begin_to_count(const Sha256& digest);
  /// The token of this digest could not be made durable.
  void take_back(const Sha256& digest);
  /// `before`: there is none of that name, but one that was removed is in what was kept last, so
  /// that it would come back with the next start.
  enum class Removed : std::uint8_t { yes, before, no };
  Removed remove(std::string_view name);

  /// All of it, to be kept; `version` is for on_kept().
  struct Record {
    Buffer text;
    std::uint64_t version = 0;
  };
  Record record() const;
  /// That record is durable.
  void on_kept(std::uint64_t version);
  /// Whether what was kept last is older than what is known, the last use included.
  bool is_unsaved() const;

 private:
  mutable std::mutex mutex_;  ///< guards what follows
  std::vector<Token> tokens_;
  struct Gone {
    std::string name;
    std::uint64_t version;  ///< the first without it
  };
  std::vector<Gone> gone_;  ///< not durably; at most limits::rpc_tokens_max
  std::uint64_t version_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace seed::rpc
