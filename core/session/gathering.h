// Gatherings: orders that are answered once, when all of several things have been done: with the
// first error, or with success.
//
// Each is known by its id, so that what is still under way when the session ends finds nothing.
#pragma once

#include <optional>
#include <utility>

#include "core/base/ids.h"
#include "core/session/session.h"

namespace seed::session {

using GatheringId = SlotId<struct GatheringTag>;

class Gatherings {
 public:
  /// Waits for one thing, done(), until expect() says that there are more.
  GatheringId open(OrderAnswer<void> answer) { return open_.insert({std::move(answer), {}, 1}); }
  void expect(GatheringId id) {
    if (auto* gathering = open_.find(id)) ++gathering->left;
  }
  void done(GatheringId id, const Result<void>& outcome) {
    auto* gathering = open_.find(id);
    if (gathering == nullptr) return;
    if (!outcome && !gathering->error)
      gathering->error = OrderError{OrderErrorCode::system_error, outcome.error().text};
    if (--gathering->left > 0) return;
    auto ended = open_.take(id);
    if (ended->error)
      ended->answer(std::unexpected(*std::move(ended->error)));
    else
      ended->answer({});
  }

 private:
  struct Gathering {
    OrderAnswer<void> answer;
    std::optional<OrderError> error;
    std::size_t left = 1;
  };
  SlotMap<Gathering, struct GatheringTag> open_;
};

}  // namespace seed::session
