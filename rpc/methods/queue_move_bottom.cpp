// queue_move_bottom (rpc-contract, section 6.8).
#include "rpc/methods/all.h"
#include "rpc/methods/on_ids.h"

namespace seed::rpc {

namespace {

void order(session::Session& session, const session::Selection& which,
           session::OrderAnswer<void> answer) {
  session.move_in_queue(which, session::QueueMove::bottom, std::move(answer));
}

}  // namespace

const Method queue_move_bottom =
    make_method<OnIds<order>>("queue_move_bottom", "queue-move-bottom", Scope::control,
                              Notified::run, ids_alone, {}, "Puts torrents last in the queue.");

}  // namespace seed::rpc
