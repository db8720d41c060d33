#include "core/session/session.h"

#include <utility>

#include "core/session/session_impl.h"

namespace seed::session {

Session::Session(io::World world, SessionConfig config, log::Logger log)
    : impl_(std::make_unique<Impl>(world, std::move(config), std::move(log))) {}
Session::~Session() = default;

void Session::start(Answer<void> ready) { impl_->start(std::move(ready)); }
void Session::stop(std::move_only_function<void()> stopped) { impl_->stop(std::move(stopped)); }
void Session::reconfigure(const config::Settings& after, std::optional<bool> peer_port_was_set) {
  impl_->reconfigure(after, peer_port_was_set);
}
void Session::save_settings(std::vector<std::pair<std::string, std::optional<std::string>>> values,
                            OrderAnswer<void> answer) {
  impl_->save_settings(std::move(values), std::move(answer));
}
const Buffer* Session::kept(const std::string& name) const { return impl_->kept(name); }
void Session::keep(const std::string& name, Buffer value, OrderAnswer<void> answer) {
  impl_->keep(name, std::move(value), std::move(answer));
}
const config::Settings& Session::settings() const { return impl_->settings(); }
void Session::add(AddOrder order, OrderAnswer<AddReply> answer) {
  impl_->add(std::move(order), std::move(answer));
}
void Session::set(SetOrder order, OrderAnswer<void> answer) {
  impl_->set(std::move(order), std::move(answer));
}
void Session::start_torrents(const Selection& which, bool now, OrderAnswer<void> answer) {
  impl_->start_torrents(which, now, std::move(answer));
}
void Session::stop_torrents(const Selection& which, OrderAnswer<void> answer) {
  impl_->stop_torrents(which, std::move(answer));
}
void Session::verify(const Selection& which, OrderAnswer<void> answer) {
  impl_->verify(which, std::move(answer));
}
void Session::reannounce(const Selection& which, OrderAnswer<void> answer) {
  impl_->reannounce(which, std::move(answer));
}
void Session::remove(const Selection& which, bool delete_data, OrderAnswer<void> answer) {
  impl_->remove(which, delete_data, std::move(answer));
}
void Session::set_location(const Selection& which, const std::string& location, bool move,
                           OrderAnswer<void> answer) {
  impl_->set_location(which, location, move, std::move(answer));
}
void Session::rename_path(const RenameOrder& order, OrderAnswer<RenameReply> answer) {
  impl_->rename_path(order, std::move(answer));
}
void Session::move_in_queue(const Selection& which, QueueMove move, OrderAnswer<void> answer) {
  impl_->move_in_queue(which, move, std::move(answer));
}
void Session::set_group(GroupOrder order, OrderAnswer<void> answer) {
  impl_->set_group(std::move(order), std::move(answer));
}
void Session::free_space(const std::string& path, OrderAnswer<Space> answer) {
  impl_->free_space(path, std::move(answer));
}
void Session::update_blocklist(OrderAnswer<BlocklistReply> answer) {
  impl_->update_blocklist(std::move(answer));
}
void Session::test_port(std::optional<IpProtocol> protocol, OrderAnswer<PortTestReply> answer) {
  impl_->test_port(protocol, std::move(answer));
}
void Session::dht_get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer) {
  impl_->dht_get(order, std::move(answer));
}
void Session::dht_put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer) {
  impl_->dht_put(std::move(order), std::move(answer));
}
void Session::dht_scrape(const DhtScrapeOrder& order, OrderAnswer<DhtScrapeReply> answer) {
  impl_->dht_scrape(order, std::move(answer));
}
OrderResult<CreationNumber> Session::create(CreateOrder order) {
  return impl_->create(std::move(order));
}
OrderResult<std::vector<CreationSnapshot>> Session::creations(std::optional<CreationNumber> which) {
  return impl_->creations(which);
}
OrderResult<void> Session::cancel_creation(CreationNumber number) {
  return impl_->cancel_creation(number);
}
void Session::list(const ListQuery& query, OrderAnswer<ListReply> answer) {
  impl_->list(query, std::move(answer));
}
OrderResult<std::vector<TorrentWhy>> Session::why(const Selection& which) {
  return impl_->why(which);
}
SessionStats Session::stats() { return impl_->stats(); }
std::vector<GroupSnapshot> Session::groups(const std::vector<std::string>& only_labels) {
  return impl_->groups(only_labels);
}
SessionFacts Session::facts() { return impl_->facts(); }
SessionMetrics Session::metrics() { return impl_->metrics(); }
std::vector<Trouble> Session::troubles() { return impl_->troubles(); }
std::uint64_t Session::sequence() const { return impl_->sequence(); }
EventList Session::events_since(std::uint64_t sequence) const {
  return impl_->events_since(sequence);
}
void Session::on_change(std::move_only_function<void()> told) { impl_->on_change(std::move(told)); }
std::vector<Event> Session::take_events() { return impl_->take_events(); }
void Session::on_events(std::move_only_function<void()> told) { impl_->on_events(std::move(told)); }

}  // namespace seed::session
