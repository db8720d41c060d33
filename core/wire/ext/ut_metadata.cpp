#include "core/wire/ext/ut_metadata.h"

#include <algorithm>
#include <limits>

#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"

namespace seed::wire {
namespace {

/// A message has four keys; others may add a few of their own.
constexpr bencode::ParseLimits bounds{.depth_max = 8, .tokens_max = 256};

Result<UtMetadata> with_data(UtMetadata out, std::int64_t total_size, Bytes data) {
  if (total_size < 1) return fail(FaultCode::malformed, "ut_metadata: data without total_size");
  if (total_size > std::int64_t{limits::metadata_bytes_max})
    return fail(FaultCode::too_large, "ut_metadata: total_size is too large");
  out.total_size = static_cast<std::uint32_t>(total_size);
  const std::uint64_t begin = std::uint64_t{out.piece} * metadata_piece_bytes;
  if (begin >= out.total_size) return fail(FaultCode::malformed, "ut_metadata: no such piece");
  if (data.size() != std::min<std::uint64_t>(metadata_piece_bytes, out.total_size - begin))
    return fail(FaultCode::malformed, "ut_metadata: the piece has the wrong size");
  out.data = to_buffer(data);
  return out;
}

}  // namespace

Result<UtMetadata> UtMetadata::parse(Bytes payload) {
  SEED_TRY(const auto document, bencode::Document::parse_prefix(payload, bounds));
  const auto root = document.root();
  const auto type = root.find_integer("msg_type");
  const auto piece = root.find_integer("piece");
  if (!type || !piece) return fail(FaultCode::malformed, "ut_metadata: msg_type or piece missing");
  if (*type < 0 || *type > 2) return fail(FaultCode::unsupported, "ut_metadata: unknown msg_type");
  if (*piece < 0 || *piece > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
    return fail(FaultCode::malformed, "ut_metadata: no such piece");
  UtMetadata out;
  out.kind = static_cast<Kind>(*type);
  out.piece = static_cast<std::uint32_t>(*piece);
  if (out.kind != Kind::data) return out;
  return with_data(std::move(out), root.integer_or("total_size", 0),
                   payload.subspan(document.size()));
}

void UtMetadata::encode(Buffer& out) const {
  bencode::Writer writer;
  writer.begin_dict().key("msg_type").integer(static_cast<int>(kind)).key("piece").integer(piece);
  if (kind == Kind::data) writer.key("total_size").integer(total_size);
  const Buffer head = writer.end().take();
  out.insert(out.end(), head.begin(), head.end());
  if (kind == Kind::data) out.insert(out.end(), data.begin(), data.end());
}

}  // namespace seed::wire
