#include "core/base/byte_queue.h"

#include <array>
#include <string>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

std::string text_of(const ByteQueue& queue) {
  std::vector<Bytes> views(10'000);
  const auto count = queue.front(views);
  REQUIRE(count < views.size());
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += as_text(views[i]);
  return out;
}

std::size_t segments_of(const ByteQueue& queue) {
  std::vector<Bytes> views(10'000);
  return queue.front(views);
}

std::string random_text(Rng& rng, std::size_t size) {
  std::string out(size, '\0');
  for (auto& c : out) c = static_cast<char>('a' + rng.below(26));
  return out;
}

Block random_block(Rng& rng, std::uint32_t header, std::string& text) {
  text = random_text(rng, header + static_cast<std::size_t>(rng.below(2000)));
  Block block = Block::copy_of(as_bytes(text).subspan(header));
  std::memcpy(block.with_header(header).data(), text.data(), header);
  return block;
}

TEST_CASE("small messages go out as one segment") {
  ByteQueue queue;
  for (int i = 0; i < 100; ++i) queue.append(as_bytes("seventeen octets."));
  CHECK(queue.size() == 1700);
  CHECK(segments_of(queue) == 1);
}

TEST_CASE("octets that were lent do not move when more is appended") {
  ByteQueue queue;
  queue.append(as_bytes("first"));
  std::array<Bytes, 1> lent;
  REQUIRE(queue.front(lent) == 1);
  for (int i = 0; i < 1000; ++i) queue.append(as_bytes("more and more and more"));
  CHECK(as_text(lent[0]) == "first");
}

TEST_CASE("a block goes out by reference with its header") {
  ByteQueue queue;
  queue.append(as_bytes("before "));
  Block block = Block::copy_of(as_bytes("payload"));
  const auto* where = block.bytes().data();
  std::memcpy(block.with_header(7).data(), "header ", 7);
  queue.append(std::move(block), 7);
  queue.append(as_bytes(" after"));
  CHECK(text_of(queue) == "before header payload after");
  std::array<Bytes, 2> views;
  REQUIRE(queue.front(views) == 2);
  CHECK(views[1].data() == where - 7);
  ByteQueue taken = queue.take(7 + 14);
  REQUIRE(taken.front(views) == 2);
  CHECK(views[1].data() == where - 7);
  CHECK(text_of(queue) == " after");
}

TEST_CASE("a queue that was moved from is empty and usable") {
  ByteQueue queue;
  queue.append(as_bytes("octets"));
  ByteQueue other = std::move(queue);
  CHECK(queue.empty());
  queue.append(as_bytes("new"));
  CHECK(text_of(queue) == "new");
  queue = std::move(other);
  CHECK(text_of(queue) == "octets");
  CHECK(other.empty());
  queue.clear();
  CHECK(queue.empty());
}

TEST_CASE("nothing appended is nothing") {
  ByteQueue queue;
  queue.append(Bytes{});
  queue.append(Block());
  queue.append(Block::of_size(0));
  queue.append(ByteQueue());
  CHECK(queue.empty());
  CHECK(segments_of(queue) == 0);
  CHECK(queue.take(0).empty());
}

/// One random step on both; the queue and the text must stay the same.
void step(Rng& rng, ByteQueue& queue, std::string& model) {
  std::string text;
  switch (rng.below(6)) {
    case 0:
      text = random_text(rng, static_cast<std::size_t>(rng.below(rng.below(4) == 0 ? 6000 : 40)));
      queue.append(as_bytes(text));
      model += text;
      break;
    case 1: {
      const auto header = static_cast<std::uint32_t>(rng.below(Block::headroom + 1));
      queue.append(random_block(rng, header, text), header);
      model += text;
      break;
    }
    case 2: {
      const auto count = static_cast<std::size_t>(rng.below(model.size() + 1));
      queue.consume(count);
      model.erase(0, count);
      break;
    }
    case 3: {
      const auto count = static_cast<std::size_t>(rng.below(model.size() + 1));
      const ByteQueue taken = queue.take(count);
      REQUIRE(taken.size() == count);
      CHECK(text_of(taken) == model.substr(0, count));
      model.erase(0, count);
      break;
    }
    case 4: {
      const auto from = static_cast<std::size_t>(rng.below(model.size() + 10));
      queue.transform(from, [](MutableBytes view) {
        for (auto& octet : view) octet ^= 1;
      });
      for (auto i = from; i < model.size(); ++i) model[i] = static_cast<char>(model[i] ^ 1);
      break;
    }
    default: {
      ByteQueue other;
      text = random_text(rng, static_cast<std::size_t>(rng.below(100)));
      other.append(as_bytes(text));
      queue.append(std::move(other));
      model += text;
    }
  }
}

TEST_CASE("what is in front of the first block is known") {
  ByteQueue queue;
  queue.append(as_bytes("have"));
  CHECK(queue.before_block() == 4);
  queue.append(Block::copy_of(as_bytes("block")), 0);
  queue.append(as_bytes("choke"));
  CHECK(queue.before_block() == 4);
  queue.consume(4);
  CHECK(queue.before_block() == 0);
  queue.consume(2);
  CHECK(queue.before_block() == 0);
  queue.consume(3);
  CHECK(queue.before_block() == 5);
}

TEST_CASE("a queue does as a string does") {
  Rng rng(2);
  for (int round = 0; round < 50; ++round) {
    ByteQueue queue;
    std::string model;
    for (int i = 0; i < 100; ++i) {
      step(rng, queue, model);
      REQUIRE(queue.size() == model.size());
      REQUIRE(queue.empty() == model.empty());
      REQUIRE(text_of(queue) == model);
    }
  }
}

}  // namespace
}  // namespace seed
