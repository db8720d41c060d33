// Reasons: why a torrent does not move, as torrent_why tells it: a code for programs, a sentence
// for people, and the numbers in it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rpc/fields/field.h"

namespace seed::rpc {

/// What the codes are called and what they mean, in the order of session::ReasonCode; for the docs.
struct ReasonRow {
  session::ReasonCode code;
  std::string_view name;
  std::string_view doc;
  /// The sentence; what a reason has for it is there.
  std::string (*say)(const session::Reason& reason);
};
std::span<const ReasonRow> reason_rows();

/// {"code", "text"} and what else the reason has.
void write_reason(const session::Reason& reason, JsonWriter& out);

}  // namespace seed::rpc
