#include "rpc/list_in_steps.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace seed::rpc {

using session::ListQuery;
using session::ListReply;
using session::TorrentNumber;
using session::TorrentSnapshot;

namespace {

using Listed = std::expected<ListReply, CallError>;

Listed list_all(const AskList& ask, ListQuery query) {
  auto out = ask(query);
  while (out && out->torrents.size() % list_step == 0 && !out->torrents.empty()) {
    query.after = out->torrents.back().number;
    auto more = ask(query);
    if (!more) return more;
    if (more->torrents.empty()) break;
    std::ranges::move(more->torrents, std::back_inserter(out->torrents));
  }
  return out;
}

/// Of what several steps say of one torrent the last holds.
class Gathering {
 public:
  explicit Gathering(ListReply first) : reply_(std::move(first)) { take(reply_); }

  void add(ListReply step) {
    reply_.sequence = step.sequence;
    take(step);
  }
  ListReply finish() {
    reply_.torrents.clear();
    for (auto& [number, torrent] : torrents_) reply_.torrents.push_back(std::move(torrent));
    reply_.removed.assign(removed_.begin(), removed_.end());
    return std::move(reply_);
  }

 private:
  void take(ListReply& step) {
    for (auto& torrent : step.torrents) {
      const TorrentNumber number = torrent.number;
      removed_.erase(number);
      torrents_.insert_or_assign(number, std::move(torrent));
    }
    for (const TorrentNumber number : step.removed) {
      torrents_.erase(number);
      removed_.insert(number);
    }
  }

  ListReply reply_;
  std::map<TorrentNumber, TorrentSnapshot> torrents_;
  std::set<TorrentNumber> removed_;
};

}  // namespace

std::expected<ListReply, CallError> list_in_steps(const AskList& ask, ListQuery query) {
  query.most = list_step;
  if (query.since == 0) return list_all(ask, std::move(query));
  auto first = ask(query);
  if (!first || first->full || first->sequence >= first->newest) return first;
  // What changes from now on is for the next call.
  const std::uint64_t until = first->newest;
  std::uint64_t sequence = first->sequence;
  Gathering all(*std::move(first));
  while (sequence < until) {
    query.since = sequence;
    auto step = ask(query);
    if (!step || step->full) return step;
    sequence = step->sequence;
    all.add(*std::move(step));
  }
  return all.finish();
}

}  // namespace seed::rpc
