// Workers: run a Job elsewhere and deliver its result here (design, sections 5 and 6).
//
// A Job is a value: it owns its inputs, `run` is plain sequential code over Files or Store on some
// other thread, and `deliver` is called on the loop thread afterwards. Addressing by id, and
// dropping the result when nobody has that id any more, is `deliver`'s part.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/io/files.h"
#include "core/io/store.h"

namespace seed::io {

/// Jobs in one lane run one after the other, in the order submitted. Lane::none: no order; for what
/// never waits long for a disk. `store` always finds a thread. `watch` and `errands`: paths that
/// only the user knows, outside the torrents' roots. `blocklist`: the list kept beside the state.
enum class Lane : std::uint64_t {
  none = 0,
  store = 1,
  watch = 2,
  errands = 3,
  blocklist = 4,
  first_free = 16
};

/// Which of two waiting jobs goes first.
enum class Urgency : std::uint8_t { transfer, background };

struct JobTools {
  Files& files;
  Store& store;
};

class Job {
 public:
  virtual ~Job() = default;
  /// On a worker thread. Must not throw.
  virtual void run(const JobTools& tools) noexcept = 0;
  /// On the loop thread, once, after run; not called when the Workers are destroyed first.
  virtual void deliver() noexcept = 0;
};

class Workers {
 public:
  virtual ~Workers() = default;
  virtual void submit(std::unique_ptr<Job> job, Lane lane, Urgency urgency) = 0;
  /// Jobs waiting or running. At limits::jobs_max links pause; submit still takes.
  virtual std::size_t pending() const = 0;
  /// How many jobs can run at once.
  virtual std::size_t threads() const = 0;
};

/// Submits `work(const JobTools&) -> Output`; `then(Output)` gets the result on the loop thread.
template <typename Work, typename Then>
void submit(Workers& workers, Lane lane, Urgency urgency, Work work, Then then) {
  using Output = std::invoke_result_t<Work&, const JobTools&>;
  class Call final : public Job {
   public:
    Call(Work work, Then then) : work_(std::move(work)), then_(std::move(then)) {}
    void run(const JobTools& tools) noexcept override { output_.emplace(work_(tools)); }
    void deliver() noexcept override { then_(*std::move(output_)); }

   private:
    Work work_;
    Then then_;
    std::optional<Output> output_;
  };
  workers.submit(std::make_unique<Call>(std::move(work), std::move(then)), lane, urgency);
}

}  // namespace seed::io
