// torrent_verify (rpc-contract, section 6.1).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.verify(which, std::move(answer));
}

}  // namespace

const Method torrent_verify =
    make_method<OnIds<order>>("torrent_verify", "torrent-verify", Scope::control, Notified::run,
                              ids_alone, {}, "Compares what is on disk with the torrents' hashes.");

}  // namespace seed::rpc
