// What the DHT keeps for anybody, and how large it says a swarm is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ostream>
#include <utility>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/hosts_file.h"
#include "ctl/printable.h"
#include "ctl/selection.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"", "key", "HEX", "get: the newest item of this public key, 64 hexadecimal digits."},
    Flag{"", "salt", "SALT", "Of a mutable item: which of those of the key."},
    Flag{"", "seed-file", "FILE",
         "put: a mutable item, by the private key in the file's first line: an Ed25519 seed of 64 "
         "hexadecimal digits."},
    Flag{"", "seq", "NUMBER", "put: its sequence number (one more than that of the newest)."},
    Flag{"", "cas", "NUMBER", "put: only when the newest has this sequence number."},
    Flag{"", "base64", "", "put: the value is bencoded already, and given as base64."},
};

constexpr std::size_t hash_digits = 40;

bool is_hash(std::string_view word) {
  return word.size() == hash_digits &&
         word.find_first_not_of("0123456789abcdefABCDEF") == word.npos;
}

/// A flag that is of another of the three.
Outcome<void> allow(const Arguments& arguments, std::string_view order,
                    std::initializer_list<std::string_view> own) {
  for (const Flag& flag : flags)
    if (arguments.has(flag.name) && std::ranges::find(own, flag.name) == own.end())
      return misused(fmt::format("dht {}: it has no --{}.", order, flag.name));
  return {};
}

void show_item(Context& context, const Json& item) {
  // Elsewhere than on a terminal it goes into a file or a program, and nothing else may.
  if (item.contains("value"))
    context.say(text(item, "value"));
  else
    context.say(text(item, "value_base64"));
  if (context.json || !context.look().terminal) return;
  if (!item.contains("value")) context.terminal.err << "That is bencoded, as base64.\n";
  if (item.contains("key"))
    context.terminal.err << fmt::format("Number {} of the key {}.\n", integer(item, "seq"),
                                        printable(text(item, "key")));
}

Outcome<void> get(Context& context, const Arguments& arguments) {
  SEED_TRY_VOID(allow(arguments, "get", {"key", "salt"}));
  const bool by_key = arguments.has("key");
  if (arguments.operands.size() != (by_key ? 1U : 2U))
    return misused("dht get: write `dht get TARGET` or `dht get --key HEX`.");
  Json params = Json::object();
  if (by_key)
    params["key"] = arguments.value("key");
  else
    params["target"] = arguments.operands[1];
  if (arguments.has("salt")) params["salt"] = arguments.value("salt");
  SEED_TRY(const Json answer, context.daemon.call("dht_get", params));
  if (context.json) context.print(answer);
  show_item(context, answer);
  return {};
}

Outcome<void> put(Context& context, const Arguments& arguments) {
  SEED_TRY_VOID(allow(arguments, "put", {"salt", "seed-file", "seq", "cas", "base64"}));
  if (arguments.operands.size() != 2) return misused("dht put: write `dht put VALUE`.");
  Json params = {{arguments.has("base64") ? "value_base64" : "value", arguments.operands[1]}};
  if (arguments.has("seed-file")) {
    const std::string path = arguments.value("seed-file");
    bool exposed = false;
    SEED_TRY(params["key_seed"], read_secret(path, exposed));
    if (exposed)
      context.terminal.err << printable(fmt::format(
                                  "seedctl: warning: others may read {}: chmod 600 it.", path))
                           << '\n';
  }
  if (arguments.has("salt")) params["salt"] = arguments.value("salt");
  for (const char* number : {"seq", "cas"}) {
    if (!arguments.has(number)) continue;
    SEED_TRY(params[number], arguments.whole(number, 0));
  }
  SEED_TRY(const Json answer, context.daemon.call("dht_put", params));
  if (context.json) context.print(answer);
  context.say(
      answer.contains("key")
          ? fmt::format("Number {} of the key {} is on {}.", integer(answer, "seq"),
                        text(answer, "key"),
                        count_text(static_cast<std::size_t>(integer(answer, "nodes")), "node"))
          : fmt::format("{} is on {}.", text(answer, "target"),
                        count_text(static_cast<std::size_t>(integer(answer, "nodes")), "node")));
  return {};
}

Outcome<void> scrape(Context& context, const Arguments& arguments) {
  SEED_TRY_VOID(allow(arguments, "scrape", {}));
  if (arguments.operands.size() != 2)
    return misused("dht scrape: write `dht scrape HASH` or `dht scrape TORRENT`.");
  std::string hash = arguments.operands[1];
  if (!is_hash(hash)) {
    SEED_TRY(const Torrent torrent, select_one(context.daemon, hash));
    hash = torrent.hash;
  }
  SEED_TRY(const Json answer, context.daemon.call("dht_scrape", {{"id", hash}}));
  if (context.json) {
    context.print(answer);
    return {};
  }
  Table table;
  table.column("NETWORK").column("SEEDS", Align::right).column("LEECHERS", Align::right);
  const auto row = [&](const char* name, const Json& swarm) {
    table.row({name, std::to_string(integer(swarm, "seeder_count")),
               std::to_string(integer(swarm, "leecher_count"))});
  };
  for (const auto& [name, shown] : {std::pair("ipv4", "IPv4"), {"ipv6", "IPv6"}})
    if (answer.contains(name)) row(shown, answer[name]);
  row("all", answer);
  context.terminal.out << table.render(context.look());
  return {};
}

Outcome<void> run_dht(Context& context, const Arguments& arguments) {
  const std::string& order = arguments.operands.front();
  if (order == "get") return get(context, arguments);
  if (order == "put") return put(context, arguments);
  if (order == "scrape") return scrape(context, arguments);
  return misused(
      "dht: write `dht get TARGET`, `dht get --key HEX`, `dht put VALUE` or `dht scrape TORRENT`.");
}

}  // namespace

const Command dht_command{
    "dht",
    "get|put|scrape [TARGET|VALUE|TORRENT]",
    1,
    2,
    Completes::nothing,
    "Get items from the DHT, put them there, and count swarms.",
    "Items are small values that strangers' nodes keep for about two hours, for anybody who knows "
    "their target or key. A key to put with: openssl rand -hex 32 > FILE. scrape takes an "
    "info-hash of any torrent; what it counts are estimates.",
    flags,
    &run_dht};

}  // namespace seed::ctl
