// Secrets: URLs fit for logs. Private trackers put a user's passkey into the path or the query.
#pragma once

#include <string>
#include <string_view>

#include "core/base/url.h"

namespace seed::log {

/// `url` without userinfo, with every value of its query and every part of its path that looks like
/// a key (16 and more hexadecimal digits, or 24 and more letters and digits mixed) as "***".
std::string without_secrets(const Url& url);
/// The same for text; "(not a URL)" for what does not parse, which may hold a secret anywhere.
std::string without_secrets(std::string_view url);

}  // namespace seed::log
