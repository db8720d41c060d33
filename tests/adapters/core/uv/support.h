// What the tests of core/uv share: a temporary folder, a stream owner that records.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/io/net.h"
#include "core/uv/loop.h"
#include "tests/support/catch.h"

namespace seed::uv::test {

/// Longer than anything here takes, even under a sanitizer on a busy machine.
inline constexpr Duration bound = 60s;

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "seed-uv-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

/// Records what a stream says; each call can be replaced.
struct Peer final : io::StreamOwner {
  std::unique_ptr<io::Stream> stream;
  bool connected = false;
  std::size_t received = 0;
  std::size_t sent = 0;
  std::size_t may = 1u << 20;
  std::size_t asked = 0;
  std::optional<Fault> ended;
  std::function<void()> connecting;
  std::function<void()> asking;
  std::function<void(MutableBytes)> receiving;
  std::function<void()> sending;
  std::function<void()> ending;

  void on_connected() override {
    connected = true;
    if (connecting) connecting();
  }
  std::size_t may_read() override {
    ++asked;
    const std::size_t out = may;
    if (asking) asking();
    return out;
  }
  void on_bytes(MutableBytes bytes) override {
    received += bytes.size();
    if (receiving) receiving(bytes);
  }
  void on_sent(std::size_t count) override {
    sent += count;
    if (sending) sending();
  }
  void on_end(const Fault& fault) override {
    ended = fault;
    if (ending) ending();
  }
};

struct Gate final : io::ListenerOwner {
  std::vector<std::unique_ptr<io::Stream>> accepted;
  std::vector<Fault> faults;
  std::function<void(std::unique_ptr<io::Stream>)> accepting;

  void on_accept(std::unique_ptr<io::Stream> stream) override {
    if (accepting) return accepting(std::move(stream));
    accepted.push_back(std::move(stream));
  }
  void on_accept_fault(const Fault& fault) override { faults.push_back(fault); }
};

/// While it lives no thread of libuv's pool begins with anything more.
class HeldPool {
 public:
  explicit HeldPool(Loop& loop) : loop_(loop) {
    for (auto& work : works_) {
      work.data = this;
      REQUIRE(uv_queue_work(loop.uv(), &work, &on_work, &on_done) == 0);
    }
  }
  ~HeldPool() {
    go_ = true;
    go_.notify_all();
    loop_.run_until([this] { return done_ == works_.size(); }, bound);
  }
  HeldPool(const HeldPool&) = delete;
  HeldPool& operator=(const HeldPool&) = delete;

 private:
  static void on_work(uv_work_t* work) { static_cast<HeldPool*>(work->data)->go_.wait(false); }
  static void on_done(uv_work_t* work, int) { ++static_cast<HeldPool*>(work->data)->done_; }
  Loop& loop_;
  std::atomic<bool> go_ = false;
  std::array<uv_work_t, 64> works_{};  ///< more than the pool has threads
  std::size_t done_ = 0;
};

inline Endpoint loopback(std::uint16_t port = 0) { return {IpAddress::v4(0x7f000001), port}; }

inline ByteQueue queue_of(std::string_view text) {
  ByteQueue out;
  out.append(as_bytes(text));
  return out;
}

}  // namespace seed::uv::test
