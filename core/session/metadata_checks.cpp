#include "core/session/metadata_checks.h"

#include <utility>

#include "core/metainfo/torrent_encoder.h"

namespace seed::session {

bool has_hashes(Bytes info, const InfoHashes& hashes) {
  return (!hashes.v1 || sha1(info) == *hashes.v1) && (!hashes.v2 || sha256(info) == *hashes.v2);
}

namespace {

Result<CheckedMetadata> made(metainfo::TorrentParts parts, const torrent::TorrentRecord& record) {
  parts.announce_tiers = record.tiers;
  parts.web_seeds = record.content.webseeds;
  CheckedMetadata out;
  out.torrent = metainfo::encode_torrent(parts);
  SEED_TRY(auto parsed, metainfo::parse_torrent(out.torrent));
  out.metainfo = std::make_shared<const metainfo::Metainfo>(std::move(parsed));
  return out;
}

Result<CheckedMetadata> completed(metainfo::Metainfo metainfo,
                                  const std::map<FileIndex, Buffer>& layers) {
  for (const auto& [file, layer] : layers)
    for (const FileIndex same : metainfo.files_with_root(*metainfo.pieces_root(file)))
      SEED_TRY_VOID(metainfo.set_layer(same, layer));
  CheckedMetadata out;
  out.torrent = metainfo::encode_torrent(metainfo::parts_of(metainfo));
  out.metainfo = std::make_shared<const metainfo::Metainfo>(std::move(metainfo));
  return out;
}

}  // namespace

Result<CheckedMetadata> made_torrent(Bytes info, const torrent::TorrentRecord& record) {
  metainfo::TorrentParts parts;
  parts.info = info;
  return made(std::move(parts), record);
}

Result<CheckedMetadata> made_torrent(const metainfo::Metainfo& said,
                                     const torrent::TorrentRecord& record) {
  metainfo::TorrentParts parts;
  parts.info = said.info;
  parts.piece_layers = metainfo::encode_piece_layers(said);
  return made(std::move(parts), record);
}

void MetadataChecks::complete(TorrentId id, metainfo::Metainfo metainfo,
                              std::map<FileIndex, Buffer> layers) {
  io::submit(
      workers_, io::Lane::none, io::Urgency::transfer,
      [metainfo = std::move(metainfo), layers = std::move(layers)](const io::JobTools&) mutable
          -> Outcome { return completed(std::move(metainfo), layers); },
      [this, id](Outcome outcome) { checked_(id, std::move(outcome)); });
}

void MetadataChecks::check(TorrentId id, Buffer info, const torrent::TorrentRecord& record) {
  torrent::TorrentRecord facts;
  facts.hashes = record.hashes;
  facts.tiers = record.tiers;
  facts.content.webseeds = record.content.webseeds;
  io::submit(
      workers_, io::Lane::none, io::Urgency::transfer,
      [info = std::move(info), facts = std::move(facts)](const io::JobTools&) -> Outcome {
        if (!has_hashes(info, facts.hashes)) return std::nullopt;
        return made_torrent(info, facts);
      },
      [this, id](Outcome outcome) { checked_(id, std::move(outcome)); });
}

}  // namespace seed::session
