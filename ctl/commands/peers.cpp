#include <fmt/format.h>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/format.h"

namespace seed::ctl {

namespace {

std::string address_of(const Json& peer) {
  const std::string address = text(peer, "address");
  const bool brackets = address.find(':') != std::string::npos;
  return brackets ? fmt::format("[{}]:{}", address, integer(peer, "port"))
                  : fmt::format("{}:{}", address, integer(peer, "port"));
}

std::string render(const Json& torrent, const Context& context) {
  const Json& peers = list(torrent, "peers");
  if (peers.empty()) return "No peers are connected.\n";
  const Look look = context.look();
  Table table;
  table.column("ADDRESS").column("FLAGS").column("DONE", Align::right);
  table.column("DOWN", Align::right).column("UP", Align::right).column("CLIENT");
  for (const Json& peer : peers)
    table.row({address_of(peer), text(peer, "flag_str"), percent_text(number(peer, "progress")),
               rate_text(integer(peer, "rate_to_client"), look),
               rate_text(integer(peer, "rate_to_peer"), look), text(peer, "client_name")});
  return table.render(look);
}

Outcome<void> run_peers(Context& context, const Arguments& arguments) {
  return show_details(context, arguments, {"id", "hash_string", "name", "peers"}, render);
}

}  // namespace

const Command peers_command{"peers",
                            "TORRENT...",
                            1,
                            any_number,
                            Completes::nothing,
                            "List the connected peers of torrents.",
                            "Flags: T uTP, O optimistic unchoke, D we download, d we would like "
                            "to, U we upload, u it would "
                            "like us to, K it lets us but we want nothing, ? we let it but it "
                            "wants nothing, E encrypted, H "
                            "found by DHT, X by peer exchange, I it connected to us.",
                            {},
                            &run_peers};

}  // namespace seed::ctl
