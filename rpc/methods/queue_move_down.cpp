// queue_move_down (rpc-contract, section 6.8).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.move_in_queue(which, session::QueueMove::down, std::move(answer));
}

}  // namespace

const Method queue_move_down =
    make_method<OnIds<order>>("queue_move_down", "queue-move-down", Scope::control, Notified::run,
                              ids_alone, {}, "Moves torrents down by one place in the queue.");

}  // namespace seed::rpc
