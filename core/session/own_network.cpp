#include "core/session/own_network.h"

#include <utility>

namespace seed::session {

void OwnNetwork::bind(const config::Settings& settings) {
  io::UplinkWish wish;
  wish.interface = settings.bind_interface;
  wish.v4 = IpAddress::parse(settings.bind_address_ipv4);
  wish.v6 = IpAddress::parse(settings.bind_address_ipv6);
  for (const auto& text : settings.bind_name_servers)
    if (const auto server = IpAddress::parse(text)) wish.name_servers.push_back(*server);
  uplink_.bind(wish);
}

OwnNetwork::News OwnNetwork::look() {
  const io::UplinkFacts before = std::exchange(facts_, uplink_.facts());
  const bool first = !std::exchange(looked_, true);
  News news = News::none;
  if (!facts_.there() && (first || before.there()))
    news = News::lost;
  else if (!facts_.there() || first)
    news = News::none;
  else if (before.life != facts_.life)
    news = News::renewed;
  else if ((!before.v4 && facts_.v4) || (!before.v6 && facts_.v6))
    news = News::wider;
  tell(news);
  return news;
}

void OwnNetwork::tell(News news) {
  if (news == News::lost)
    log_.error("nothing goes out and nobody is let in: the network is gone",
               {{"error", facts_.trouble}});
  if (news == News::renewed)
    log_.info("the network is there: all is begun anew",
              {{"interface", facts_.interface},
               {"ipv4", facts_.v4 ? facts_.v4->to_string() : "none"},
               {"ipv6", facts_.v6 ? facts_.v6->to_string() : "none"}});
  if (facts_.by_source_only && !std::exchange(told_of_sources_, true))
    log_.warn(
        "the system holds no sockets to the interface for us: source addresses and routes are"
        " checked instead, which is weaker",
        {{"interface", facts_.interface}});
}

}  // namespace seed::session
