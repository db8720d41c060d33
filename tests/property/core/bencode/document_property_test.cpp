// Any value written is read back as it was; any mutation of it is read or refused, never worse.
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/base/rng.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "tests/support/catch.h"

namespace seed::bencode {
namespace {

/// A naive tree to compare with.
struct Tree {
  std::variant<std::string, std::int64_t, std::vector<Tree>, std::map<std::string, Tree>> value;
  bool operator==(const Tree&) const = default;
};

std::string random_text(Rng& rng) {
  Buffer octets(rng.below(rng.below(4) == 0 ? 300 : 6));
  rng.fill(octets);
  return to_string(octets);
}

Tree random_tree(Rng& rng, int depth) {
  switch (rng.below(depth > 0 ? 4 : 2)) {
    case 0:
      return {random_text(rng)};
    case 1:
      return {static_cast<std::int64_t>(rng.next() >> rng.below(64))};
    case 2: {
      std::vector<Tree> items(rng.below(6));
      for (Tree& item : items) item = random_tree(rng, depth - 1);
      return {std::move(items)};
    }
    default: {
      std::map<std::string, Tree> entries;
      for (auto count = rng.below(6); count > 0; --count)
        entries[random_text(rng)] = random_tree(rng, depth - 1);
      return {std::move(entries)};
    }
  }
}

void write(Writer& writer, const Tree& tree) {
  if (const auto* text = std::get_if<std::string>(&tree.value)) {
    writer.string(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&tree.value)) {
    writer.integer(*number);
  } else if (const auto* items = std::get_if<std::vector<Tree>>(&tree.value)) {
    writer.begin_list();
    for (const Tree& item : *items) write(writer, item);
    writer.end();
  } else {
    writer.begin_dict();
    for (const auto& [key, item] : std::get<std::map<std::string, Tree>>(tree.value)) {
      writer.key(key);
      write(writer, item);
    }
    writer.end();
  }
}

Tree read(const Value& value) {
  if (const auto text = value.as_string()) return {to_string(*text)};
  if (const auto number = value.as_integer()) return {*number};
  if (value.is_list()) {
    std::vector<Tree> items;
    for (const Value item : value.list_items()) items.push_back(read(item));
    return {std::move(items)};
  }
  std::map<std::string, Tree> entries;
  for (const auto& [key, item] : value.dict_entries()) entries[to_string(key)] = read(item);
  return {std::move(entries)};
}

TEST_CASE("what is written is read back, and written again it is the same") {
  const std::uint64_t seed = 0x5eed0001;
  INFO("seed " << seed);
  Rng rng(seed);
  for (int round = 0; round < 2000; ++round) {
    const Tree tree = random_tree(rng, 5);
    Writer writer;
    write(writer, tree);
    const Buffer octets = writer.take();
    const auto document = Document::parse(octets);
    REQUIRE(document);
    REQUIRE(document->keys_sorted());
    REQUIRE(read(document->root()) == tree);
    REQUIRE(equal(canonical(document->root()), octets));
  }
}

TEST_CASE("every cut of a document is refused, and what follows it is not read") {
  Rng rng(0x5eed0002);
  for (int round = 0; round < 200; ++round) {
    Writer writer;
    write(writer, random_tree(rng, 4));
    Buffer octets = writer.take();
    for (std::size_t cut = 0; cut < octets.size(); ++cut)
      REQUIRE_FALSE(Document::parse(Bytes(octets).first(cut)));
    const std::size_t size = octets.size();
    octets.push_back(static_cast<std::uint8_t>(rng.next()));
    REQUIRE_FALSE(Document::parse(octets));
    REQUIRE(Document::parse_prefix(octets)->size() == size);
  }
}

TEST_CASE("a mutated document is refused, or its parts still tile it") {
  Rng rng(0x5eed0003);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Writer writer;
    write(writer, random_tree(rng, 3));
    Buffer octets = writer.take();
    for (auto changes = 1 + rng.below(3); changes > 0; --changes) {
      constexpr std::string_view likely = "ilde:-0129";
      octets[rng.below(octets.size())] =
          static_cast<std::uint8_t>(likely[rng.below(likely.size())]);
    }
    const auto document = Document::parse(octets);
    if (!document) continue;
    ++accepted;
    const Buffer sorted = canonical(document->root());
    REQUIRE(sorted.size() == octets.size());
    if (document->keys_sorted()) REQUIRE(equal(sorted, octets));
  }
  CHECK(accepted > 1000);
}

}  // namespace
}  // namespace seed::bencode
