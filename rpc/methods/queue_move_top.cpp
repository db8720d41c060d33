// queue_move_top (rpc-contract, section 6.8).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.move_in_queue(which, session::QueueMove::top, std::move(answer));
}

}  // namespace

const Method queue_move_top =
    make_method<OnIds<order>>("queue_move_top", "queue-move-top", Scope::control, Notified::run,
                              ids_alone, {}, "Puts torrents first in the queue.");

}  // namespace seed::rpc
