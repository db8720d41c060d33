// Session::Impl: torrents that are added, and magnets whose metadata comes.
#include <utility>

#include "core/session/new_records.h"
#include "core/session/session_impl.h"

namespace seed::session {

namespace {

OrderError from_fault(const Fault& fault) { return {OrderErrorCode::system_error, fault.text}; }

}  // namespace

void Session::Impl::insert(Addition addition) {
  if (const auto* known = torrents_.find(addition.hashes()))
    return insert_known(std::move(addition), known->number());
  const io::StoreKey key = torrents_.take_key();
  const NewPlace place{next_rank_, world_.clock.wall()};
  auto record = addition.metainfo ? new_record(addition.order, *addition.metainfo, settings_, place)
                                  : new_record(addition.order, addition.magnet, settings_, place);
  static_cast<void>(ensure_group(record.options));
  torrent::Torrent& torrent = make_torrent(key, std::move(record));
  const TorrentId id = torrent.id();
  if (!positions_moved_)
    torrent.show_queue_position(static_cast<std::int64_t>(torrents_.size()) - 1);
  if (addition.metainfo) loading_.keep_fresh(id, {addition.metainfo, std::nullopt});
  totals_.on_added();
  queue_again(id);
  note(TorrentAdded{reference(torrent)});
  undecided_.push_back(id);
  if (addition.metainfo) meet_nodes(*addition.metainfo);
  for (const auto& peer : addition.magnet.peers) named_peers_.meet(id, peer.host, peer.port);
  save_new(id, std::move(addition));
}

/// From the watched folder.
void Session::Impl::add_watched(Buffer torrent,
                                std::move_only_function<void(Watching::Outcome)> answer) {
  AddOrder order;
  order.source = std::move(torrent);
  add(std::move(order), [answer = std::move(answer)](const OrderResult<AddReply>& added) mutable {
    if (added) return answer({});
    const bool bad = added.error().code == OrderErrorCode::corrupt_torrent ||
                     added.error().code == OrderErrorCode::unrecognized_info;
    answer({bad ? Watching::Fate::refused : Watching::Fate::failed, added.error().text});
  });
}

void Session::Impl::save_new(TorrentId id, Addition addition) {
  const Entry& entry = *torrents_.entry(id);
  std::vector<io::StoreChange> changes(1);
  changes[0] = Saving::record_change(entry);
  if (addition.metainfo) {
    auto& metainfo = changes.emplace_back();
    metainfo.kind = io::StoreChange::Kind::put_metainfo;
    metainfo.key = entry.key;
    metainfo.value = std::move(addition.torrent);
  }
  // What is there already is recognised, also when the torrent is added paused.
  entry.torrent->with_content([](const Result<void>&) {});
  world_.alarm.again();
  saving_.commit(std::move(changes), [this, id, answer = std::move(addition.answer)](
                                         const Result<void>& saved) mutable {
    on_added(id, saved, std::move(answer));
  });
}

void Session::Impl::on_peer_named(std::optional<TorrentId> id, const Endpoint& endpoint) {
  if (auto* torrent = id ? torrents_.find(*id) : nullptr)
    torrent->add_candidate(endpoint, swarm::Source::manual);
  dht_.on_node_named(endpoint, now());
}

void Session::Impl::check_metadata(TorrentId id, Buffer info) {
  if (const auto* torrent = torrents_.find(id))
    metadata_checks_.check(id, std::move(info), torrent->record());
}

void Session::Impl::on_metadata_checked(TorrentId id, MetadataChecks::Outcome outcome) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr || !torrent->without_metadata()) return;
  if (!outcome) return torrent->on_wrong_metadata();
  if (!*outcome) return torrent->on_bad_metadata(outcome->error());
  auto& [metainfo, octets] = **outcome;
  // By what the user has said by now of its files.
  torrent->on_metadata(learned_metadata(torrent->record(), metainfo, std::move(octets)));
}

void Session::Impl::on_metadata_complete(TorrentId id,
                                         std::shared_ptr<const metainfo::Metainfo> metainfo) {
  loading_.keep_fresh(id, {std::move(metainfo), std::nullopt});
  note(TorrentMetadata{reference(*torrents_.find(id))});
  queue_again(id);
  undecided_.push_back(id);
  world_.alarm.again();
}

const torrent::TorrentRecord* Session::Impl::wants_metadata(TorrentId id) {
  const auto* torrent = torrents_.find(id);
  const bool wants = torrent != nullptr && torrent->fetches_metadata() && goodbye_.running() &&
                     own_network_.there();
  return wants ? &torrent->record() : nullptr;
}

void Session::Impl::on_metadata_found(TorrentId id, CheckedMetadata found) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr || !torrent->without_metadata()) return;
  // They may have been edited since the file was looked at.
  auto tiers = torrent::joined(torrent->record().tiers, found.metainfo->announce_tiers);
  if (tiers != torrent->record().tiers) torrent->set_trackers(std::move(tiers));
  on_metadata_checked(id, std::move(found));
}

void Session::Impl::insert_known(Addition addition, TorrentNumber number) {
  if (!data_removal_.removes(number)) return answer_known(std::move(addition), number);
  data_removal_.wait(
      number, [this, addition = std::move(addition)]() mutable { insert(std::move(addition)); });
}

/// What is there may itself wait to be saved. Commits are answered in their order, so behind one
/// more it is durable if it is there still; and if it is not, this addition is the first.
void Session::Impl::answer_known(Addition addition, TorrentNumber number) {
  saving_.commit({}, [this, addition = std::move(addition), number](const Result<void>&) mutable {
    const auto* known = torrents_.find(addition.hashes());
    if (known == nullptr || known->number() != number) return insert(std::move(addition));
    if (!is_shown(*known, addition.order.only_labels))
      return addition.refuse(OrderErrorCode::not_allowed,
                             "the torrent is there already, without a label of yours");
    addition.answer(AddReply{true, number, known->hashes(), known->record().name});
  });
}

void Session::Impl::on_added(TorrentId id, const Result<void>& saved,
                             OrderAnswer<AddReply> answer) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr)
    return answer(
        std::unexpected(OrderError{OrderErrorCode::system_error, "it was removed meanwhile"}));
  if (!saved) {
    part_with(*torrent);
    return answer(std::unexpected(from_fault(saved.error())));
  }
  log_.info("added",
            {{"torrent", torrent->record().name}, {"hash", torrent->hashes().short_hash()}});
  answer(AddReply{false, torrent->number(), torrent->hashes(), torrent->record().name});
}

}  // namespace seed::session
