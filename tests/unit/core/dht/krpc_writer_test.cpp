#include "core/dht/krpc_writer.h"

#include "core/bencode/document.h"
#include "core/dht/krpc_reader.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;
using namespace seed::dht::krpc;

namespace {

const auto abc = *NodeId::from(as_bytes("abcdefghij0123456789"));
const auto mno = *NodeId::from(as_bytes("mnopqrstuvwxyz123456"));
const auto mno_hash = *Sha1::from(as_bytes("mnopqrstuvwxyz123456"));

Message message(std::variant<Query, Response, Error> body) {
  Message out;
  out.transaction = to_buffer("aa");
  out.body = std::move(body);
  return out;
}
std::string written(const Message& message) { return to_string(encode(message)); }
std::string asked(What what) { return written(message(Query{abc, false, std::move(what)})); }

std::vector<NodeContact> contacts(std::size_t count, Family family) {
  std::vector<NodeContact> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].id.octets[19] = static_cast<std::uint8_t>(i + 1);
    out[i].endpoint =
        *Endpoint::parse(family == Family::v4 ? "192.0.2.1:6881" : "[2001:db8::1]:6881");
  }
  return out;
}

/// All that an answer can have.
Response full(std::size_t values) {
  Response out;
  out.id = mno;
  out.nodes = contacts(8, Family::v4);
  out.nodes6 = contacts(8, Family::v6);
  out.token = to_buffer("12345678");
  for (std::size_t i = 0; i < values; ++i)
    out.values.push_back({IpAddress::v4(0xc0000200U + static_cast<std::uint32_t>(i)), 6881});
  return out;
}

Response back(const Buffer& datagram) {
  const auto parsed = parse(datagram);
  REQUIRE(parsed);
  const auto document = bencode::Document::parse(datagram);
  REQUIRE(document);
  CHECK(document->keys_sorted());
  return std::get<Response>(parsed->body);
}

}  // namespace

TEST_CASE("BEP 5's examples are written as they stand there") {
  CHECK(asked(Ping{}) == "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
  CHECK(asked(FindNode{mno, {}}) ==
        "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa"
        "1:y1:qe");
  CHECK(asked(GetPeers{mno_hash, {}, false, false}) ==
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa"
        "1:y1:qe");
  CHECK(asked(AnnouncePeer{mno_hash, 6881, true, false, to_buffer("aoeusnth")}) ==
        "d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz123456"
        "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe");
  Response response;
  response.id = mno;
  CHECK(written(message(response)) == "d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re");
  response.id = abc;
  response.token = to_buffer("aoeusnth");
  response.values = {*from_compact(as_bytes("axje.u")), *from_compact(as_bytes("idhtnm"))};
  CHECK(written(message(response)) ==
        "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:"
        "re");
  CHECK(written(message(Error{201, "A Generic Error Ocurred"})) ==
        "d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee");
}

TEST_CASE("what others add to queries is written where it belongs") {
  CHECK(asked(GetPeers{mno_hash, {true, true}, true, true}) ==
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234566:noseedi1e6:scrapei1e"
        "4:wantl2:n42:n6ee1:q9:get_peers1:t2:aa1:y1:qe");
  CHECK(asked(Get{mno_hash, 4, {}}) ==
        "d1:ad2:id20:abcdefghij01234567893:seqi4e6:target20:mnopqrstuvwxyz123456e1:q3:get1:t2:aa"
        "1:y1:qe");
  CHECK(asked(SampleInfohashes{mno, {}}) ==
        "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q17:sample_infohashes"
        "1:t2:aa1:y1:qe");
  auto ping = message(Query{abc, true, Ping{}});
  ping.version = to_buffer("EE01");
  CHECK(written(ping) ==
        "d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:v4:EE011:y1:qe");
}

TEST_CASE("a put of an immutable item has neither cas nor key") {
  CHECK(asked(Put{{to_buffer("12:Hello World!"), std::nullopt}, 3, to_buffer("abcd")}) ==
        "d1:ad2:id20:abcdefghij01234567895:token4:abcd1:v12:Hello World!e1:q3:put1:t2:aa1:y1:qe");
}

TEST_CASE("an empty salt is not written") {
  MutablePart part;
  part.seq = 1;
  Put put{{to_buffer("i7e"), part}, std::nullopt, to_buffer("abcd")};
  CHECK(asked(put).find("4:salt") == std::string::npos);
  put.item.changing->salt = to_buffer("foobar");
  CHECK(asked(put).find("4:salt6:foobar3:seqi1e") != std::string::npos);
}

TEST_CASE("an answer says where its question came from (BEP 42)") {
  Response response;
  response.id = mno;
  auto told = message(response);
  told.ip = *Endpoint::parse("97.120.106.101:11893");
  CHECK(written(told) == "d2:ip6:axje.u1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re");
}

TEST_CASE("an answer that fits is left as it is") {
  const auto whole = message(full(20));
  CHECK(back(encode(whole, answer_bytes_max)) == std::get<Response>(whole.body));
}

TEST_CASE("of an answer that is too long only as many peers are left out as must be") {
  const auto datagram = encode(message(full(100)), answer_bytes_max);
  CHECK(datagram.size() <= answer_bytes_max);
  // Another peer would take 8 octets.
  CHECK(datagram.size() + 8 > answer_bytes_max - 2);
  const auto told = back(datagram);
  CHECK(told.nodes == full(0).nodes);
  CHECK(told.nodes6 == full(0).nodes6);
  CHECK(told.token == full(0).token);
  CHECK(told.values.size() > 40);
}

TEST_CASE("then samples and contacts are left out, those of the longer list first") {
  auto response = full(100);
  response.samples = Samples{std::vector<Sha1>(20), 99, 600s};
  const auto told = back(encode(message(response), 400));
  CHECK(told.values.empty());
  CHECK(told.samples == Samples{{}, 99, 600s});
  CHECK(told.nodes->size() + told.nodes6->size() > 6);
  CHECK(told.nodes->size() <= told.nodes6->size() + 1);
  CHECK(told.nodes6->size() <= told.nodes->size() + 1);
  // The nearest stand first, and stay.
  CHECK(told.nodes->front() == response.nodes->front());
}

TEST_CASE("the longest item with all that belongs to it, and some contacts, is one datagram") {
  Response response = full(0);
  const std::string text(995, 'x');
  response.value = to_buffer("995:" + text);
  response.key = ItemKey{};
  response.signature = ItemSignature{};
  response.seq = std::numeric_limits<std::int64_t>::max();
  auto told = message(response);
  told.transaction = Buffer(transaction_bytes_max, 1);
  told.ip = *Endpoint::parse("[2001:db8::1]:6881");
  told.version = to_buffer("EE01");
  const auto datagram = encode(told);
  CHECK(datagram.size() <= value_answer_bytes_max);
  const auto read = back(datagram);
  CHECK(read.value == response.value);
  CHECK(read.signature);
  CHECK(read.nodes->size() + read.nodes6->size() >= 2);
}

TEST_CASE("what nothing can be left out of stays whole") {
  Response response = full(0);
  response.value = to_buffer("995:" + std::string(995, 'x'));
  const auto read = back(encode(message(response), 500));
  CHECK(read.value == response.value);
  CHECK(read.nodes->empty());
}

TEST_CASE("contacts stand in the list of their family only") {
  Response response;
  response.id = mno;
  response.nodes = contacts(1, Family::v6);
  response.nodes6 = contacts(1, Family::v4);
  const auto read = back(encode(message(response)));
  CHECK(read.nodes->empty());
  CHECK(read.nodes6->empty());
}
