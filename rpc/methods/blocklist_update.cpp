// blocklist_update (rpc-contract, section 6.8). There is no blocklist yet.
#include "rpc/methods/all.h"
#include "rpc/methods/answer_alone.h"

namespace seed::rpc {

namespace {

Outcome answer(const Params&) {
  return refuse(session::OrderErrorCode::http_error, "Couldn't fetch blocklist: No Response (0)");
}

}  // namespace

const Method blocklist_update =
    make_answer<answer>("blocklist_update", "blocklist-update", Scope::admin, Notified::run, {},
                        "Fetches the blocklist: `blocklist_size`. Not in effect yet: an error.");

}  // namespace seed::rpc
