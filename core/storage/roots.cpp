#include "core/storage/roots.h"

#include <array>
#include <utility>

#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "core/storage/jobs/check_root.h"

namespace seed::storage {
namespace {

constexpr std::size_t marker_bytes = 16;

std::uint64_t number(const bencode::Value& entry, std::string_view key) {
  // Written as the int64 of the same bits, for bencode has no other integer here.
  return static_cast<std::uint64_t>(entry.integer_or(key, 0));
}

}  // namespace

void Roots::check(const SafePath& root, RootUse use, Answer<KnownRoot> answer) {
  const auto* known = find(root);
  CheckRoot job{root, known == nullptr ? std::nullopt : std::optional(*known), fresh_marker(root),
                use == RootUse::make};
  io::submit(workers_, lane(root), io::Urgency::transfer, std::move(job),
             [this, root, answer = std::move(answer)](Result<KnownRoot> found) mutable {
               if (found) remember(root, *found);
               answer(std::move(found));
             });
}

std::optional<std::uint64_t> Roots::device(const SafePath& root) const {
  const auto at = known_.find(root.root_path());
  return at == known_.end() ? std::nullopt : std::optional(at->second.identity.device);
}

std::string Roots::fresh_marker(const SafePath& root) {
  if (const auto at = fresh_.find(root.full()); at != fresh_.end()) return at->second;
  std::array<std::uint8_t, marker_bytes> octets{};
  entropy_.fill(octets);
  std::string marker = to_hex(octets);
  if (fresh_.size() < roots_max) fresh_.emplace(root.full(), marker);
  return marker;
}

void Roots::remember(const SafePath& root, const KnownRoot& found) {
  const auto at = known_.find(root.full());
  if (at == known_.end()) {
    if (known_.size() >= roots_max) return;
    known_.emplace(root.full(), found);
  } else if (at->second == found) {
    return;
  } else {
    at->second = found;
  }
  ++version_;
}

const KnownRoot* Roots::find(const SafePath& root) const {
  const auto found = known_.find(root.full());
  return found == known_.end() ? nullptr : &found->second;
}

void Roots::forget(const SafePath& root) {
  fresh_.erase(root.full());
  if (known_.erase(root.full()) > 0) ++version_;
}

Buffer Roots::encode() const {
  bencode::Writer out;
  out.begin_dict();
  for (const auto& [path, known] : known_) {
    out.key(path).begin_dict();
    out.key("device").integer(static_cast<std::int64_t>(known.identity.device));
    out.key("file_system").integer(static_cast<std::int64_t>(known.identity.file_system));
    out.key("inode").integer(static_cast<std::int64_t>(known.identity.inode));
    out.key("marker").string(known.marker);
    out.end();
  }
  out.end();
  return out.take();
}

Result<void> Roots::load(Bytes saved) {
  SEED_TRY(const auto document, bencode::Document::parse(saved));
  if (!document.root().is_dict()) return fail(FaultCode::malformed, "roots: not a dictionary");
  std::map<std::string, KnownRoot> known;
  for (const auto& entry : document.root().dict_entries()) {
    SEED_TRY(const auto root, SafePath::root(as_text(entry.key)));
    if (known.size() >= roots_max) return fail(FaultCode::too_large, "roots: too many");
    KnownRoot one;
    one.identity = {number(entry.value, "device"), number(entry.value, "file_system"),
                    number(entry.value, "inode")};
    one.marker = to_string(entry.value.string_or("marker"));
    if (!one.marker.empty() && (one.marker.size() != 2 * marker_bytes || !from_hex(one.marker)))
      return fail(FaultCode::malformed, "roots: a marker that is none");
    known.emplace(root.full(), std::move(one));
  }
  known_ = std::move(known);
  return {};
}

}  // namespace seed::storage
