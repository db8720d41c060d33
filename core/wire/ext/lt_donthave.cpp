#include "core/wire/ext/lt_donthave.h"

namespace seed::wire {

Result<LtDontHave> LtDontHave::parse(Bytes payload) {
  ByteReader reader(payload);
  const LtDontHave out{PieceIndex{reader.u32()}};
  if (!reader.done()) return fail(FaultCode::malformed, "lt_donthave has the wrong size");
  return out;
}

void LtDontHave::encode(Buffer& out) const {
  const std::size_t at = out.size();
  out.resize(at + 4);
  store_u32(MutableBytes(out).subspan(at), piece.value);
}

}  // namespace seed::wire
