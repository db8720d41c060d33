// torrent_start (rpc-contract, section 6.1).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.start_torrents(which, false, std::move(answer));
}

}  // namespace

const Method torrent_start =
    make_method<OnIds<order>>("torrent_start", "torrent-start", Scope::control, Notified::run,
                              ids_alone, {}, "Starts torrents; the queue may make them wait.");

}  // namespace seed::rpc
