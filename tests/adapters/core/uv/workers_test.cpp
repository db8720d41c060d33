#include "core/uv/workers.h"

#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <semaphore>
#include <thread>

#include "core/base/digest.h"
#include "core/uv/files.h"
#include "core/uv/store_sqlite.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;
using io::Lane;
using io::Urgency;

namespace {

struct Shop {
  Loop loop;
  Files files;
  StoreSqlite store{"/nonexistent/state.db"};
  std::unique_ptr<Workers> workers;
  explicit Shop(std::size_t threads)
      : workers(std::make_unique<Workers>(loop, threads, files, store)) {}

  template <typename Work>
  void submit(Lane lane, Urgency urgency, Work work, std::function<void()> then = {}) {
    io::submit(
        *workers, lane, urgency,
        [work = std::move(work)](const io::JobTools&) mutable {
          work();
          return 0;
        },
        [then = std::move(then)](int) {
          if (then) then();
        });
  }
};

}  // namespace

TEST_CASE("a job runs elsewhere and is delivered here") {
  Shop shop(2);
  const auto here = std::this_thread::get_id();
  std::thread::id ran;
  std::thread::id delivered;
  io::submit(
      *shop.workers, Lane::none, Urgency::transfer,
      [](const io::JobTools&) { return std::this_thread::get_id(); },
      [&](std::thread::id id) {
        ran = id;
        delivered = std::this_thread::get_id();
      });
  CHECK(shop.workers->pending() == 1);
  REQUIRE(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
  CHECK(ran != here);
  CHECK(delivered == here);
}

TEST_CASE("jobs in one lane take turns in the order submitted") {
  Shop shop(4);
  std::atomic<int> inside = 0;
  std::atomic<bool> overlapped = false;
  std::vector<int> order;  // only the lane's jobs write it, one at a time
  int delivered = 0;
  for (int i = 0; i < 200; ++i) {
    const auto urgency = i % 3 == 0 ? Urgency::background : Urgency::transfer;
    shop.submit(
        Lane::store, urgency,
        [&, i] {
          if (inside.fetch_add(1) != 0) overlapped = true;
          order.push_back(i);
          inside.fetch_sub(1);
        },
        [&] { ++delivered; });
    shop.submit(Lane::none, Urgency::transfer, [] {});
  }
  REQUIRE(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
  CHECK_FALSE(overlapped);
  CHECK(delivered == 200);
  REQUIRE(order.size() == 200);
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("lanes run side by side") {
  Shop shop(3);
  std::binary_semaphore met{0};
  // The first ends only when the second has run.
  shop.submit(Lane{16}, Urgency::transfer, [&] { met.acquire(); });
  shop.submit(Lane{17}, Urgency::transfer, [&] { met.release(); });
  CHECK(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
}

TEST_CASE("transfer jobs go before background ones, and background is not starved") {
  Shop shop(1);
  std::binary_semaphore go{0};
  std::vector<char> order;
  shop.submit(Lane::none, Urgency::transfer, [&] { go.acquire(); });
  for (int i = 0; i < 3; ++i)
    shop.submit(Lane::none, Urgency::background, [&] { order.push_back('b'); });
  for (int i = 0; i < 40; ++i)
    shop.submit(Lane::none, Urgency::transfer, [&] { order.push_back('t'); });
  go.release();
  REQUIRE(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
  REQUIRE(order.size() == 43);
  const std::string text(order.begin(), order.end());
  CHECK(text.find('b') == transfers_before_background - 1);
  CHECK(text.back() == 'b');
}

TEST_CASE("the store's jobs have a thread even when all others hang") {
  Shop shop(4);
  std::counting_semaphore<8> hold{0};
  int hung = 0;
  for (std::uint64_t i = 0; i < 8; ++i)
    shop.submit(Lane{16 + i}, Urgency::transfer, [&] { hold.acquire(); }, [&] { ++hung; });
  int stored = 0;
  for (int i = 0; i < 3; ++i) shop.submit(Lane::store, Urgency::transfer, [] {}, [&] { ++stored; });
  CHECK(shop.loop.run_until([&] { return stored == 3; }, bound));
  CHECK(hung == 0);
  hold.release(8);
  CHECK(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
}

TEST_CASE("background jobs leave one thread to transfers") {
  Shop shop(3);
  std::counting_semaphore<2> hold{0};
  bool transferred = false;
  for (int i = 0; i < 2; ++i) shop.submit(Lane::none, Urgency::background, [&] { hold.acquire(); });
  shop.submit(Lane::none, Urgency::transfer, [] {}, [&] { transferred = true; });
  CHECK(shop.loop.run_until([&] { return transferred; }, bound));
  CHECK(shop.workers->pending() == 2);
  hold.release(2);
  CHECK(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
}

TEST_CASE("going away waits for a job that has begun") {
  Shop shop(2);
  std::binary_semaphore begun{0};
  std::atomic<bool> ended = false;
  bool delivered = false;
  shop.submit(
      Lane::none, Urgency::transfer,
      [&] {
        begun.release();
        static_cast<void>(sha1(Buffer(32u << 20)));  // long enough to be met at it
        ended = true;
      },
      [&] { delivered = true; });
  begun.acquire();
  shop.workers.reset();
  CHECK(ended);
  CHECK_FALSE(shop.loop.run_until([&] { return delivered; }, 5ms));
}

TEST_CASE("a result may submit the next job") {
  Shop shop(2);
  int left = 100;
  std::function<void()> next = [&] {
    if (--left > 0) shop.submit(Lane::store, Urgency::transfer, [] {}, next);
  };
  shop.submit(Lane::store, Urgency::transfer, [] {}, next);
  CHECK(shop.loop.run_until([&] { return left == 0; }, bound));
}

TEST_CASE("going away waits for what runs and drops what was not delivered") {
  Shop shop(2);
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  bool delivered = false;
  for (int i = 0; i < 50; ++i)
    shop.submit(
        Lane::none, Urgency::transfer,
        [&] {
          ++begun;
          std::this_thread::yield();
          ++ended;
        },
        [&] { delivered = true; });
  shop.workers.reset();
  CHECK(begun == ended);
  const int at_end = ended;
  CHECK_FALSE(shop.loop.run_until([&] { return delivered || ended != at_end; }, 10ms));
}

TEST_CASE("an empty job costs little") {
  Shop shop(2);
  constexpr int count = 20'000;
  int delivered = 0;
  const auto used = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  const auto before = used();
  const Instant began = Loop::now();
  for (int i = 0; i < count; ++i)
    shop.submit(Lane::none, Urgency::transfer, [] {}, [&] { ++delivered; });
  REQUIRE(shop.loop.run_until([&] { return delivered == count; }, bound));
  // Wall time depends on what else the machine does; both are for the reader, not for a verdict.
  WARN(fmt::format("one empty job: {} ns, of which processor {} ns",
                   ((Loop::now() - began) / count).count(),
                   Duration((used() - before) / count).count()));
}

TEST_CASE("the end waits for what runs, up to its patience, and delivers nothing") {
  Shop shop(2);
  std::binary_semaphore runs{0};
  std::binary_semaphore go{0};
  int delivered = 0;
  bool late = false;
  const auto hang = [&] {
    runs.release();
    go.acquire();
  };
  shop.submit(Lane{16}, Urgency::transfer, hang, [&] { ++delivered; });
  shop.submit(Lane{16}, Urgency::transfer, [&] { late = true; }, [&] { ++delivered; });
  // What no thread has begun is called off at once.
  REQUIRE(runs.try_acquire_for(bound));
  CHECK_FALSE(shop.workers->end(50ms));
  CHECK_FALSE(shop.workers->store_runs());
  shop.submit(Lane::none, Urgency::transfer, [&] { late = true; });
  go.release();
  CHECK(shop.workers->end(bound));
  CHECK(delivered == 0);
  CHECK_FALSE(late);
}

TEST_CASE("jobs are timed by what they are for") {
  Shop shop(3);
  const auto longest = [] {
    const Instant end = Loop::now() + 5ms;
    while (Loop::now() < end) {
    }
  };
  shop.submit(Lane::store, Urgency::background, longest);
  shop.submit(Lane::none, Urgency::transfer, [] {});
  shop.submit(Lane::none, Urgency::transfer, [] {});
  shop.submit(Lane::none, Urgency::background, [] {});
  REQUIRE(shop.loop.run_until([&] { return shop.workers->pending() == 0; }, bound));
  using Kind = Workers::Kind;
  CHECK(shop.workers->times(Kind::transfer).ran.count() == 2);
  CHECK(shop.workers->times(Kind::background).waited.count() == 1);
  CHECK(shop.workers->times(Kind::store).ran.count() == 1);
  CHECK(shop.workers->times(Kind::store).ran.worst >= 5ms);
  CHECK(shop.workers->times(Kind::store).waited.worst < bound);
}
