// queue_move_up (rpc-contract, section 6.8).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.move_in_queue(which, session::QueueMove::up, std::move(answer));
}

}  // namespace

const Method queue_move_up =
    make_method<OnIds<order>>("queue_move_up", "queue-move-up", Scope::control, Notified::run,
                              ids_alone, {}, "Moves torrents up by one place in the queue.");

}  // namespace seed::rpc
