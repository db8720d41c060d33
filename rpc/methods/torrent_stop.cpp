// torrent_stop (rpc-contract, section 6.1).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.stop_torrents(which, std::move(answer));
}

}  // namespace

const Method torrent_stop =
    make_method<OnIds<order>>("torrent_stop", "torrent-stop", Scope::control, Notified::run,
                              ids_alone, {}, "Stops torrents.");

}  // namespace seed::rpc
