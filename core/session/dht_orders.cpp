#include "core/session/dht_orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "core/dht/item_signature.h"

namespace seed::session {

using dht::families;
using dht::Family;
using dht::SearchId;

namespace {

OrderError invalid(std::string text) { return {OrderErrorCode::invalid_params, std::move(text)}; }
OrderError failed(std::string text) { return {OrderErrorCode::dht_failed, std::move(text)}; }
OrderError newer(std::string text) { return {OrderErrorCode::newer_in_dht, std::move(text)}; }

std::optional<OrderError> fault_of_salt(const std::string& salt) {
  if (salt.size() <= dht::ItemStore::salt_bytes_max) return std::nullopt;
  return invalid(fmt::format("salt: more than {} octets", dht::ItemStore::salt_bytes_max));
}

/// Where an item of that key is.
Sha1 target_of(const Ed25519Key& key, const std::string& salt) {
  return dht::Item{{}, dht::MutablePart{key, to_buffer(salt), 0, {}}}.target();
}

/// The octets that are stored; a node takes no others than well-formed ones, sorted (BEP 44).
OrderResult<Buffer> bencoded(const std::variant<std::string, Buffer>& value) {
  constexpr std::size_t most = dht::ItemStore::value_bytes_max;
  Buffer out;
  if (const auto* text = std::get_if<std::string>(&value)) {
    out = bencode::Writer().string(*text).take();
    if (out.size() > most)
      return std::unexpected(invalid(fmt::format("value: more than {} octets, bencoded", most)));
    return out;
  }
  out = std::get<Buffer>(value);
  if (out.size() > most)
    return std::unexpected(invalid(fmt::format("value_base64: more than {} octets", most)));
  const auto document = bencode::Document::parse(out);
  if (!document)
    return std::unexpected(invalid("value_base64: not bencoded: " + document.error().text));
  if (!document->keys_sorted())
    return std::unexpected(invalid("value_base64: keys of a dictionary are not sorted"));
  return out;
}

std::optional<OrderError> fault_of(const DhtPutOrder& order) {
  if (!order.seed && (!order.salt.empty() || order.seq || order.cas))
    return invalid("salt, seq and cas are of mutable items: key_seed is missing");
  if (order.seq && *order.seq < 0) return invalid("seq: below 0");
  if (order.cas && *order.cas < 0) return invalid("cas: below 0");
  return fault_of_salt(order.salt);
}

std::optional<std::string> text_of(Bytes value) {
  const auto document = bencode::Document::parse(value);
  if (!document) return std::nullopt;
  const auto string = document->root().as_string();
  if (!string || !is_utf8(as_text(*string))) return std::nullopt;
  return to_string(*string);
}

std::optional<DhtItem::Signed> signed_by(const dht::Item& item) {
  if (!item.changing) return std::nullopt;
  return DhtItem::Signed{item.changing->key, item.changing->seq, item.changing->signature};
}

DhtItem shown(const dht::Item& item) {
  return {item.target(), item.value, text_of(item.value), signed_by(item)};
}

DhtSwarm rounded(const dht::Search::Swarm& swarm) {
  return {static_cast<std::uint64_t>(std::llround(swarm.seeds)),
          static_cast<std::uint64_t>(std::llround(swarm.peers))};
}

bool is_newer_there(const std::optional<dht::krpc::Error>& refusal) {
  using Code = dht::krpc::ErrorCode;
  return refusal && (refusal->code == static_cast<std::int64_t>(Code::cas_mismatch) ||
                     refusal->code == static_cast<std::int64_t>(Code::seq_too_low));
}

OrderError nobody_answered(bool late) {
  return failed(late ? "no node of the DHT has answered in time" : "no node of the DHT answers");
}

}  // namespace

// --- orders --------------------------------------------------------------------------------------

void DhtOrders::get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer, Running running,
                    Instant now) {
  auto fault = fault_of_salt(order.salt);
  if (!fault) fault = cannot_begin(running, true);
  if (fault) return answer(std::unexpected(*std::move(fault)));
  dht::ItemSearch goal;
  const auto* target = std::get_if<Sha1>(&order.what);
  goal.target =
      target != nullptr ? *target : target_of(std::get<Ed25519Key>(order.what), order.salt);
  goal.salt = to_buffer(order.salt);
  begin({.what = Get{std::nullopt, std::move(answer)}, .running = running}, goal, now);
}

void DhtOrders::put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer, Running running,
                    Instant now) {
  auto fault = fault_of(order);
  if (fault) return answer(std::unexpected(*std::move(fault)));
  auto value = bencoded(order.value);
  if (!value) return answer(std::unexpected(std::move(value).error()));
  if (auto why = cannot_begin(running, false)) return answer(std::unexpected(*std::move(why)));
  Put put{.order = std::move(order),
          .item = {*std::move(value), std::nullopt},
          .answer = std::move(answer)};
  // A node that has none takes any item, whatever `cas` says: so what is there is looked at first.
  const bool look_first = put.order.seed && (!put.order.seq || put.order.cas);
  if (look_first) {
    dht::ItemSearch goal{target_of(ed25519_public_key(*put.order.seed), put.order.salt),
                         to_buffer(put.order.salt),
                         {}};
    return begin({.what = std::move(put), .running = running}, goal, now);
  }
  put.storing = true;
  if (put.order.seed)
    put.item =
        dht::sign_item(put.item.value, as_bytes(put.order.salt), *put.order.seq, *put.order.seed);
  const dht::ItemStoring goal{put.item, std::nullopt};
  begin({.what = std::move(put), .running = running}, goal, now);
}

void DhtOrders::scrape(const Sha1& info_hash, OrderAnswer<DhtScrapeReply> answer, Running running,
                       Instant now) {
  if (auto why = cannot_begin(running, true)) return answer(std::unexpected(*std::move(why)));
  dht::PeerSearch goal;
  goal.info_hash = info_hash;
  goal.scrape = true;
  begin({.what = Scrape{{.info_hash = info_hash}, std::move(answer)}, .running = running}, goal,
        now);
}

std::optional<OrderError> DhtOrders::cannot_begin(Running running, bool only_asks) const {
  if (!running[0] && !running[1])
    return failed("the DHT does not run: dht_enabled is off, or it has no network");
  const auto asks = static_cast<std::size_t>(std::ranges::count_if(
      orders_, [](const auto& one) { return !std::holds_alternative<Put>(one.second.what); }));
  if (orders_.size() >= limits::dht_orders_max || (only_asks && asks >= limits::dht_asks_max))
    return failed("too many ask of the DHT at once");
  return std::nullopt;
}

void DhtOrders::begin(Order order, const dht::SearchGoal& goal, Instant now) {
  order.until = now + limits::dht_order_timeout;
  const std::uint64_t number = ++last_number_;
  search(number, orders_.emplace(number, std::move(order)).first->second, goal);
}

void DhtOrders::search(std::uint64_t number, Order& order, const dht::SearchGoal& goal) {
  for (const Family family : families) {
    const std::size_t i = index_of(family);
    if (!order.running[i]) continue;
    const SearchId id{next_search_++};
    order.searches[i] = id;
    searches_.emplace(id, number);
    to_begin_.push_back({family, id, goal});
  }
}

// --- what comes of them --------------------------------------------------------------------------

std::optional<DhtOrders::Search> DhtOrders::next_search() {
  while (!to_begin_.empty()) {
    auto next = to_begin_.take_front();
    // Its node may have gone, and its order with it.
    if (searches_.contains(next.id)) return next;
  }
  return std::nullopt;
}

std::optional<DhtOrders::Ended> DhtOrders::next_ended() {
  if (to_end_.empty()) return std::nullopt;
  return to_end_.take_front();
}

void DhtOrders::on_found(const dht::ItemFound& found) {
  const auto search = searches_.find(found.search);
  if (search == searches_.end()) return;
  const std::uint64_t number = search->second;
  Order& order = orders_.find(number)->second;
  const auto& changing = found.item.changing;
  if (auto* put = std::get_if<Put>(&order.what)) {
    if (changing && !put->storing)
      put->newest = std::max(put->newest.value_or(changing->seq), changing->seq);
    return;
  }
  auto* get = std::get_if<Get>(&order.what);
  if (get == nullptr) return;
  const bool older =
      get->best && changing && get->best->changing && get->best->changing->seq >= changing->seq;
  if (!older) get->best = found.item;
  if (!changing) finish(number);
}

void DhtOrders::on_done(const dht::SearchDone& done) {
  const auto search = searches_.find(done.search);
  if (search == searches_.end()) return;
  const std::uint64_t number = search->second;
  Order& order = orders_.find(number)->second;
  order.answered += done.statistics.answered;
  if (auto* put = std::get_if<Put>(&order.what)) {
    put->stored_on += done.stored_on;
    if (done.refusal && !is_newer_there(put->refusal)) put->refusal = done.refusal;
  } else if (auto* scrape = std::get_if<Scrape>(&order.what); scrape != nullptr) {
    auto& swarm = order.searches[0] == done.search ? scrape->reply.v4 : scrape->reply.v6;
    // Who has answered and told of nobody knows of nobody.
    if (done.swarm)
      swarm = rounded(*done.swarm);
    else if (done.statistics.answered > 0)
      swarm = DhtSwarm();
  }
  end_search(number, done.search);
}

void DhtOrders::on_refused(SearchId id) {
  const auto search = searches_.find(id);
  if (search != searches_.end()) end_search(search->second, id);
}

void DhtOrders::on_node_gone(Family family) {
  const std::size_t i = index_of(family);
  std::vector<std::pair<std::uint64_t, SearchId>> gone;
  for (auto& [number, order] : orders_) {
    order.running[i] = false;
    if (order.searches[i]) gone.emplace_back(number, *order.searches[i]);
  }
  for (const auto& [number, id] : gone) end_search(number, id);
}

void DhtOrders::end_search(std::uint64_t number, SearchId id) {
  searches_.erase(id);
  Order& order = orders_.find(number)->second;
  for (auto& search : order.searches)
    if (search == id) search.reset();
  if (!order.searching()) finish(number);
}

void DhtOrders::on_deadline(Instant now) {
  std::vector<std::uint64_t> late;
  for (auto& [number, order] : orders_)
    if (order.until <= now) {
      order.late = true;
      late.push_back(number);
    }
  for (const std::uint64_t number : late) finish(number);
}

Instant DhtOrders::deadline() const {
  Instant out = never;
  for (const auto& [number, order] : orders_) out = std::min(out, order.until);
  return out;
}

// --- answers -------------------------------------------------------------------------------------

/// Answers the order, which is gone before that; or has it go on from looking to storing.
void DhtOrders::finish(std::uint64_t number) {
  Order& order = orders_.find(number)->second;
  for (const Family family : families) {
    auto& search = order.searches[index_of(family)];
    if (!search) continue;
    searches_.erase(*search);
    to_end_.push_back({family, *search});
    search.reset();
  }
  if (auto* put = std::get_if<Put>(&order.what); put != nullptr && !put->storing) {
    const auto fault = sign(order, *put);
    if (!fault) {
      search(number, order, dht::ItemStoring{put->item, put->order.cas});
      // The nodes may have gone meanwhile.
      if (!order.searching()) finish(number);
      return;
    }
    auto ended = orders_.extract(number);
    return std::get<Put>(ended.mapped().what).answer(std::unexpected(*fault));
  }
  auto ended = orders_.extract(number);
  std::visit([&](auto& what) { answer(ended.mapped(), what); }, ended.mapped().what);
}

/// By what is there already, so that it can be stored; or why it cannot.
std::optional<OrderError> DhtOrders::sign(const Order& order, Put& put) {
  if (order.late) return failed("time is up: nothing was stored");
  if (order.answered == 0) return nobody_answered(false);
  const auto& newest = put.newest;
  if (newest && put.order.cas && *put.order.cas != *newest)
    return newer(fmt::format("cas: the newest there is has seq {}", *newest));
  if (newest && put.order.seq && *put.order.seq <= *newest)
    return newer(fmt::format("seq: the newest there is has seq {}", *newest));
  if (newest == std::numeric_limits<std::int64_t>::max())
    return newer("the newest there is has the last seq");
  put.storing = true;
  const std::int64_t seq = put.order.seq.value_or(newest.value_or(0) + 1);
  put.item = dht::sign_item(put.item.value, as_bytes(put.order.salt), seq, *put.order.seed);
  return std::nullopt;
}

void DhtOrders::answer(const Order& order, Get& get) {
  if (get.best) return get.answer(shown(*get.best));
  if (order.answered == 0) return get.answer(std::unexpected(nobody_answered(order.late)));
  get.answer(std::unexpected(
      order.late ? failed("time is up: nobody who has answered has it")
                 : OrderError{OrderErrorCode::not_in_dht, "nobody in the DHT has it"}));
}

void DhtOrders::answer(const Order& order, Put& put) {
  if (put.stored_on > 0)
    return put.answer(DhtPutReply{put.item.target(), signed_by(put.item), put.stored_on});
  if (order.late)
    return put.answer(std::unexpected(failed("time is up: some nodes may have stored it")));
  if (is_newer_there(put.refusal))
    return put.answer(std::unexpected(newer("a newer item has taken its place")));
  if (put.refusal)
    return put.answer(
        std::unexpected(failed(fmt::format("no node has stored it: error {}", put.refusal->code))));
  put.answer(std::unexpected(order.answered == 0 ? nobody_answered(false)
                                                 : failed("no node has stored it")));
}

void DhtOrders::answer(const Order& order, Scrape& scrape) {
  if (scrape.reply.v4 || scrape.reply.v6) return scrape.answer(scrape.reply);
  scrape.answer(std::unexpected(nobody_answered(order.late)));
}

}  // namespace seed::session
