// torrent_start_now (rpc-contract, section 6.1).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.start_torrents(which, true, std::move(answer));
}

}  // namespace

const Method torrent_start_now =
    make_method<OnIds<order>>("torrent_start_now", "torrent-start-now", Scope::control,
                              Notified::run, ids_alone, {}, "Starts torrents past the queue.");

}  // namespace seed::rpc
