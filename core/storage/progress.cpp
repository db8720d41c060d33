#include "core/storage/progress.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"

namespace seed::storage {
namespace {

/// Octets of one stamp: file, size, mtime.
constexpr std::size_t stamp_bytes = 4 + 8 + 8;

std::unexpected<Fault> malformed(std::string_view what) {
  return fail(FaultCode::malformed, "saved progress: " + std::string(what));
}

Buffer encode_stamps(const std::vector<SavedStamp>& stamps) {
  ByteWriter out;
  for (const auto& [file, stamp] : stamps)
    out.u32(file.value).u64(stamp.size).u64(static_cast<std::uint64_t>(stamp.modified_ns));
  return out.take();
}

Result<std::vector<SavedStamp>> parse_stamps(Bytes octets) {
  if (octets.size() % stamp_bytes != 0 || octets.size() / stamp_bytes > limits::files_max)
    return malformed("bad stamps");
  std::vector<SavedStamp> out;
  out.reserve(octets.size() / stamp_bytes);
  ByteReader reader(octets);
  while (!reader.done()) {
    SavedStamp one;
    one.file.value = reader.u32();
    one.stamp.size = reader.u64();
    one.stamp.modified_ns = static_cast<std::int64_t>(reader.u64());
    if (one.file.value >= limits::files_max || (!out.empty() && one.file <= out.back().file))
      return malformed("stamps out of order");
    out.push_back(one);
  }
  return out;
}

Result<PlacementFacts> parse_placement(const bencode::Value& value) {
  PlacementFacts out;
  SEED_TRY(out.root, SafePath::root(as_text(value.string_or("root"))));
  if (const auto to = value.find_string("copying_to")) {
    SEED_TRY(out.copying_to, SafePath::root(as_text(*to)));
  }
  if (const auto from = value.find_string("moving_from")) {
    SEED_TRY(out.moving_from, SafePath::root(as_text(*from)));
  }
  if (const auto renames = value.find_list("renames")) {
    for (const auto& item : renames->list_items()) {
      if (out.renames.size() >= renames_max) return malformed("too many renames");
      PathRename one{to_string(item.string_or("path")), to_string(item.string_or("name"))};
      // Checked as the user's own are, for a damaged file must not make a path.
      SEED_TRY_VOID(out.root.descend(one.path));
      SEED_TRY_VOID(out.root.child(one.name));
      out.renames.push_back(std::move(one));
    }
  }
  out.renaming = value.integer_or("renaming", 0) != 0;
  return out;
}

/// Whether the file holds all its octets, as far as its length tells.
bool is_whole(const metainfo::FileLayout& layout, FileIndex file, const FoundFile& found) {
  return found.there && found.stamp.size >= layout.length(file);
}

/// Marks the pieces of every file that is there; of one that is shorter, only those it reaches.
void mark_found(const metainfo::FileLayout& layout, std::span<const FoundFile> found,
                const std::vector<bool>& changed, Bitfield& to_check) {
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const FileIndex file{i};
    if (!changed[i] || !found[i].there || found[i].stamp.size == 0 || layout.is_pad(file)) continue;
    const auto pieces = layout.pieces_of(file);
    std::uint64_t last = pieces.last.value;
    if (!is_whole(layout, file, found[i]))
      last = std::min<std::uint64_t>(
          last, (layout.offset(file) + found[i].stamp.size) / layout.piece_length() + 1);
    for (std::uint32_t piece = pieces.first.value; piece < last; ++piece)
      to_check.set(PieceIndex{piece});
  }
}

/// File by file: a sum would let what is to be read of one file stand for another that is gone.
bool has_lost(const metainfo::FileLayout& layout, const Bitfield& claimed,
              std::span<const FoundFile> found, const ResumePlan& plan) {
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    const auto range = layout.pieces_of(FileIndex{i});
    if (!found[i].there && !layout.is_pad(FileIndex{i}) && range.first < range.last &&
        claimed.next_set(range.first.value) < range.last.value)
      return true;
  }
  // Of one that is shorter only what it reaches is to be read.
  for (std::uint32_t i = claimed.next_set(0); i < claimed.size(); i = claimed.next_set(i + 1))
    if (!plan.have.test(PieceIndex{i}) && !plan.to_check.test(PieceIndex{i})) return true;
  return false;
}

}  // namespace

Buffer encode(const Progress& progress) {
  bencode::Writer out;
  out.begin_dict();
  if (progress.own.size() > 0) out.key("files").integer(progress.own.size());
  out.key("have").string(progress.have.wire());
  if (progress.own.size() > 0) out.key("own").string(progress.own.wire());
  out.key("pieces").integer(progress.have.size());
  out.key("placement").begin_dict();
  const auto& placement = progress.placement;
  if (placement.copying_to) out.key("copying_to").string(placement.copying_to->full());
  if (placement.moving_from) out.key("moving_from").string(placement.moving_from->full());
  if (!placement.renames.empty()) {
    out.key("renames").begin_list();
    for (const auto& rename : placement.renames)
      out.begin_dict().key("name").string(rename.name).key("path").string(rename.path).end();
    out.end();
  }
  if (placement.renaming) out.key("renaming").integer(1);
  out.key("root").string(placement.root.full());
  out.end();
  out.key("stamps").string(encode_stamps(progress.stamps));
  out.end();
  return out.take();
}

Result<Progress> parse_progress(Bytes input) {
  SEED_TRY(const auto document, bencode::Document::parse(input));
  const auto root = document.root();
  Progress out;
  const auto pieces = root.integer_or("pieces", -1);
  if (pieces < 0 || pieces > limits::pieces_max) return malformed("bad number of pieces");
  auto have = Bitfield::from_wire(root.string_or("have"), static_cast<std::uint32_t>(pieces));
  if (!have) return malformed("bad pieces");
  out.have = std::move(*have);
  const auto files = root.integer_or("files", 0);
  if (files < 0 || std::cmp_greater(files, limits::files_max))
    return malformed("bad number of files");
  auto own = Bitfield::from_wire(root.string_or("own"), static_cast<std::uint32_t>(files));
  if (!own) return malformed("bad files");
  out.own = std::move(*own);
  SEED_TRY(out.stamps, parse_stamps(root.string_or("stamps")));
  const auto placement = root.find_dict("placement");
  if (!placement) return malformed("no placement");
  SEED_TRY(out.placement, parse_placement(*placement));
  return out;
}

ResumePlan plan_resume(const metainfo::FileLayout& layout, const std::optional<Progress>& saved,
                       std::span<const FoundFile> found) {
  SEED_CHECK(found.size() == layout.file_count());
  const std::uint32_t pieces = layout.piece_count();
  ResumePlan out{Bitfield(pieces), Bitfield(pieces)};
  std::vector<bool> changed(found.size(), true);
  const bool known = saved && saved->have.size() == pieces;
  if (known) {
    out.have = saved->have;
    std::map<FileIndex, io::FileStamp> stamps;
    for (const auto& [file, stamp] : saved->stamps) stamps.emplace(file, stamp);
    for (std::uint32_t i = 0; i < found.size(); ++i) {
      const auto stamp = stamps.find(FileIndex{i});
      changed[i] = stamp == stamps.end() || !found[i].there || found[i].stamp != stamp->second;
      // Pads are nowhere, so they never change.
      if (layout.is_pad(FileIndex{i})) changed[i] = false;
    }
  }
  mark_found(layout, found, changed, out.to_check);
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    if (!changed[i]) continue;
    const auto range = layout.pieces_of(FileIndex{i});
    for (auto piece = range.first; piece < range.last; ++piece.value) out.have.set(piece, false);
  }
  out.lost = known && has_lost(layout, saved->have, found, out);
  return out;
}

}  // namespace seed::storage
