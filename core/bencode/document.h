// Document: a bencoded document (BEP 3) parsed into a flat array of tokens that point into the
// input.
//
// Strict where BEP 3 is: one value and nothing behind it, integers without leading zeros and
// without
// "-0", string lengths without leading zeros, keys that are strings. Keys that are not sorted are
// accepted, for real torrents have them, and shown by keys_sorted(); a key that comes twice in one
// dictionary is refused, for two readers would see two documents.
//
// Bounds: the depth and number of values of ParseLimits; integers fit int64; input below 4 GiB. A
// token is 16 octets and nothing else is allocated, so the cost is known before the first octet.
// Iterative: depth costs no stack.
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/bencode/value.h"

namespace seed::bencode {

struct ParseLimits {
  /// Containers around a value.
  std::size_t depth_max = limits::bencode_depth_max;
  /// Values and keys in all.
  std::size_t tokens_max = limits::bencode_tokens_max;
};

class Document {
 public:
  /// `input` is one value and nothing else; it must outlive the Document and its Values.
  /// Fault: malformed, or too_large for input of 4 GiB, with the reason and the offset:
  /// "bencode: string runs past the end at offset 123".
  static Result<Document> parse(Bytes input, ParseLimits bounds = {});
  /// The same, but more may follow the value: size() says where it ends (BEP 9's `data` message).
  static Result<Document> parse_prefix(Bytes input, ParseLimits bounds = {});
  /// True when the input ends before its value does: with more octets it may be a document.
  static bool is_cut_short(Bytes input, ParseLimits bounds = {});

  Value root() const { return {tokens_.data(), input_.data()}; }
  /// Octets that the value takes of the input.
  std::size_t size() const { return tokens_.front().end; }
  /// True when all dictionaries have their keys in the order that BEP 3 asks for.
  bool keys_sorted() const { return keys_sorted_; }
  std::size_t token_count() const { return tokens_.size(); }

 private:
  friend class Parser;
  Document() = default;

  Bytes input_;
  std::vector<Token> tokens_;
  bool keys_sorted_ = true;
};

}  // namespace seed::bencode
