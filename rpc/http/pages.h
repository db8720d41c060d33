// Pages: the small HTML answers that say what is wrong with a request; clients show their text with
// the tags stripped. And what all answers of some size have in common.
#pragma once

#include <string>
#include <string_view>

#include "rpc/http/exchange.h"

namespace seed::rpc {

/// `title` and `text` are ours, never foreign.
HttpAnswer page(int status, std::string_view title, std::string_view text = {});
/// The same with the status' usual title.
HttpAnswer refusal(int status, std::string_view text = {});
/// 503 with Retry-After.
HttpAnswer try_again(std::string_view why, std::string after_seconds);
/// 405; `allowed` is a list of methods.
HttpAnswer wrong_method(std::string allowed);
/// For what the body of a request cannot be read.
HttpAnswer refuse_body(BodyFault fault);

/// Packs the answer's body if the client takes gzip and it gets smaller by it; says that it depends
/// on that.
void pack(HttpAnswer& answer, const HttpExchange& exchange);
/// The same for an answer that says so already.
void pack_body(HttpAnswer& answer, const HttpExchange& exchange);
/// Whether a client that says this takes gzip (RFC 9110, section 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace seed::rpc
