#include "core/session/own_tracker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/trackerd/udp_answers.h"

namespace seed::session {

namespace {

trackerd::Tracker::Options options_of(const config::Settings& settings) {
  trackerd::Tracker::Options out;
  out.interval = std::chrono::minutes(settings.tracker_interval_minutes);
  out.listed_only = !settings.tracker_open;
  return out;
}

/// Of SHA-256 the first 20 octets (BEP 52).
std::vector<Sha1> hashes_of(const config::TextList& texts) {
  std::vector<Sha1> out;
  for (const std::string& text : texts)
    if (const auto hash = Sha1::parse_hex(std::string_view(text).substr(0, 2 * Sha1::size)))
      out.push_back(*hash);
  return out;
}

}  // namespace

OwnTracker::OwnTracker(io::World world, OwnTrackerOwner& owner, log::Logger log)
    : world_(world), owner_(owner), log_(std::move(log)), http_(world_.clock, *this) {}

bool OwnTracker::configure(const config::Settings& settings, const io::UplinkFacts& network,
                           bool reachable, Instant now) {
  if (!settings.tracker_enabled || !reachable) {
    close();
    return false;
  }
  const bool begins = !enabled();
  if (begins) begin(settings);
  tracker_->set_options(options_of(settings));
  if (begins || allowed_ != settings.tracker_allowed) {
    allowed_ = settings.tracker_allowed;
    tracker_->access().set_list(hashes_of(allowed_));
  }
  const auto place = [&](Door& door, const std::optional<IpAddress>& way, const std::string& bind) {
    const auto at = network.there() && way ? IpAddress::parse(bind) : std::nullopt;
    if (at != door.at || settings.tracker_port != port_) door.close();
    door.at = at;
  };
  place(v4_, network.v4, settings.tracker_bind_address_ipv4);
  place(v6_, network.v6, settings.tracker_bind_address_ipv6);
  port_ = settings.tracker_port;
  open(now);
  return begins;
}

/// Connection ids and tables are made with a secret, so that nobody can foretell them.
void OwnTracker::begin(const config::Settings& settings) {
  trackerd::KeyedHash::Key secret{};
  world_.entropy.fill(secret);
  tracker_ =
      std::make_unique<trackerd::Tracker>(secret, Rng(world_.entropy.seed()), options_of(settings));
}

void OwnTracker::open(Instant now) {
  retry_at_ = never;
  for (Door* door : {&v4_, &v6_}) {
    if (!door->at || door->open()) continue;
    const auto opened = open(*door);
    if (opened) {
      door->told.clear();
      log_.info("tracker is asked", {{"at", Endpoint{*door->at, port_}.to_string()}});
      continue;
    }
    // A host without IPv6 is no trouble, and will hardly have it soon.
    const Fault& fault = opened.error();
    const bool done_without =
        door == &v6_ && v4_.open() && door->at->is_unspecified() && fault.code != FaultCode::exists;
    if (!done_without) retry_at_ = now + retry_after;
    if (std::exchange(door->told, fault.text) == fault.text) continue;
    if (done_without)
      log_.debug("no tracker over IPv6", {{"error", fault.text}});
    else
      log_.error("the tracker cannot be asked; trying again",
                 {{"port", port_}, {"error", fault.text}});
  }
}

/// By both or by none: who is told to come by the one tries the other.
Result<void> OwnTracker::open(Door& door) {
  const Endpoint at{*door.at, port_};
  auto udp = world_.net.open_udp(at, *this);
  if (!udp) return std::unexpected(udp.error());
  SEED_TRY(door.tcp, world_.net.listen(at, *this));
  door.udp = *std::move(udp);
  return {};
}

void OwnTracker::close_sockets() {
  v4_.close();
  v6_.close();
  http_.close();
  retry_at_ = never;
}

void OwnTracker::close() {
  close_sockets();
  tracker_.reset();
  own_.clear();
  v4_.told.clear();
  v6_.told.clear();
}

void OwnTracker::consider(TorrentId torrent) {
  if (!enabled()) return;
  auto wanted = owner_.own_hashes(torrent);
  if (const auto known = own_.find(torrent); known != own_.end()) {
    if (wanted == known->second) return;
    for (const Sha1& hash : known->second) tracker_->access().remove_own(hash);
    own_.erase(known);
  }
  if (wanted.empty()) return;
  for (const Sha1& hash : wanted) tracker_->access().add_own(hash);
  own_.emplace(torrent, std::move(wanted));
}

void OwnTracker::on_deadline(Instant now) {
  if (enabled() && tracker_->deadline() <= now) tracker_->on_deadline(now);
  if (http_.deadline() <= now) http_.on_deadline(now);
  if (retry_at_ <= now) open(now);
}

Instant OwnTracker::deadline() const {
  if (!enabled()) return never;
  return std::min({tracker_->deadline(), http_.deadline(), retry_at_});
}

/// What does not go out is asked again: that is what clients do with UDP.
void OwnTracker::on_datagram(MutableBytes datagram, const Endpoint& from) {
  if (owner_.turns_away(from.address)) return;
  const auto answer = trackerd::answer_datagram(*tracker_, datagram, from, world_.clock.now());
  const Door& door = from.address.is_v4() ? v4_ : v6_;
  if (answer && door.udp) static_cast<void>(door.udp->send(*answer, from));
}

void OwnTracker::on_accept(std::unique_ptr<io::Stream> stream) {
  if (!owner_.turns_away(stream->remote().address)) http_.accept(std::move(stream));
}

void OwnTracker::on_accept_fault(const Fault& fault) {
  const Instant now = world_.clock.now();
  if (now < fault_silent_until_) return;
  fault_silent_until_ = now + fault_told_every;
  log_.error("cannot accept connections for the tracker for now", {{"error", fault.text}});
}

trackerd::HttpAnswer OwnTracker::answer_http(std::string_view path, std::string_view query,
                                             const IpAddress& source) {
  return trackerd::answer_request(*tracker_, path, query, source, world_.clock.now());
}

void OwnTracker::on_http_refused(const IpAddress& source) {
  tracker_->count_trouble(trackerd::Protocol::http, trackerd::family_of(source),
                          trackerd::Trouble::malformed);
}

}  // namespace seed::session
