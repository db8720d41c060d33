#include "core/blocklist/table.h"

#include <string_view>

#include "core/base/check.h"
#include "core/base/digest.h"

namespace seed::blocklist {

namespace {

constexpr std::string_view magic = "seedd blocklist 1\n";
/// Octets of a range.
constexpr std::size_t range_v4 = 8;
constexpr std::size_t range_v6 = 32;

std::uint32_t number_v4(const IpAddress& address) { return ByteReader(address.octets()).u32(); }

Wide number_v6(const IpAddress& address) {
  ByteReader reader(address.octets());
  const std::uint64_t high = reader.u64();
  return {high, reader.u64()};
}

std::uint32_t read_number(ByteReader& from, std::uint32_t) { return from.u32(); }
Wide read_number(ByteReader& from, Wide) {
  const std::uint64_t high = from.u64();
  return {high, from.u64()};
}

void write_number(ByteWriter& to, std::uint32_t number) { to.u32(number); }
void write_number(ByteWriter& to, const Wide& number) { to.u64(number.high).u64(number.low); }

template <typename Number>
void write_ranges(ByteWriter& to, const Ranges<Number>& ranges) {
  for (const auto& [first, last] : ranges.all()) {
    write_number(to, first);
    write_number(to, last);
  }
}

/// False: they are not in order.
template <typename Number>
bool read_ranges(ByteReader& from, std::size_t count, Ranges<Number>& ranges) {
  for (std::size_t i = 0; i < count; ++i) {
    const Number first = read_number(from, Number{});
    const Number last = read_number(from, Number{});
    if (last < first || (i > 0 && first <= ranges.all().back().second)) return false;
    ranges.add(first, last);
  }
  return true;
}

}  // namespace

bool Table::contains(const IpAddress& address) const {
  return address.is_v4() ? v4_.contains(number_v4(address)) : v6_.contains(number_v6(address));
}

// The magic, how many ranges of IPv4 and of IPv6, they themselves, and the SHA-1 of all that.
Buffer Table::encode() const {
  ByteWriter out;
  out.reserve(magic.size() + 8 + v4_.size() * range_v4 + v6_.size() * range_v6 + Sha1::size);
  out.put(magic);
  out.u32(static_cast<std::uint32_t>(v4_.size())).u32(static_cast<std::uint32_t>(v6_.size()));
  write_ranges(out, v4_);
  write_ranges(out, v6_);
  const Sha1 digest = sha1(out.bytes());
  out.put(digest.bytes());
  return out.take();
}

Result<Table> Table::decode(Bytes bytes) {
  const auto damaged = fail(FaultCode::malformed, "the kept blocklist is damaged");
  if (bytes.size() < magic.size() + 8 + Sha1::size) return damaged;
  const Bytes content = bytes.first(bytes.size() - Sha1::size);
  if (!equal(sha1(content).bytes(), bytes.last(Sha1::size))) return damaged;
  ByteReader reader(content);
  if (as_text(reader.take(magic.size())) != magic) return damaged;
  const std::uint64_t count_v4 = reader.u32();
  const std::uint64_t count_v6 = reader.u32();
  if (reader.remaining() != count_v4 * range_v4 + count_v6 * range_v6) return damaged;
  Table out;
  if (!read_ranges(reader, static_cast<std::size_t>(count_v4), out.v4_) ||
      !read_ranges(reader, static_cast<std::size_t>(count_v6), out.v6_))
    return damaged;
  out.v4_.settle();
  out.v6_.settle();
  return out;
}

void TableBuilder::add(const AddressRange& range) {
  SEED_DCHECK(range.first <= range.last && range.first.is_v4() == range.last.is_v4());
  if (range.first.is_v4())
    table_.v4_.add(number_v4(range.first), number_v4(range.last));
  else
    table_.v6_.add(number_v6(range.first), number_v6(range.last));
}

Table TableBuilder::build() && {
  table_.v4_.settle();
  table_.v6_.settle();
  return std::move(table_);
}

}  // namespace seed::blocklist
