// LoadLink: one connection of the load peer: no machine, no checks of honest clients, as few system
// calls as will do, so that it costs less than what it measures.
//
// As a seed it answers every request from mapped memory with gathered writes; as a leech it asks
// for all pieces in order with a deep pipeline and drops the payload in the kernel (MSG_TRUNC);
// idle it only shakes hands. BEP 3, 6, 10. Bounds: 256 KiB of input, 4096 requests queued.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace seed::bench {

enum class Mode : std::uint8_t { seed, leech, idle };

/// What all links of one run share.
struct Load {
  Mode mode = Mode::idle;
  std::array<std::uint8_t, 20> info_hash{};
  std::uint64_t total = 0;  ///< octets of the torrent
  std::uint32_t piece_bytes = 0;
  const std::uint8_t* content = nullptr;  ///< mapped, for seeds
  std::uint64_t wanted = 0;               ///< octets after which leeches are done
  std::uint32_t depth = 400;              ///< requests under way a leech
  std::uint64_t moved = 0;                ///< payload octets so far, all links
  double first = 0;                       ///< seconds (monotonic) of the first payload octet
  double last = 0;                        ///< and of the last thing that mattered
  std::uint64_t bad = 0;                  ///< requests outside the torrent, dropped

  bool leeches_done() const { return mode == Mode::leech && moved >= wanted; }
};

/// Seconds on the monotonic clock.
double now_seconds();

class LoadLink {
 public:
  /// `fd` is connecting or connected and does not block; `number` gives peer id and first piece.
  LoadLink(Load& load, int fd, std::uint32_t number, std::uint32_t links);
  LoadLink(const LoadLink&) = delete;
  LoadLink& operator=(const LoadLink&) = delete;
  ~LoadLink();

  int fd() const { return fd_; }
  /// Reads what is there. False when the link is over.
  bool on_readable();
  /// Writes what can be written. False when the link is over.
  bool on_writable();
  bool wants_write() const { return !out_.empty() || !serving_.empty(); }
  /// Handshake seen, and it has all it wants of a seed (said "not interested" after something
  /// moved).
  bool content_with() const { return lost_interest_; }
  bool greeted() const { return greeted_; }
  void keep_alive();

 private:
  struct Serve {
    std::array<std::uint8_t, 13> head{};
    std::uint64_t at = 0;
    std::uint32_t length = 0;
  };

  void put(std::uint8_t id, const std::vector<std::uint8_t>& payload = {});
  void put_number(std::uint32_t value);
  void greet();
  void introduce();
  bool parse();
  void on_message(std::uint8_t id, const std::uint8_t* payload, std::uint32_t length);
  void on_request(const std::uint8_t* payload);
  void fill_pipeline();
  bool drop_payload();
  bool flush_plain();
  bool flush_blocks();

  Load& load_;
  int fd_;
  std::uint32_t number_;
  std::vector<std::uint8_t> in_;
  std::size_t in_begin_ = 0, in_end_ = 0;
  std::string out_;
  std::deque<Serve> serving_;
  std::size_t sent_of_front_ = 0;
  std::uint64_t next_block_ = 0;
  std::uint64_t to_drop_ = 0;
  std::uint32_t under_way_ = 0;
  bool greeted_ = false, unchoked_ = false, lost_interest_ = false, served_ = false;
};

}  // namespace seed::bench
