// UploadOnly: a peer says that it will not download, or that it will again.
//
// BEP 21 defines the key in the extended handshake; as a message of its own its payload is one
// octet, 0 or not, as other clients send it.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace seed::wire {

struct UploadOnly {
  bool value = false;

  bool operator==(const UploadOnly&) const = default;

  /// Fault: malformed.
  static Result<UploadOnly> parse(Bytes payload);
  void encode(Buffer& out) const;
};

}  // namespace seed::wire
