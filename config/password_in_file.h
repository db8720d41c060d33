// password_in_file: in the config file a plain rpc_password becomes its hash, so that it is read
// there no more.
//
// Only the value changes; comments, layout, mode and owner stay. The file is replaced as a whole by
// a rename, so that no half of it is ever seen; a link leads to the file that is replaced. Refused,
// and the file is left as it is: when it is no plain file of its own (a hard link would stay with
// the password), when it has an access control list, when owner and mode cannot be given to the new
// one, and when somebody writes it at the same time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace seed::config {

/// The plain password in a config file's text; nothing when there is none, or a hash.
std::optional<std::string> plain_password_in(std::string_view text);

/// `text` with `hash` for the plain password and all else as it was; nothing when that cannot be
/// done without a doubt. `hash` is made by hash_password().
std::optional<std::string> with_password_hash(std::string_view text, std::string_view hash);

/// Replaces the file's text if it is `before` still.
Result<void> replace_file(const std::string& path, std::string_view before, std::string_view after);

}  // namespace seed::config
