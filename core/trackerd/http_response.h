// An answer of the tracker as the octets of an HTTP response (RFC 9112), always with its length.
#pragma once

#include "core/base/bytes.h"
#include "core/trackerd/http_answers.h"

namespace seed::trackerd {

/// `lasts`: the connection goes on behind it.
Buffer encode_response(const HttpAnswer& answer, bool lasts);
/// To a request that was refused with that status; the connection ends behind it.
Buffer encode_refusal(int status, std::string_view reason);

}  // namespace seed::trackerd
