#include "core/wire/ext/upload_only.h"

namespace seed::wire {

Result<UploadOnly> UploadOnly::parse(Bytes payload) {
  if (payload.size() != 1) return fail(FaultCode::malformed, "upload_only has the wrong size");
  return UploadOnly{payload[0] != 0};
}

void UploadOnly::encode(Buffer& out) const { out.push_back(value ? 1 : 0); }

}  // namespace seed::wire
