// Packets of real nodes on the public network, octet by octet: what rqbit sent and was answered
// (crates/dht/resources/test_requests of ikatson/rqbit).
#include <fstream>
#include <iterator>

#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;
using namespace seed::dht::krpc;

namespace {

Buffer load(const std::string& name) {
  std::ifstream in(SEED_TEST_DATA "/golden/dht/data/" + name + ".bin", std::ios::binary);
  Buffer out{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(out.empty());
  return out;
}

Message read(const std::string& name) {
  const auto out = parse(load(name));
  REQUIRE(out);
  return *out;
}

const auto rqbit = *NodeId::parse_hex("bd7b477cfbcd10f30b705da20201e7101d8df155");

}  // namespace

TEST_CASE("questions of a real node are read, and written again they are the same octets") {
  const auto find = read("find_node_request");
  CHECK(std::get<Query>(find.body) == Query{rqbit, false, FindNode{rqbit, {}}});
  CHECK(encode(find) == load("find_node_request"));
  for (const auto* name : {"get_peers_request_0", "get_peers_request_1"}) {
    const auto get = read(name);
    CHECK(
        std::get<Query>(get.body) ==
        Query{rqbit, false,
              GetPeers{
                  *Sha1::parse_hex("cab507494d02ebb1178b38f2e9d7be299c86b862"), {}, false, false}});
    CHECK(encode(get) == load(name));
  }
}

TEST_CASE("an answer with one node eight times is read") {
  const auto told = read("find_node_response_1");
  CHECK(told.version == Buffer{'J', 'B', 0, 0});
  CHECK_FALSE(told.ip);
  const auto& response = std::get<Response>(told.body);
  CHECK(response.id.hex() == "3c00727348b3b8ed70baa1e1411b3869d8481321");
  REQUIRE(response.nodes);
  CHECK(response.nodes->size() == 8);
  CHECK(encode(told) == load("find_node_response_1"));
}

TEST_CASE("answers of a public router have sixteen nodes and tell where we are") {
  for (const auto* name : {"find_node_response_2", "find_node_response_3"}) {
    const auto told = read(name);
    CHECK(told.version.empty());
    REQUIRE(told.ip);
    CHECK(told.ip->port == 59701);
    const auto& response = std::get<Response>(told.body);
    CHECK(response.id.hex() == "32f54e697351ff4aec29cdbaabf2fbe3467cc267");
    REQUIRE(response.nodes);
    CHECK(response.nodes->size() == 16);
    CHECK(encode(told) == load(name));
  }
}
