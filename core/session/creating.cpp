#include "core/session/creating.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/ascii.h"
#include "core/base/digest.h"
#include "core/base/url.h"
#include "core/metainfo/magnet.h"
#include "core/session/creation_sources.h"
#include "core/session/tracker_edits.h"

namespace seed::session {

namespace {

constexpr std::string_view suffix = ".torrent";

std::unexpected<OrderError> refusal(OrderErrorCode code, std::string text) {
  return std::unexpected(OrderError{code, std::move(text)});
}
std::unexpected<OrderError> invalid(std::string text) {
  return refusal(OrderErrorCode::invalid_params, std::move(text));
}

/// The folder it lies in as its root: that is where it is seeded from.
OrderResult<SafePath> place_of(std::string_view what, const std::string& path) {
  if (!path.starts_with('/'))
    return refusal(OrderErrorCode::path_not_absolute, fmt::format("{}: is not absolute", what));
  const auto whole = SafePath::root(path);
  if (!whole) return invalid(fmt::format("{}: {}", what, whole.error().text));
  const std::string& text = whole->root_path();
  const std::size_t slash = text.rfind('/');
  const auto folder = SafePath::root(slash == 0 ? "/" : text.substr(0, slash));
  if (!folder) return invalid(fmt::format("{}: {}", what, folder.error().text));
  auto out = folder->child(std::string_view(text).substr(slash + 1));
  if (!out) return invalid(fmt::format("{}: {}", what, out.error().text));
  return *std::move(out);
}

OrderResult<SafePath> output_of(const CreateOrder& order, const SafePath& source) {
  if (order.output.empty()) return SafePath();
  auto out = place_of("output", order.output);
  if (!out) return out;
  const std::string path = out->full();
  if (path.size() <= suffix.size() ||
      !same_but_for_case(std::string_view(path).substr(path.size() - suffix.size()), suffix))
    return invalid("output: a file whose name ends in .torrent");
  const std::string inside = source.full();
  if (path == inside || path.starts_with(inside + '/'))
    return invalid("output: it would lie in the torrent itself");
  return out;
}

OrderResult<metainfo::TorrentParts> parts_for(const CreateOrder& order) {
  metainfo::TorrentParts parts;
  parts.comment = order.comment;
  parts.created = order.created;
  auto tiers = parse_tracker_list(order.tracker_list);
  if (!tiers)
    return refusal(OrderErrorCode::tracker_list_invalid,
                   "tracker_list: URLs of http, https and udp, one a line");
  parts.announce_tiers = *std::move(tiers);
  for (const auto& text : order.web_seeds) {
    const auto url = Url::parse(text);
    if (!url || (url->scheme != "http" && url->scheme != "https"))
      return invalid("webseeds: not a URL of http or https: " + text);
  }
  parts.web_seeds = order.web_seeds;
  if (parts.web_seeds.size() > metainfo::web_seeds_max || order.nodes.size() > metainfo::nodes_max)
    return invalid(fmt::format("at most {} webseeds and {} nodes", metainfo::web_seeds_max,
                               metainfo::nodes_max));
  for (const auto& text : order.nodes) {
    const auto url = Url::parse("udp://" + text);
    if (!url || url->port == 0 || !url->path.empty() || url->has_query || !url->userinfo.empty())
      return invalid("nodes: not a host and a port: " + text);
    parts.nodes.push_back({url->host, url->port});
  }
  return parts;
}

Result<void> check_output(io::Files& files, const SafePath& output, bool replace) {
  if (output == SafePath() || replace || !files.kind(output)) return {};
  return fail(FaultCode::exists, output.full() + " is there already");
}

/// Over nothing, unless it may be replaced.
Result<void> write(io::Files& files, const SafePath& output, bool replace, Bytes torrent) {
  if (replace) return files.save(output, torrent);
  const SafePath fresh = output.with_suffix(".part");
  SEED_TRY_VOID(files.save(fresh, torrent));
  auto named = files.rename(fresh, output);
  if (!named) {
    static_cast<void>(files.remove_file(fresh));
    return named;
  }
  return files.sync_folder(output.parent());
}

std::uint64_t size_of_files(const metainfo::FileLayout& layout) {
  std::uint64_t out = 0;
  for (std::uint32_t at = 0; at < layout.file_count(); ++at)
    if (!layout.is_pad(FileIndex{at})) out += layout.length(FileIndex{at});
  return out;
}

void put_digests(Buffer& all, const metainfo::PieceRange& range, std::size_t digest_bytes,
                 const Buffer& digests) {
  if (digests.empty()) return;  // not of this version
  std::ranges::copy(digests, all.begin() + static_cast<std::ptrdiff_t>(
                                               std::size_t{range.first.value} * digest_bytes));
}

}  // namespace

Creating::Creating(io::Clock& clock, io::Workers& workers, Add add, log::Logger log)
    : clock_(clock), workers_(workers), add_(std::move(add)), log_(std::move(log)) {}

OrderResult<CreationNumber> Creating::create(CreateOrder order) {
  if (stopped_) return refusal(OrderErrorCode::internal, "the daemon is stopping");
  const auto made =
      std::ranges::count_if(creations_, [](const auto& entry) { return entry.second->running(); });
  if (static_cast<std::size_t>(made) >= at_once_max)
    return refusal(OrderErrorCode::system_error,
                   fmt::format("at most {} torrents are made at once", at_once_max));
  auto source = place_of("path", order.path);
  if (!source) return std::unexpected(std::move(source).error());
  auto output = output_of(order, *source);
  if (!output) return std::unexpected(std::move(output).error());
  auto parts = parts_for(order);
  if (!parts) return std::unexpected(std::move(parts).error());
  if (order.options.name.empty()) order.options.name = source->name();
  if (order.add && order.options.name != source->name())
    return invalid("add: its files would have to be called as the torrent is");
  auto creation = std::make_unique<Creation>(
      Creation{std::move(order), *std::move(source), *std::move(output), *std::move(parts)});
  const CreationNumber number = ++last_number_;
  creation->facts.number = number;
  creation->facts.name = creation->order.options.name;
  survey(*creations_.emplace(number, std::move(creation)).first->second);
  return number;
}

void Creating::survey(Creation& creation) {
  ++creation.jobs;
  const CreateOrder& order = creation.order;
  SourceWish wish{creation.source, order.links, order.hidden, order.options.exclude};
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [wish = std::move(wish), options = order.options, output = creation.output,
       replace = order.replace, called_off = creation.called_off](
          const io::JobTools& tools) mutable -> Result<metainfo::CreationPlan> {
        SEED_TRY_VOID(check_output(tools.files, output, replace));
        SEED_TRY(auto sources, list_sources(tools.files, wish, *called_off));
        options.is_folder = sources.is_folder;
        // It may be called otherwise in the torrent than on disk.
        if (!sources.is_folder) sources.files.front().path = {options.name};
        return metainfo::plan_creation(std::move(sources.files), options);
      },
      [this, number = creation.facts.number](Result<metainfo::CreationPlan> plan) {
        on_surveyed(number, std::move(plan));
      });
}

void Creating::on_surveyed(CreationNumber number, Result<metainfo::CreationPlan> plan) {
  Creation& creation = *creations_.at(number);
  --creation.jobs;
  if (!plan || creation.fault) {
    if (!plan) give_up(creation, std::move(plan).error());
    return give_up(creation, {});
  }
  creation.plan = *std::move(plan);
  const auto& layout = creation.plan.layout;
  creation.facts.total_bytes = size_of_files(layout);
  creation.facts.piece_count = layout.piece_count();
  creation.facts.piece_bytes = layout.piece_length();
  if (creation.plan.has_v1()) creation.v1.resize(std::size_t{layout.piece_count()} * Sha1::size);
  if (creation.plan.has_v2()) creation.v2.resize(std::size_t{layout.piece_count()} * Sha256::size);
  hash_more();
}

/// Each gets a run in turn.
void Creating::hash_more() {
  const std::size_t runs_max = workers_.threads() > 2 ? workers_.threads() - 1 : 1;
  bool more = true;
  while (more) {
    more = false;
    for (auto& [number, creation] : creations_) {
      if (runs_ >= runs_max) return;
      if (!creation->wants_run()) continue;
      submit_run(number, *creation);
      more = true;
    }
  }
}

Creating::Run Creating::next_run(const Creation& creation) {
  const auto& layout = creation.plan.layout;
  Run run{{PieceIndex{creation.next_piece}, PieceIndex{creation.next_piece}}};
  std::size_t slices = 0;
  while (run.pieces.last.value < layout.piece_count() && run.bytes < run_bytes &&
         slices < run_slices_max) {
    for (const auto& slice : layout.slices(run.pieces.last)) {
      ++slices;
      if (!layout.is_pad(slice.file)) run.bytes += slice.length;
    }
    ++run.pieces.last.value;
  }
  return run;
}

void Creating::submit_run(CreationNumber number, Creation& creation) {
  const Run run = next_run(creation);
  creation.next_piece = run.pieces.last.value;
  auto job = storage::hash_job(creation.plan, creation.source, run.pieces);
  if (!job) return give_up(creation, std::move(job).error());
  // The plan has its name in the torrent.
  if (!creation.plan.is_folder)
    for (auto& file : job->files) file.path = creation.source;
  job->called_off = creation.called_off;
  ++creation.jobs;
  ++runs_;
  io::submit(workers_, io::Lane::none, io::Urgency::background, *std::move(job),
             [this, number, bytes = run.bytes](const storage::HashResult& result) {
               on_run(number, bytes, result);
             });
}

void Creating::on_run(CreationNumber number, std::uint64_t bytes,
                      const storage::HashResult& result) {
  Creation& creation = *creations_.at(number);
  --creation.jobs;
  --runs_;
  if (result.fault || creation.fault) {
    give_up(creation, result.fault.value_or(Fault()));
    return hash_more();
  }
  creation.facts.hashed_bytes += bytes;
  put_digests(creation.v1, result.pieces, Sha1::size, result.v1);
  put_digests(creation.v2, result.pieces, Sha256::size, result.v2);
  if (creation.jobs == 0 && !creation.wants_run()) finish(number, creation);
  hash_more();
}

void Creating::finish(CreationNumber number, Creation& creation) {
  ++creation.jobs;
  io::submit(
      workers_, io::Lane::none, io::Urgency::background,
      [plan = std::move(creation.plan), v1 = std::move(creation.v1), v2 = std::move(creation.v2),
       parts = std::move(creation.parts), output = creation.output,
       replace = creation.order.replace,
       called_off = creation.called_off](const io::JobTools& tools) mutable -> Result<Made> {
        auto encoded = metainfo::encode_info(plan, {v1, v2});
        Made made;
        if (plan.has_v1()) made.hashes.v1 = sha1(encoded.info);
        if (plan.has_v2()) made.hashes.v2 = sha256(encoded.info);
        metainfo::Magnet magnet;
        magnet.hashes = made.hashes;
        magnet.name = plan.name;
        for (const auto& tier : parts.announce_tiers)
          std::ranges::copy(tier, std::back_inserter(magnet.trackers));
        magnet.web_seeds = parts.web_seeds;
        made.magnet = metainfo::encode_magnet(magnet);
        parts.info = encoded.info;
        parts.piece_layers = std::move(encoded.piece_layers);
        made.torrent = metainfo::encode_torrent(parts);
        if (made.torrent.size() > limits::torrent_file_bytes_max)
          return fail(FaultCode::too_large,
                      fmt::format("the .torrent would be larger than {} MiB; take larger pieces",
                                  limits::torrent_file_bytes_max >> 20));
        if (*called_off) return fail(FaultCode::cancelled, "the torrent is no longer made");
        if (output != SafePath()) SEED_TRY_VOID(write(tools.files, output, replace, made.torrent));
        return made;
      },
      [this, number](Result<Made> made) { on_made(number, std::move(made)); });
}

/// Too late to be cancelled.
void Creating::on_made(CreationNumber number, Result<Made> made) {
  Creation& creation = *creations_.at(number);
  --creation.jobs;
  if (!made) return give_up(creation, std::move(made).error());
  creation.fault.reset();
  CreationSnapshot& facts = creation.facts;
  facts.hashes = made->hashes;
  facts.magnet = std::move(made->magnet);
  facts.torrent_bytes = made->torrent.size();
  if (creation.output != SafePath()) facts.output = creation.output.full();
  creation.torrent = std::move(made->torrent);
  if (!creation.order.add || stopped_) return end(creation, CreationState::done, {});
  AddOrder order;
  order.source = creation.torrent;
  order.download_dir = creation.source.root_path();
  add_(std::move(order), [this, number](const OrderResult<AddReply>& added) {
    Creation& of = *creations_.at(number);
    if (added) return end(of, CreationState::done, {});
    end(of, CreationState::failed, "it is made, but was not added: " + added.error().text);
  });
}

void Creating::give_up(Creation& creation, Fault fault) {
  // The first says why; others only follow.
  if (!creation.fault) creation.fault = std::move(fault);
  *creation.called_off = true;
  if (creation.jobs > 0) return;
  const bool cancelled = creation.fault->code == FaultCode::cancelled;
  end(creation, cancelled ? CreationState::cancelled : CreationState::failed,
      cancelled ? std::string() : creation.fault->text);
}

OrderResult<void> Creating::cancel(CreationNumber number) {
  const auto found = creations_.find(number);
  if (found == creations_.end()) return invalid("id: there is no such creation");
  Creation& creation = *found->second;
  // What ended meanwhile is no mistake of the caller's.
  if (creation.running() && creation.jobs > 0)
    give_up(creation, Fault{FaultCode::cancelled, 0, "cancelled"});
  return {};
}

void Creating::shut_down() {
  stopped_ = true;
  for (auto& [number, creation] : creations_)
    if (creation->running() && creation->jobs > 0)
      give_up(*creation, Fault{FaultCode::cancelled, 0, "the daemon is stopping"});
}

OrderResult<std::vector<CreationSnapshot>> Creating::list(
    std::optional<CreationNumber> which) const {
  std::vector<CreationSnapshot> out;
  if (which) {
    const auto found = creations_.find(*which);
    if (found == creations_.end()) return invalid("id: there is no such creation");
    out.push_back(found->second->facts);
    out.back().torrent = found->second->torrent;
    return out;
  }
  for (const auto& [number, creation] : creations_) out.push_back(creation->facts);
  return out;
}

void Creating::end(Creation& creation, CreationState state, std::string error) {
  creation.facts.state = state;
  creation.facts.error = std::move(error);
  creation.ended = clock_.now();
  creation.plan = {};
  creation.v1 = {};
  creation.v2 = {};
  if (creation.torrent.size() > torrent_bytes_max || state == CreationState::failed)
    creation.torrent = {};
  const std::string path = creation.source.full();
  if (state == CreationState::done)
    log_.info("a torrent was made", {{"path", path}, {"hash", creation.facts.hashes.short_hash()}});
  else if (state == CreationState::failed)
    log_.warn("a torrent could not be made", {{"path", path}, {"error", creation.facts.error}});
}

/// Where nothing goes through them.
void Creating::forget_some() {
  std::vector<CreationNumber> ended;
  for (const auto& [number, creation] : creations_)
    if (!creation->running()) ended.push_back(number);
  std::ranges::sort(ended, std::ranges::greater(),
                    [this](CreationNumber number) { return creations_.at(number)->ended; });
  std::size_t octets = 0;
  for (std::size_t at = 0; at < ended.size(); ++at) {
    Creation& creation = *creations_.at(ended[at]);
    octets += creation.torrent.size();
    if (octets > torrents_bytes_max) creation.torrent = {};
    if (at >= kept_max || clock_.now() - creation.ended > kept_for) creations_.erase(ended[at]);
  }
}

}  // namespace seed::session
