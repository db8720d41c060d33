// TcpStream: io::Stream over one TCP connection, dialled or accepted.
//
//   dial() -> connecting -> open -> over
//   adopt() ---------------^
//
// Reads of all streams share one buffer, and each stream reads at most read_bytes_per_turn_max a
// turn. A write goes to the system at once as far as it takes it; the rest waits in the queue and
// goes out as the system takes more. No octet is copied on the way.
#pragma once

#include <memory>
#include <optional>

#include "core/io/net.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"

namespace seed::uv {

/// So that one fast peer does not make a turn long: 1 MiB is about a millisecond of work.
inline constexpr std::size_t read_bytes_per_turn_max = 1u << 20;
/// Handed to libuv at once. Smaller gives on_sent sooner, larger fewer wakes.
inline constexpr std::size_t write_bytes_in_flight_max = 256 * 1024;
/// Segments of one gathered write; beyond: a second write.
inline constexpr std::size_t write_segments_max = 64;

class TcpStream final : public io::Stream {
 public:
  /// `read_buffer` outlives the stream, and so does `uplink`, as Net has it.
  static Result<std::unique_ptr<io::Stream>> dial(Loop& loop, Uplink* uplink,
                                                  MutableBytes read_buffer, const Endpoint& to,
                                                  const io::DialOptions& options,
                                                  io::StreamOwner& owner);
  /// Takes over a connected socket.
  static Result<std::unique_ptr<io::Stream>> adopt(Loop& loop, Uplink* uplink,
                                                   MutableBytes read_buffer, int descriptor,
                                                   const Endpoint& remote);
  ~TcpStream() override;

  void set_owner(io::StreamOwner* owner) override;
  void write(ByteQueue&& bytes) override;
  std::size_t unsent() const override;
  void resume_reading() override;
  Endpoint local() const override;
  Endpoint remote() const override { return remote_; }

 private:
  /// What libuv looks at until the handle is closed.
  struct Pending {
    uv_connect_t connect{};
    uv_write_t write{};
    ByteQueue in_flight;
    bool in_alloc = false;
  };
  using TcpHandle = Handle<TcpStream, uv_tcp_t, Pending>;

  TcpStream(Loop& loop, Uplink* uplink, MutableBytes read_buffer, const Endpoint& remote);
  Result<void> start_dial(const io::DialOptions& options);

  static void on_connect(uv_connect_t* request, int status) noexcept;
  static void on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) noexcept;
  static void on_written(uv_write_t* request, int status) noexcept;
  static void on_report(void* self);
  static void on_cut(void* self);

  uv_stream_t* stream() const { return handle_.as<uv_stream_t>(); }
  std::size_t ask_owner();
  void start_reading();
  void stop_reading();
  void flush();
  void wait_for_room();
  void fail_later(int status, const char* doing);
  void fail_later(Fault fault);
  void report();
  void end(Fault fault);

  Loop& loop_;
  Uplink* uplink_;
  MutableBytes read_buffer_;
  Endpoint remote_;
  io::StreamOwner* owner_ = nullptr;
  TcpHandle handle_;
  TurnTask report_;
  UplinkTie tie_;
  ByteQueue queue_;  ///< written and not yet given to libuv
  std::size_t sent_unreported_ = 0;
  std::optional<Fault> fault_;  ///< not yet told
  std::uint64_t read_turn_ = 0;
  std::size_t read_in_turn_ = 0;
  bool connected_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool over_ = false;
};

}  // namespace seed::uv
