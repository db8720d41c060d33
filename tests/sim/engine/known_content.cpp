#include "tests/sim/engine/known_content.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/bencode/writer.h"
#include "core/metainfo/torrent_encoder.h"

namespace seed::sim {

namespace {

std::vector<std::uint64_t> cut(std::uint64_t total, std::uint32_t files, Rng& rng) {
  std::vector<std::uint64_t> cuts{0, total};
  for (std::uint32_t i = 1; i < files; ++i)
    cuts.push_back(rng.below(8) == 0 ? cuts[rng.below(cuts.size())] : rng.below(total + 1));
  std::ranges::sort(cuts);
  std::vector<std::uint64_t> lengths;
  for (std::size_t i = 1; i < cuts.size(); ++i) lengths.push_back(cuts[i] - cuts[i - 1]);
  return lengths;
}

Buffer make_info(const ContentPlan& plan, const Buffer& octets, Rng& rng) {
  Buffer hashes;
  for (std::size_t at = 0; at < octets.size(); at += plan.piece_length) {
    const auto size = std::min<std::size_t>(plan.piece_length, octets.size() - at);
    const Sha1 digest = sha1(Bytes(octets).subspan(at, size));
    hashes.insert(hashes.end(), digest.octets.begin(), digest.octets.end());
  }
  bencode::DictWriter info;
  info.string("name", plan.name);
  info.integer("piece length", plan.piece_length);
  info.string("pieces", Bytes(hashes));
  if (plan.is_private) info.integer("private", 1);
  if (plan.files <= 1) {
    info.integer("length", static_cast<std::int64_t>(octets.size()));
    return info.take();
  }
  bencode::Writer files;
  files.begin_list();
  std::uint32_t number = 0;
  for (const std::uint64_t length : cut(octets.size(), plan.files, rng)) {
    files.begin_dict().key("length").integer(static_cast<std::int64_t>(length));
    files.key("path").begin_list();
    if (number % 3 == 1) files.string("folder");
    files.string("file" + std::to_string(number++)).end().end();
  }
  files.end();
  info.raw("files", files.take());
  return info.take();
}

}  // namespace

KnownContent::KnownContent(const ContentPlan& plan, Rng rng) : octets_(plan.total_size) {
  rng.fill(octets_);
  const Buffer info = make_info(plan, octets_, rng);
  metainfo::TorrentParts parts;
  parts.info = info;
  parts.announce_tiers = plan.trackers;
  torrent_ = metainfo::encode_torrent(parts);
  auto parsed = metainfo::parse_torrent(torrent_);
  SEED_CHECK(parsed.has_value());
  metainfo_ = *std::move(parsed);
}

Bytes KnownContent::piece(PieceIndex piece) const {
  return Bytes(octets_).subspan(std::size_t{piece.value} * metainfo_.layout.piece_length(),
                                metainfo_.layout.piece_size(piece));
}

void KnownContent::put(test::FakeFiles& files, const std::string& root) const {
  const auto& layout = metainfo_.layout;
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const FileIndex file{i};
    files.put(root + "/" + layout.path(file),
              Bytes(octets_).subspan(layout.offset(file), layout.length(file)));
  }
}

bool KnownContent::holds(test::FakeFiles& files, const std::string& root, PieceIndex piece) const {
  const auto& layout = metainfo_.layout;
  const auto folder = SafePath::root(root);
  Bytes expected = this->piece(piece);
  for (const auto& slice : layout.slices(piece)) {
    const auto path = folder->descend(layout.path(slice.file));
    auto file = files.open(*path, io::OpenMode::read);
    if (!file) file = files.open(path->with_suffix(".part"), io::OpenMode::read);
    if (!file) return false;
    Buffer found(slice.length);
    const MutableBytes out(found);
    const auto read = (*file)->read(slice.offset, {&out, 1});
    if (!read || *read != slice.length || !equal(found, expected.first(slice.length))) return false;
    expected = expected.subspan(slice.length);
  }
  return true;
}

}  // namespace seed::sim
