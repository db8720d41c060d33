// Whatever message is written is read back as it was, in canonical form and within its size.
#include "core/bencode/document.h"
#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;
using namespace seed::dht::krpc;

namespace {

/// Draws messages that keep within the bounds of the format.
class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : dice_(seed) {}

  Message message() {
    Message out;
    out.transaction = octets(below(transaction_bytes_max + 1));
    if (yes()) out.ip = endpoint(yes());
    if (yes()) out.version = octets(1 + below(version_bytes_max));
    switch (below(3)) {
      case 0:
        out.body = Query{fixed<NodeId>(), yes(), what()};
        break;
      case 1:
        out.body = response();
        break;
      default:
        out.body = Error{static_cast<std::int64_t>(dice_.next()), as_text_of(below(100))};
    }
    return out;
  }

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(dice_.below(bound)); }
  bool yes() { return below(2) == 0; }
  Buffer octets(std::size_t count) {
    Buffer out(count);
    dice_.fill(out);
    return out;
  }
  std::string as_text_of(std::size_t count) { return to_string(octets(count)); }
  template <typename Fixed>
  Fixed fixed() {
    Fixed out;
    dice_.fill(out.octets);
    return out;
  }
  Want want() { return {yes(), yes()}; }
  Endpoint endpoint(bool v4) {
    Buffer raw = octets(v4 ? 4 : 16);
    raw[0] = v4 ? 10 : 0x20;  // neither multicast nor unspecified
    return {*IpAddress::from_octets(raw), static_cast<std::uint16_t>(1 + below(65535))};
  }
  std::vector<NodeContact> contacts(bool v4) {
    std::vector<NodeContact> out(below(17));
    for (auto& contact : out) contact = {fixed<NodeId>(), endpoint(v4)};
    return out;
  }
  Buffer value() {
    const Buffer raw = octets(below(900));
    return ByteWriter().put(std::to_string(raw.size())).put(":").put(raw).take();
  }
  What what() {
    switch (below(7)) {
      case 0:
        return Ping{};
      case 1:
        return FindNode{fixed<NodeId>(), want()};
      case 2:
        return GetPeers{fixed<Sha1>(), want(), yes(), yes()};
      case 3:
        return AnnouncePeer{fixed<Sha1>(), static_cast<std::uint16_t>(1 + below(65535)), yes(),
                            yes(), octets(below(token_bytes_max + 1))};
      case 4: {
        Get out{fixed<Sha1>(), std::nullopt, want()};
        if (yes()) out.seq = static_cast<std::int64_t>(dice_.next());
        return out;
      }
      case 5: {
        Put out{{value(), std::nullopt}, std::nullopt, octets(below(30))};
        if (yes()) return out;
        out.item.changing =
            MutablePart{fixed<ItemKey>(), octets(below(65)),
                        static_cast<std::int64_t>(dice_.next() >> 1), fixed<ItemSignature>()};
        if (yes()) out.cas = static_cast<std::int64_t>(dice_.next());
        return out;
      }
      default:
        return SampleInfohashes{fixed<NodeId>(), want()};
    }
  }
  Response response() {
    Response out;
    out.id = fixed<NodeId>();
    if (yes()) out.nodes = contacts(true);
    if (yes()) out.nodes6 = contacts(false);
    if (yes()) out.token = octets(below(20));
    const std::size_t peers = yes() ? below(150) : 0;
    for (std::size_t i = 0; i < peers; ++i) out.values.push_back(endpoint(below(4) != 0));
    if (below(4) == 0) out.seeds = BloomFilter::from(octets(BloomFilter::size));
    if (below(4) == 0) out.peers = BloomFilter::from(octets(BloomFilter::size));
    if (below(4) == 0) out.value = value();
    if (below(4) == 0) out.key = fixed<ItemKey>();
    if (below(4) == 0) out.signature = fixed<ItemSignature>();
    if (below(4) == 0) out.seq = static_cast<std::int64_t>(dice_.next());
    if (below(4) == 0) {
      out.samples =
          Samples{std::vector<Sha1>(below(21)), static_cast<std::int64_t>(below(1'000'000)),
                  std::chrono::seconds(below(sample_interval_max + 1))};
      for (auto& hash : out.samples->hashes) hash = fixed<Sha1>();
    }
    return out;
  }

  Rng dice_;
};

/// Whether `some` is what is left of `all` from its front.
template <typename T>
bool front_of(const std::vector<T>& some, const std::vector<T>& all) {
  return some.size() <= all.size() && std::equal(some.begin(), some.end(), all.begin());
}

}  // namespace

TEST_CASE("what is written is read back, in canonical form") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    const Message message = Drawing(seed).message();
    const Buffer datagram = encode(message, std::numeric_limits<std::size_t>::max());
    const auto document = bencode::Document::parse(datagram);
    REQUIRE(document);
    REQUIRE(document->keys_sorted());
    if (datagram.size() > datagram_bytes_max) continue;
    const auto read = parse(datagram);
    REQUIRE(read);
    REQUIRE(*read == message);
  }
}

TEST_CASE(
    "what is written to a size keeps it, and loses peers, samples and contacts from the end") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    const Message message = Drawing(seed).message();
    const auto* whole = std::get_if<Response>(&message.body);
    if (whole == nullptr) continue;
    const std::size_t bytes_max = 300 + seed % 1100;
    const Buffer datagram = encode(message, bytes_max);
    if (datagram.size() > datagram_bytes_max) continue;
    const auto read = parse(datagram);
    REQUIRE(read);
    const auto& left = std::get<Response>(read->body);
    const bool bare = left.values.empty() && (!left.nodes || left.nodes->empty()) &&
                      (!left.nodes6 || left.nodes6->empty()) &&
                      (!left.samples || left.samples->hashes.empty());
    REQUIRE((datagram.size() <= bytes_max || bare));
    REQUIRE(front_of(left.values, whole->values));
    REQUIRE(left.value == whole->value);
    REQUIRE(left.token == whole->token);
    if (left.nodes) REQUIRE(front_of(*left.nodes, *whole->nodes));
    if (left.nodes6) REQUIRE(front_of(*left.nodes6, *whole->nodes6));
  }
}
