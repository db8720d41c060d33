#include "core/storage/open_files.h"

#include "tests/support/catch.h"
#include "tests/support/fake_files.h"

using namespace seed;
using namespace seed::storage;

namespace {

const Instant start{1h};

std::shared_ptr<io::File> handle() {
  static test::FakeFiles files;
  return *files.open(*SafePath::root("/")->child("f"), io::OpenMode::create);
}

}  // namespace

TEST_CASE("the least recently used file is put out, and lives while somebody holds it") {
  OpenFiles table(2);
  const StoreId store{1, 1};
  auto first = handle();
  std::weak_ptr<io::File> watched = first;
  table.keep(store, {1}, false, first, start);
  table.keep(store, {2}, false, handle(), start);
  CHECK(table.find(store, {1}, false, start) == first);
  table.keep(store, {3}, false, handle(), start);
  CHECK(table.size() == 2);
  CHECK(table.find(store, {2}, false, start) == nullptr);
  table.keep(store, {4}, false, handle(), start);
  table.keep(store, {5}, false, handle(), start);
  CHECK(table.find(store, {1}, false, start) == nullptr);
  CHECK_FALSE(watched.expired());
  first.reset();
  CHECK(watched.expired());
}

TEST_CASE("a handle that writes reads too, and is not exchanged for one that only reads") {
  OpenFiles table(4);
  const StoreId store{1, 1};
  table.keep(store, {1}, false, handle(), start);
  CHECK(table.find(store, {1}, true, start) == nullptr);
  const auto writer = handle();
  table.keep(store, {1}, true, writer, start);
  table.keep(store, {1}, false, handle(), start);
  CHECK(table.find(store, {1}, true, start) == writer);
  CHECK(table.find(store, {1}, false, start) == writer);
}

TEST_CASE("a handle is not trusted for ever: its file may be gone by now") {
  OpenFiles table(4);
  const StoreId store{1, 1};
  table.keep(store, {1}, true, handle(), start);
  CHECK(table.find(store, {1}, false, start + OpenFiles::trusted_for - 1ms) != nullptr);
  CHECK(table.find(store, {1}, false, start + OpenFiles::trusted_for) == nullptr);
  CHECK(table.size() == 0);
}

TEST_CASE("a store's files are forgotten together") {
  OpenFiles table(4);
  table.keep({1, 1}, {1}, false, handle(), start);
  table.keep({2, 1}, {1}, false, handle(), start);
  table.keep({1, 1}, {2}, false, handle(), start);
  table.forget({1, 1});
  CHECK(table.size() == 1);
  table.forget({2, 1}, {1});
  CHECK(table.size() == 0);
}
