#include "bench/load_link.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/wire/handshake.h"
#include "core/wire/message.h"

namespace seed::bench {
namespace {

constexpr std::size_t input_bytes = 256 * 1024;
constexpr std::uint32_t block_bytes = 16 * 1024;
constexpr std::size_t serving_max = 4096;
/// Requests that go out together once the pipeline has room for them.
constexpr std::uint32_t refill = 16;
/// Blocks in one gathered write.
constexpr std::size_t blocks_a_write = 32;

std::uint32_t number_at(const std::uint8_t* from) {
  return static_cast<std::uint32_t>(from[0]) << 24 | static_cast<std::uint32_t>(from[1]) << 16 |
         static_cast<std::uint32_t>(from[2]) << 8 | static_cast<std::uint32_t>(from[3]);
}

void write_number(std::uint8_t* to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint8_t id_of(wire::MessageId id) { return static_cast<std::uint8_t>(id); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS; }

}  // namespace

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

LoadLink::LoadLink(Load& load, int fd, std::uint32_t number, std::uint32_t links)
    : load_(load), fd_(fd), number_(number) {
  in_.resize(load.mode == Mode::idle ? 4096 : input_bytes);
  const std::uint64_t pieces = (load.total + load.piece_bytes - 1) / load.piece_bytes;
  const std::uint64_t first = pieces * number / std::max(links, 1u);
  next_block_ = first * (load.piece_bytes / block_bytes);
  greet();
}

LoadLink::~LoadLink() { close(fd_); }

void LoadLink::put_number(std::uint32_t value) {
  std::array<std::uint8_t, 4> octets{};
  write_number(octets.data(), value);
  out_.append(octets.begin(), octets.end());
}

void LoadLink::put(std::uint8_t id, const std::vector<std::uint8_t>& payload) {
  put_number(static_cast<std::uint32_t>(1 + payload.size()));
  out_.push_back(static_cast<char>(id));
  out_.append(payload.begin(), payload.end());
}

void LoadLink::keep_alive() {
  if (greeted_) put_number(0);
}

void LoadLink::greet() {
  wire::Reserved reserved;
  reserved.set_fast(true).set_extended(true);
  out_ += wire::handshake_prefix;
  out_.append(reserved.octets.begin(), reserved.octets.end());
  out_.append(load_.info_hash.begin(), load_.info_hash.end());
  std::string peer_id = "-LO0001-" + std::to_string(1'000'000 + number_) + "abcdefgh";
  out_ += peer_id.substr(0, 20);
}

// After their handshake: aria2 hangs up on what comes together with ours.
void LoadLink::introduce() {
  static constexpr char said[] = "d1:mde4:reqqi2000e1:v9:load peere";
  std::vector<std::uint8_t> extended(1, 0);
  extended.insert(extended.end(), said, said + sizeof said - 1);
  put(id_of(wire::MessageId::extended), extended);
  put(id_of(load_.mode == Mode::seed ? wire::MessageId::have_all : wire::MessageId::have_none));
  if (load_.mode == Mode::leech) put(id_of(wire::MessageId::interested));
  if (load_.mode == Mode::seed) put(id_of(wire::MessageId::unchoke));
}

bool LoadLink::drop_payload() {
  while (to_drop_ > 0) {
    const ssize_t got = recv(fd_, nullptr, to_drop_, MSG_TRUNC);
    if (got == 0) return false;
    if (got < 0) return would_block();
    to_drop_ -= static_cast<std::uint64_t>(got);
    load_.moved += static_cast<std::uint64_t>(got);
  }
  return true;
}

bool LoadLink::on_readable() {
  for (int round = 0; round < 64; ++round) {
    if (!drop_payload()) return false;
    if (to_drop_ > 0) return true;
    if (in_begin_ == in_end_) in_begin_ = in_end_ = 0;
    if (in_end_ == in_.size()) {
      std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
      in_end_ -= in_begin_;
      in_begin_ = 0;
      if (in_end_ == in_.size()) return false;
    }
    // A leech reads a head at a time: what follows is dropped unseen.
    const std::size_t room = in_.size() - in_end_;
    const bool sips = load_.mode == Mode::leech && unchoked_;
    const std::size_t ask = sips ? std::min<std::size_t>(room, wire::piece_head_bytes) : room;
    const ssize_t got = recv(fd_, in_.data() + in_end_, ask, 0);
    if (got == 0) return false;
    if (got < 0) return would_block();
    in_end_ += static_cast<std::size_t>(got);
    if (!parse()) return false;
    if (load_.leeches_done()) return true;
  }
  return true;
}

bool LoadLink::parse() {
  if (!greeted_) {
    if (in_end_ - in_begin_ < wire::handshake_bytes) return true;
    in_begin_ += wire::handshake_bytes;
    greeted_ = true;
    introduce();
  }
  while (in_end_ - in_begin_ >= 4) {
    const std::uint8_t* at = in_.data() + in_begin_;
    const std::uint32_t length = number_at(at);
    const std::size_t have = in_end_ - in_begin_ - 4;
    if (length > 0 && have >= 1 && at[4] == id_of(wire::MessageId::piece)) {
      if (have < 9) return true;
      const std::uint32_t payload = length - 9;
      const std::size_t here = std::min<std::size_t>(have - 9, payload);
      if (load_.moved == 0) load_.first = now_seconds();
      load_.moved += here;
      to_drop_ = payload - here;
      in_begin_ += 13 + here;
      if (under_way_ > 0) --under_way_;
      fill_pipeline();
      if (to_drop_ > 0) return true;
      continue;
    }
    if (have < length) return length + 4 <= in_.size();
    if (length > 0) on_message(at[4], at + 5, length - 1);
    in_begin_ += 4 + length;
  }
  return true;
}

void LoadLink::on_message(std::uint8_t id, const std::uint8_t* payload, std::uint32_t length) {
  switch (static_cast<wire::MessageId>(id)) {
    case wire::MessageId::choke:
      unchoked_ = false;
      break;
    case wire::MessageId::unchoke:
      unchoked_ = true;
      under_way_ = 0;
      fill_pipeline();
      break;
    case wire::MessageId::interested:
      lost_interest_ = false;
      break;
    case wire::MessageId::not_interested:
      lost_interest_ = served_;
      load_.last = now_seconds();
      break;
    case wire::MessageId::request:
      if (length == 12) on_request(payload);
      break;
    case wire::MessageId::cancel:
      break;  // it is on its way already
    case wire::MessageId::reject:
      if (under_way_ > 0) --under_way_;
      break;
    default:
      break;
  }
}

void LoadLink::on_request(const std::uint8_t* payload) {
  if (load_.mode != Mode::seed) return;
  Serve serve;
  serve.at = std::uint64_t{number_at(payload)} * load_.piece_bytes + number_at(payload + 4);
  serve.length = number_at(payload + 8);
  if (serve.length > 8 * block_bytes || serve.at + serve.length > load_.total ||
      serving_.size() >= serving_max) {
    ++load_.bad;
    return;
  }
  write_number(serve.head.data(), serve.length + 9);
  serve.head[4] = id_of(wire::MessageId::piece);
  std::memcpy(serve.head.data() + 5, payload, 8);
  if (load_.moved == 0) load_.first = now_seconds();
  served_ = true;
  serving_.push_back(serve);
}

void LoadLink::fill_pipeline() {
  if (load_.mode != Mode::leech || !unchoked_ || under_way_ + refill > load_.depth) return;
  const std::uint64_t blocks = (load_.total + block_bytes - 1) / block_bytes;
  const std::uint32_t blocks_a_piece = load_.piece_bytes / block_bytes;
  for (; under_way_ < load_.depth; ++under_way_, ++next_block_) {
    const std::uint64_t block = next_block_ % blocks;
    const std::uint64_t left = load_.total - block * block_bytes;
    put_number(13);
    out_.push_back(static_cast<char>(wire::MessageId::request));
    put_number(static_cast<std::uint32_t>(block / blocks_a_piece));
    put_number(static_cast<std::uint32_t>(block % blocks_a_piece * block_bytes));
    put_number(static_cast<std::uint32_t>(std::min<std::uint64_t>(left, block_bytes)));
  }
}

bool LoadLink::flush_plain() {
  while (!out_.empty()) {
    const ssize_t put = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (put < 0) return would_block();
    out_.erase(0, static_cast<std::size_t>(put));
  }
  return true;
}

bool LoadLink::flush_blocks() {
  while (!serving_.empty()) {
    std::array<iovec, 2 * blocks_a_write> pieces{};
    std::size_t count = 0, skip = sent_of_front_;
    for (auto it = serving_.begin(); it != serving_.end() && count + 2 <= pieces.size(); ++it) {
      const std::size_t head_skip = std::min(skip, it->head.size());
      if (head_skip < it->head.size())
        pieces[count++] = {it->head.data() + head_skip, it->head.size() - head_skip};
      const std::size_t body_skip = skip - head_skip;
      pieces[count++] = {const_cast<std::uint8_t*>(load_.content + it->at + body_skip),
                         it->length - body_skip};
      skip = 0;
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    const ssize_t put = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (put < 0) return would_block();
    sent_of_front_ += static_cast<std::size_t>(put);
    while (!serving_.empty() && sent_of_front_ >= serving_.front().length + 13) {
      sent_of_front_ -= serving_.front().length + 13;
      load_.moved += serving_.front().length;
      serving_.pop_front();
    }
  }
  load_.last = now_seconds();
  return true;
}

bool LoadLink::on_writable() {
  // Small messages never go between the halves of a block.
  if (sent_of_front_ == 0 && !flush_plain()) return false;
  return flush_blocks() && (!serving_.empty() || flush_plain());
}

}  // namespace seed::bench
