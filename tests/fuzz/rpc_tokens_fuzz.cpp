// LINK: seed::rpc
// Any octets as the record of tokens and as an Authorization header: a token that is read has all
// of its limits, and is read again from what it is written as; no header gets in by itself.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/limits.h"
#include "rpc/tokens.h"

using namespace seed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto tokens = rpc::parse_tokens(as_bytes(text));
  if (tokens) {
    const auto again = rpc::parse_tokens(rpc::encode_tokens(*tokens));
    if (!again || again->size() != tokens->size()) std::abort();
    for (std::size_t i = 0; i < tokens->size(); ++i) {
      const rpc::Token& a = (*tokens)[i];
      const rpc::Token& b = (*again)[i];
      if (a.digest != b.digest || a.scopes != b.scopes || a.labels.size() != b.labels.size() ||
          a.expires != b.expires || a.labels.size() > limits::token_labels_max)
        std::abort();
    }
  }
  rpc::TokenBook book;
  if (tokens) book.load(*tokens);
  if (const auto given = rpc::parse_bearer(text))
    if (book.find(*given, no_time) && !rpc::is_token_text(*given)) std::abort();
  return 0;
}
