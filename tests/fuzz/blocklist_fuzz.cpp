// LINK: seed::blocklist
// A list of any octets is refused, or a table that is kept and comes back the same; so is what is
// kept.
#include "core/base/check.h"
#include "core/blocklist/list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  const auto check = [](const blocklist::Table& table) {
    const Buffer kept = table.encode();
    const auto again = blocklist::Table::decode(kept);
    SEED_CHECK(again && again->size() == table.size() && again->encode() == kept);
  };
  if (const auto list = blocklist::parse_list({data, size})) {
    SEED_CHECK(!list->table.empty());
    check(list->table);
  }
  if (const auto table = blocklist::Table::decode({data, size})) check(*table);
  return 0;
}
