// The objects within a torrent: files, file_stats, trackers, tracker_stats, peers, peers_from
// (rpc-contract, section 6.2).
#pragma once

#include <span>

#include "rpc/fields/field.h"

namespace seed::rpc {

/// One file: what its metainfo says and what we have of it.
struct FileView {
  const session::FileFacts& facts;
  const session::FileSnapshot& state;
};

std::span<const Field<FileView>> file_fields();
std::span<const Field<session::FileSnapshot>> file_stat_fields();
std::span<const Field<session::TrackerSnapshot>> tracker_fields();
std::span<const Field<session::TrackerSnapshot>> tracker_stat_fields();
std::span<const Field<session::PeerSnapshot>> peer_fields();
std::span<const Field<session::TorrentSnapshot>> peers_from_fields();

void write_files(const session::TorrentSnapshot& from, JsonWriter& out, Dialect dialect);
void write_file_stats(const session::TorrentSnapshot& from, JsonWriter& out, Dialect dialect);
void write_trackers(const session::TorrentSnapshot& from, JsonWriter& out, Dialect dialect);
void write_tracker_stats(const session::TorrentSnapshot& from, JsonWriter& out, Dialect dialect);
void write_peers(const session::TorrentSnapshot& from, JsonWriter& out, Dialect dialect);
void write_peers_from(const session::TorrentSnapshot& from, JsonWriter& out, Dialect dialect);

}  // namespace seed::rpc
