#include "core/torrent/web_seeds.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "core/base/url.h"

namespace seed::torrent {

WebSeeds::WebSeeds(Environment& environment, Setup setup, WebSeedsOwner& owner, Rng rng)
    : environment_(environment), setup_(std::move(setup)), owner_(owner), paths_(*setup_.metainfo) {
  for (const std::string& url : setup_.urls)
    seeds_.push_back(std::make_unique<Seed>(
        *this, id_of(seeds_.size()), webseed::Source(url, *setup_.metainfo, paths_, rng.fork())));
}

WebSeeds::~WebSeeds() {
  for (const auto& seed : seeds_)
    if (seed->call) environment_.world.http.cancel(*seed->call);
}

// --- runs

void WebSeeds::on_tick(Instant now) {
  for (const auto& seed : seeds_) end_waiting(*seed, now);
  resume();
  fill(now);
  arm();
}

/// What it was given waits for nobody's fault: peers may have it.
void WebSeeds::end_waiting(Seed& seed, Instant now) {
  const bool waits = seed.call && seed.source.state() == webseed::State::asking;
  if (!waits || now - seed.opened_at < line_wait_max) return;
  environment_.world.http.cancel(*std::exchange(seed.call, std::nullopt));
  seed.source.on_end(fail(FaultCode::cut_off, "too many others are asked at once"), now);
  drain(seed, now);
}

void WebSeeds::fill(Instant now) {
  if (shut_) return;
  auto active = static_cast<std::size_t>(
      std::ranges::count_if(seeds_, [](const auto& seed) { return seed->source.running(); }));
  for (const auto& seed : seeds_) {
    if (active >= active_max) return;
    if (seed->source.ready() && give_run(*seed, now)) ++active;
  }
}

bool WebSeeds::give_run(Seed& seed, Instant now) {
  const auto blocks = setup_.downloading.take_run(
      {seed.id, seed.source.lacks(), seed.source.run_bytes(), seed.next});
  if (blocks.empty()) return false;
  webseed::Run run{blocks.front().piece, blocks.front().offset, 0};
  for (const BlockRef& block : blocks) run.length += block.length;
  seed.next = PieceIndex{blocks.back().piece.value + 1};
  seed.source.fetch(run, now);
  drain(seed, now);
  return true;
}

void WebSeeds::act(Seed& seed, Instant now) {
  drain(seed, now);
  if (seed.source.ready()) fill(now);
  arm();
}

void WebSeeds::drain(Seed& seed, Instant now) {
  while (auto event = seed.source.next_event())
    std::visit([&](auto& it) { on(seed, it, now); }, *event);
}

void WebSeeds::on(Seed& seed, webseed::OpenWanted& event, Instant now) {
  io::HttpRequest request;
  request.url = std::move(event.url);
  request.range = io::HttpRange{event.first, event.last};
  request.body_bytes_max = static_cast<std::size_t>(event.body_bytes_max);
  environment_.host.prepare(request);
  seed.opened_at = now;
  seed.held = false;
  seed.call = environment_.world.http.open(std::move(request), seed);
}

void WebSeeds::on(Seed& seed, webseed::CloseWanted&, Instant) {
  if (seed.call) environment_.world.http.cancel(*std::exchange(seed.call, std::nullopt));
}

void WebSeeds::on(Seed& seed, webseed::BlockDone& event, Instant now) {
  if (!std::exchange(seed.proven, true) && seed.source.lacks().size() == 0)
    setup_.downloading.on_seed_proven(seed.id);
  const auto accepted =
      setup_.downloading.on_seed_block(seed.id, event.ref, std::move(event.block), now);
  if (accepted > 0) owner_.on_web_seed_payload(accepted);
}

void WebSeeds::on(Seed& seed, webseed::RunOver&, Instant now) {
  setup_.downloading.on_seed_run_over(seed.id, false, now);
}

void WebSeeds::on(Seed& seed, webseed::FileAbsent& event, Instant now) {
  tell(seed, "a web seed does not have a file", event.why);
  note_gone(seed, now);
}

void WebSeeds::on(Seed& seed, webseed::BackedOff& event, Instant now) {
  tell(seed, "a web seed is left alone for a while", event.why);
  note_gone(seed, now);
}

void WebSeeds::on(Seed& seed, webseed::GivenUp& event, Instant now) {
  tell(seed, "a web seed is given up", event.why);
  note_gone(seed, now);
}

/// Until it gives something again, it is no seed that has all.
void WebSeeds::note_gone(Seed& seed, Instant now) {
  seed.proven = false;
  setup_.downloading.on_seed_run_over(seed.id, true, now);
  owner_.on_web_seeds_changed();
}

/// The host alone: the rest of a URL may be a secret.
void WebSeeds::tell(const Seed& seed, const char* what, const std::string& why) {
  const auto url = Url::parse(seed.source.url());
  environment_.log.info(
      what, {{"torrent", setup_.name}, {"host", url ? url->host : std::string()}, {"why", why}});
}

void WebSeeds::set_shut(bool shut, Instant now) {
  if (std::exchange(shut_, shut) == shut) return;
  if (!shut_) return fill(now);
  for (const auto& seed : seeds_) {
    seed->source.stop();
    drain(*seed, now);
    setup_.downloading.on_seed_run_over(seed->id, false, now);
  }
}

void WebSeeds::on_failed(const storage::PieceOutcome& outcome, Instant now) {
  for (const auto& seed : seeds_) {
    const auto part = std::ranges::count(outcome.blocks, seed->id, &storage::BlockOrigin::from);
    if (part == 0) continue;
    seed->source.on_bad_piece(part == std::ssize(outcome.blocks));
    drain(*seed, now);
  }
}

// --- reading

std::size_t WebSeeds::grant(Seed& seed) {
  const Instant at = now();
  seed.held = true;
  if (!owner_.web_seed_may_read()) return 0;
  const std::uint64_t room = setup_.limits.available(Direction::down, at);
  seed.held = room == 0;
  if (room > 0)
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(room, std::numeric_limits<std::size_t>::max()));
  const Instant when = setup_.limits.when(Direction::down, at);
  // Nothing passes a limit of 0, however long one waits; set_shut() ends it.
  if (when != never) held_until_ = std::min(held_until_, std::max(when, at + held_min));
  arm();
  return 0;
}

void WebSeeds::resume() {
  for (const auto& seed : seeds_)
    if (seed->call && std::exchange(seed->held, false)) environment_.world.http.resume(*seed->call);
}

void WebSeeds::on_deadline(Instant now) {
  if (deadline_ > now) return;
  if (std::exchange(held_until_, held_until_ > now ? held_until_ : never) <= now) resume();
  for (const auto& seed : seeds_) {
    if (seed->source.deadline().value_or(never) > now) continue;
    seed->source.on_deadline(now);
    drain(*seed, now);
  }
  fill(now);
  arm();
}

void WebSeeds::arm() {
  const Instant before = std::exchange(deadline_, held_until_);
  for (const auto& seed : seeds_)
    deadline_ = std::min(deadline_, seed->source.deadline().value_or(never));
  if (deadline_ < before) owner_.on_web_seeds_deadline();
}

void WebSeeds::Seed::on_head(const io::HttpHead& head) {
  const Instant at = all.now();
  source.on_head({.status = head.status,
                  .content_length = head.content_length,
                  .content_range = head.content_range,
                  .content_encoding = head.content_encoding,
                  .content_type = head.content_type,
                  .retry_after = head.retry_after,
                  .final_url = head.final_url},
                 at);
  all.act(*this, at);
}

void WebSeeds::Seed::on_body(Bytes part) {
  const Instant at = all.now();
  all.setup_.limits.spend(Direction::down, part.size(), at);
  rate.add(part.size(), at);
  source.on_body(part, at);
  all.act(*this, at);
}

void WebSeeds::Seed::on_end(Result<void> result) {
  const Instant at = all.now();
  call.reset();
  source.on_end(result, at);
  all.act(*this, at);
}

// --- facts

std::vector<WebSeedSnapshot> WebSeeds::snapshot(Instant now) const {
  std::vector<WebSeedSnapshot> out;
  for (const auto& seed : seeds_) {
    auto facts = seed->source.facts();
    out.push_back({.url = seed->source.url(),
                   .downloading = seed->source.running(),
                   .rate = seed->rate.rate(now),
                   .downloaded = facts.downloaded,
                   .trouble = std::move(facts.trouble)});
  }
  return out;
}

std::uint32_t WebSeeds::sending(Instant now) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(seeds_, [&](const auto& seed) { return seed->rate.rate(now) > 0; }));
}

}  // namespace seed::torrent
