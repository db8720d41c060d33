#include "core/storage/storage.h"

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::Process;
using seed::test::Torrent;

TEST_CASE("a store that takes no more blocks makes room for one that does") {
  FakeFiles files;
  StorageOptions options;
  options.block_memory_bytes = 512 * 1024;
  Process process(files, options);
  const auto torrent = Torrent::make({{"one", 1u << 20}}, 1u << 20, 5);
  const auto other = Torrent::make({{"two", 2u << 20}}, 1u << 20, 6);
  process.open(torrent, "/srv/x");
  test::Owner owner;
  PieceStore second(*process.storage, process.store_options(other, "/srv/x"), owner);
  second.resume(std::nullopt, [](Result<Bitfield>) {});
  process.workers.run_all();
  // Blocks of the first fill memory up to the mark, and then no more of them come.
  for (std::uint32_t i = 0; i < 8; ++i) process.add(torrent, {{0}, i * block_size, block_size});
  for (std::uint32_t i = 0; i < other.pieces(); ++i)
    for (const auto ref : other.blocks({i})) {
      CHECK_FALSE(process.storage->memory().under_pressure());
      (void)second.add_block(ref, Block::copy_of(other.block(ref)), {1, 1});
      process.workers.run_all();
    }
  CHECK(second.have().all());
  CHECK(process.store->unverified_bytes() == 8 * block_size);
}
