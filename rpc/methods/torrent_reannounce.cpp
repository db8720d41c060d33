// torrent_reannounce (rpc-contract, section 6.1).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.reannounce(which, std::move(answer));
}

}  // namespace

const Method torrent_reannounce =
    make_method<OnIds<order>>("torrent_reannounce", "torrent-reannounce", Scope::control,
                              Notified::run, ids_alone, {}, "Asks the trackers for peers now.");

}  // namespace seed::rpc
