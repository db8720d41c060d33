// dht_scrape: how large a swarm the DHT knows of (BEP 33). seedd's own.
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

constexpr Parameter id = required({"id", "", ValueType::any,
                                   "A torrent's id, or an info-hash of 40 hexadecimal digits, "
                                   "which may be of any torrent. Not of one that is private."});
constexpr std::array parameters{id};

constexpr Parameter seeder_count{"seeder_count", "seederCount", ValueType::integer,
                                 "Those that have it all."};
constexpr Parameter leecher_count{"leecher_count", "leecherCount", ValueType::integer,
                                  "The others."};
constexpr std::array swarm_members{seeder_count, leecher_count};
constexpr Parameter hash_string{"hash_string", "hashString", ValueType::text,
                                "Info-hash, 40 hexadecimal digits."};
constexpr Parameter ipv4{"ipv4",
                         "",
                         ValueType::object,
                         "Those of IPv4; absent when it was not asked, or has not answered.",
                         {},
                         {},
                         swarm_members};
constexpr Parameter ipv6{"ipv6", "", ValueType::object, "The same of IPv6.", {}, {}, swarm_members};
constexpr std::array results{hash_string, seeder_count, leecher_count, ipv4, ipv6};
constexpr std::array errors{session::OrderErrorCode::dht_failed};

struct DhtScrape {
  struct Plan {
    session::DhtScrapeOrder order;
  };
  using Reply = session::DhtScrapeReply;

  static std::expected<Plan, CallError> parse(const Params& params) {
    const Json* given = params.find(id);
    Plan plan;
    plan.order.only_labels = params.caller().labels;
    const auto* text = given == nullptr ? nullptr : given->get_ptr<const std::string*>();
    const auto hash = text == nullptr ? std::nullopt : Sha1::parse_hex(*text);
    const bool is_number = given != nullptr && given->is_number_integer();
    if (hash)
      plan.order.torrent = *hash;
    else if (is_number)
      plan.order.torrent = session::TorrentNumber{to_integer(*given).value_or(0)};
    else
      return refuse(invalid_params, "id: neither a torrent's id nor an info-hash");
    return plan;
  }

  static Wait waits_for(const Plan&) { return Wait::web; }

  static void run(LoopSide& loop, const session::DhtScrapeOrder& order,
                  Responder<Reply> responder) {
    loop.session.dht_scrape(order, answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    session::DhtSwarm all;
    for (const auto& one : {reply.v4, reply.v6}) {
      all.seeds += one.value_or(session::DhtSwarm()).seeds;
      all.leechers += one.value_or(session::DhtSwarm()).leechers;
    }
    JsonWriter out;
    out.begin_object();
    out.key(spelt(hash_string.name, hash_string.legacy, dialect));
    out.text(reply.info_hash.hex());
    write_counts(out, all, dialect);
    write_family(out, ipv4.name, reply.v4, dialect);
    write_family(out, ipv6.name, reply.v6, dialect);
    out.end_object();
    return out.take();
  }

 private:
  static void write_counts(JsonWriter& out, const session::DhtSwarm& swarm, Dialect dialect) {
    out.key(spelt(seeder_count.name, seeder_count.legacy, dialect));
    out.integer(swarm.seeds);
    out.key(spelt(leecher_count.name, leecher_count.legacy, dialect));
    out.integer(swarm.leechers);
  }
  static void write_family(JsonWriter& out, std::string_view name,
                           const std::optional<session::DhtSwarm>& swarm, Dialect dialect) {
    if (!swarm) return;
    out.key(name);
    out.begin_object();
    write_counts(out, *swarm, dialect);
    out.end_object();
  }
};

}  // namespace

const Method dht_scrape = make_method<DhtScrape>(
    "dht_scrape", "dht-scrape", Scope::read, Notified::ignored, parameters, results,
    "How many peers of a torrent the DHT knows, of both families together and of each: estimates, "
    "and claims of strangers.",
    errors);

}  // namespace seed::rpc
