#include "core/storage/durability.h"

#include "core/base/check.h"

namespace seed::storage {

void Durability::restore(Bitfield durable, std::map<FileIndex, io::FileStamp> stamps) {
  durable_ = std::move(durable);
  stamps_ = std::move(stamps);
  named_.clear();
  for (const auto& [file, stamp] : stamps_) named_.insert(file);
}

void Durability::on_written(PieceIndex piece, std::span<const FileIndex> files, std::uint64_t bytes,
                            Instant now) {
  if (!since_) since_ = now;
  waiting_.pieces.push_back(piece);
  waiting_.files.insert(files.begin(), files.end());
  waiting_.written.insert(files.begin(), files.end());
  waiting_bytes_ += bytes;
}

void Durability::on_created(FileIndex file, Instant now) {
  if (!since_) since_ = now;
  waiting_.files.insert(file);
  waiting_.created.insert(file);
  named_.erase(file);
}

void Durability::forget(PieceIndex piece) {
  durable_.set(piece, false);
  std::erase(waiting_.pieces, piece);
  if (group_) std::erase(group_->pieces, piece);
}

void Durability::on_touched(FileIndex file, Instant now) {
  if (!since_) since_ = now;
  waiting_.files.insert(file);
}

std::optional<Instant> Durability::deadline() const {
  if (!since_ || group_) return std::nullopt;
  return waiting_bytes_ >= sync_bytes ? *since_ : *since_ + sync_delay;
}

const Durability::Group& Durability::begin() {
  SEED_CHECK(!group_);
  group_ = std::exchange(waiting_, Group{});
  waiting_bytes_ = 0;
  since_.reset();
  for (const auto file : group_->files)
    if (!named_.contains(file)) group_->created.insert(file);
  return *group_;
}

void Durability::on_synced(const std::vector<std::pair<FileIndex, io::FileStamp>>& stamps) {
  for (const auto piece : group_->pieces) durable_.set(piece);
  for (const auto& [file, stamp] : stamps) stamps_[file] = stamp;
  // But not those whose names changed while the sync ran.
  for (const auto file : group_->created)
    if (!waiting_.created.contains(file)) named_.insert(file);
  group_.reset();
}

void Durability::on_postponed(Instant now) {
  auto& pieces = waiting_.pieces;
  pieces.insert(pieces.begin(), group_->pieces.begin(), group_->pieces.end());
  waiting_.files.merge(group_->files);
  waiting_.created.merge(group_->created);
  waiting_.written.merge(group_->written);
  if (!since_) since_ = now;
  group_.reset();
}

std::vector<PieceIndex> Durability::on_failed() {
  auto lost = std::move(group_->pieces);
  // Names that were to be made durable still are; the next group does it.
  if (!group_->created.empty()) {
    waiting_.created.merge(group_->created);
    waiting_.files.insert(waiting_.created.begin(), waiting_.created.end());
  }
  group_.reset();
  return lost;
}

}  // namespace seed::storage
