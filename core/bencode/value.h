// Value: a cheap handle on one bencoded value (BEP 3) inside a parsed Document.
//
// A Value is two pointers: into the Document's tokens and into the input it was parsed from. It may
// be copied freely and holds as long as both of these live; moving the Document does not harm it.
// Asking a Value for what it is not gives nothing: no call on a Value can fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"

namespace seed::bencode {

enum class Kind : std::uint8_t { string, integer, list, dict };

/// One value of the input. Tokens lie in the order of the input, so that a container's first child
/// is the next token and a value's next sibling is `tokens` further on.
struct Token {
  std::uint32_t begin = 0;   ///< octets from the start of the input to the value
  std::uint32_t end = 0;     ///< to the octet behind the value
  std::uint32_t tokens = 1;  ///< tokens of the value, itself and all below it
  Kind kind = Kind::string;
  std::uint8_t prefix = 0;  ///< octets of a string's "123:"
};
static_assert(sizeof(Token) == 16);

class Value;

/// The values of a list, front to back.
class ListRange {
 public:
  class Iterator {
   public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const Token* token, const std::uint8_t* input) : token_(token), input_(input) {}
    Value operator*() const;
    Iterator& operator++() {
      token_ += token_->tokens;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return token_ == other.token_; }

   private:
    const Token* token_ = nullptr;
    const std::uint8_t* input_ = nullptr;
  };
  ListRange() = default;
  ListRange(const Token* first, const Token* last, const std::uint8_t* input)
      : first_(first), last_(last), input_(input) {}
  Iterator begin() const { return {first_, input_}; }
  Iterator end() const { return {last_, input_}; }
  bool empty() const { return first_ == last_; }

 private:
  const Token* first_ = nullptr;
  const Token* last_ = nullptr;
  const std::uint8_t* input_ = nullptr;
};

struct Entry;

/// The entries of a dictionary, in the order of the input.
class DictRange {
 public:
  class Iterator {
   public:
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const Token* key, const std::uint8_t* input) : key_(key), input_(input) {}
    Entry operator*() const;
    Iterator& operator++() {
      key_ += 1 + key_[1].tokens;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return key_ == other.key_; }

   private:
    const Token* key_ = nullptr;
    const std::uint8_t* input_ = nullptr;
  };
  DictRange() = default;
  DictRange(const Token* first, const Token* last, const std::uint8_t* input)
      : first_(first), last_(last), input_(input) {}
  Iterator begin() const { return {first_, input_}; }
  Iterator end() const { return {last_, input_}; }
  bool empty() const { return first_ == last_; }

 private:
  const Token* first_ = nullptr;
  const Token* last_ = nullptr;
  const std::uint8_t* input_ = nullptr;
};

class Value {
 public:
  Value(const Token* token, const std::uint8_t* input) : token_(token), input_(input) {}

  Kind kind() const { return token_->kind; }
  bool is_dict() const { return kind() == Kind::dict; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_integer() const { return kind() == Kind::integer; }

  /// The raw octets of this value, as they came: what an info-hash is over.
  Bytes source() const { return {input_ + token_->begin, token_->end - token_->begin}; }
  /// Octets from the start of the input, for messages.
  std::size_t offset() const { return token_->begin; }

  /// A string's octets, a view into the input; nothing when it is no string.
  std::optional<Bytes> as_string() const;
  std::optional<std::int64_t> as_integer() const;
  /// Empty when it is no list, or no dictionary.
  ListRange list_items() const;
  DictRange dict_entries() const;

  /// The value of `key`, O(entries); nothing when it is not there or this is no dictionary.
  std::optional<Value> find(std::string_view key) const;
  /// find(), and only when what is found is of that kind.
  std::optional<Value> find_dict(std::string_view key) const { return find(key, Kind::dict); }
  std::optional<Value> find_list(std::string_view key) const { return find(key, Kind::list); }
  std::optional<Bytes> find_string(std::string_view key) const;
  std::optional<std::int64_t> find_integer(std::string_view key) const;
  /// The same with a default for a key that is absent or of another kind.
  Bytes string_or(std::string_view key, Bytes otherwise = {}) const;
  std::int64_t integer_or(std::string_view key, std::int64_t otherwise) const;

 private:
  std::optional<Value> find(std::string_view key, Kind kind) const;

  const Token* token_;
  const std::uint8_t* input_;
};

struct Entry {
  Bytes key;
  Value value;
};

inline Value ListRange::Iterator::operator*() const { return {token_, input_}; }
inline Entry DictRange::Iterator::operator*() const {
  return {{input_ + key_->begin + key_->prefix, key_->end - key_->begin - key_->prefix},
          {key_ + 1, input_}};
}

}  // namespace seed::bencode
