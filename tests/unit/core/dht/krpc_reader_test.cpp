#include "core/dht/krpc_reader.h"

#include "core/bencode/writer.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;
using namespace seed::dht::krpc;

namespace {

const auto abc = *NodeId::from(as_bytes("abcdefghij0123456789"));
const auto mno = *NodeId::from(as_bytes("mnopqrstuvwxyz123456"));
const auto mno_hash = *Sha1::from(as_bytes("mnopqrstuvwxyz123456"));

Message parsed(std::string_view text) {
  const auto out = parse(as_bytes(text));
  INFO(text);
  REQUIRE(out);
  return *out;
}

template <typename What>
What query(std::string_view text) {
  const auto message = parsed(text);
  REQUIRE(std::holds_alternative<Query>(message.body));
  const auto& what = std::get<Query>(message.body).what;
  REQUIRE(std::holds_alternative<What>(what));
  return std::get<What>(what);
}

Response response(std::string_view text) {
  const auto message = parsed(text);
  REQUIRE(std::holds_alternative<Response>(message.body));
  return std::get<Response>(message.body);
}

std::int64_t refusal(std::string_view text) { return query<Refused>(text).error.code; }

/// A query of that method with `arguments` behind its id, sorted or not.
std::string ask(std::string_view method, std::string_view arguments) {
  return "d1:ad2:id20:abcdefghij0123456789" + std::string(arguments) + "e1:q" +
         std::to_string(method.size()) + ":" + std::string(method) + "1:t2:aa1:y1:qe";
}

std::string answer(std::string_view values) {
  return "d1:rd2:id20:mnopqrstuvwxyz123456" + std::string(values) + "e1:t2:aa1:y1:re";
}

}  // namespace

TEST_CASE("BEP 5's example of a ping and of its answer") {
  const auto message = parsed("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
  CHECK(message.transaction == to_buffer("aa"));
  CHECK(message.version.empty());
  CHECK_FALSE(message.ip);
  CHECK(std::get<Query>(message.body) == Query{abc, false, Ping{}});
  CHECK(response("d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re").id == mno);
}

TEST_CASE("BEP 5's example of a find_node and of its answer") {
  CHECK(query<FindNode>("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e"
                        "1:q9:find_node1:t2:aa1:y1:qe") == FindNode{mno, {}});
  // Its "def456..." is no contact.
  const auto told = response("d1:rd2:id20:0123456789abcdefghij5:nodes9:def456...e1:t2:aa1:y1:re");
  REQUIRE(told.nodes);
  CHECK(told.nodes->empty());
  CHECK_FALSE(told.nodes6);
}

TEST_CASE("BEP 5's examples of get_peers and of its answers") {
  CHECK(query<GetPeers>("d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e"
                        "1:q9:get_peers1:t2:aa1:y1:qe") == GetPeers{mno_hash, {}, false, false});
  const auto peers = response(
      "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re");
  CHECK(peers.token == to_buffer("aoeusnth"));
  CHECK(peers.values ==
        std::vector{*from_compact(as_bytes("axje.u")), *from_compact(as_bytes("idhtnm"))});
  const auto nodes = response(
      "d1:rd2:id20:abcdefghij01234567895:nodes9:def456...5:token8:aoeusnthe1:t2:aa1:y1:re");
  CHECK(nodes.token == to_buffer("aoeusnth"));
  CHECK(nodes.values.empty());
}

TEST_CASE("BEP 5's example of an announce_peer") {
  CHECK(query<AnnouncePeer>(
            "d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz123456"
            "4:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe") ==
        AnnouncePeer{mno_hash, 6881, true, false, to_buffer("aoeusnth")});
}

TEST_CASE("BEP 5's example of an error") {
  const auto message = parsed("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee");
  CHECK(std::get<Error>(message.body) == Error{201, "A Generic Error Ocurred"});
}

TEST_CASE("an announce says whether its peer is a seed") {
  CHECK(query<AnnouncePeer>(ask("announce_peer",
                                "9:info_hash20:mnopqrstuvwxyz1234564:porti1e"
                                "4:seedi1e5:token1:x"))
            .seed);
}

TEST_CASE("an announce has a port of its own, or that of its datagram") {
  const std::string hash = "9:info_hash20:mnopqrstuvwxyz123456";
  CHECK(query<AnnouncePeer>(ask("announce_peer", "12:implied_porti1e" + hash + "5:token1:x")) ==
        AnnouncePeer{mno_hash, 0, true, false, to_buffer("x")});
  for (const auto* port : {"", "4:porti0e", "4:porti65536e", "4:porti-1e", "4:port1:5"})
    CHECK(refusal(ask("announce_peer", hash + port + "5:token1:x")) == 203);
}

TEST_CASE("a scrape, noseed and want are read, and words of want that are not known are not") {
  CHECK(query<GetPeers>(ask("get_peers",
                            "9:info_hash20:mnopqrstuvwxyz1234566:noseedi1e6:scrapei1e"
                            "4:wantl2:n62:n92:n4i7ee")) ==
        GetPeers{mno_hash, {true, true}, true, true});
  CHECK(query<FindNode>(ask("find_node", "6:target20:mnopqrstuvwxyz1234564:wantl2:n6e")) ==
        FindNode{mno, {false, true}});
  CHECK(query<FindNode>(ask("find_node", "6:target20:mnopqrstuvwxyz1234564:want2:n6")) ==
        FindNode{mno, {}});
}

TEST_CASE("the version, the address as the other sees it, and read-only are read") {
  const auto message = parsed(
      "d1:ad2:id20:abcdefghij0123456789e2:ip6:axje.u1:q4:ping2:roi1e1:t2:aa1:v4:LT121:y1:qe");
  CHECK(message.version == to_buffer("LT12"));
  CHECK(message.ip == from_compact(as_bytes("axje.u")));
  CHECK(std::get<Query>(message.body).read_only);
  CHECK(parsed("d2:ip4:axje1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re").ip ==
        Endpoint{*IpAddress::from_octets(as_bytes("axje")), 0});
  CHECK_FALSE(parsed("d2:ip5:axje.1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re").ip);
}

TEST_CASE("values of both families are read (BEP 32), and those without a port are not") {
  const auto told = response(
      answer("6:valuesl6:axje.u18:axjeaxjeaxjeaxje.u6:axje" + std::string(2, '\0') + "i5e3:axje"));
  REQUIRE(told.values.size() == 2);
  CHECK(told.values[0].address.is_v4());
  CHECK(told.values[1].address.is_v6());
}

TEST_CASE("bloom filters of another length are none (BEP 33)") {
  const std::string full(256, 'x');
  const auto told = response(answer("4:BFpe256:" + full + "4:BFsd3:xxx"));
  REQUIRE(told.peers);
  CHECK(equal(told.peers->bytes(), as_bytes(full)));
  CHECK_FALSE(told.seeds);
}

TEST_CASE("a get may name the sequence number that is known (BEP 44)") {
  CHECK(query<Get>(ask("get", "3:seqi4e6:target20:mnopqrstuvwxyz123456")) == Get{mno_hash, 4, {}});
  CHECK(query<Get>(ask("get", "6:target20:mnopqrstuvwxyz123456")).seq == std::nullopt);
}

TEST_CASE("a put of an immutable item has a value alone (BEP 44)") {
  const auto put = query<Put>(ask("put", "5:token4:abcd1:v12:Hello World!"));
  CHECK(put.item == Item{to_buffer("12:Hello World!"), std::nullopt});
  CHECK(put.token == to_buffer("abcd"));
  CHECK(put.item.target().hex() == "e5f96f6f38320f0f33959cb4d3d656452117aadb");
}

TEST_CASE("a put of a mutable item has key, sequence number and signature, perhaps salt and cas") {
  const std::string key(32, 'k');
  const std::string signature(64, 's');
  const auto put =
      query<Put>(ask("put", "3:casi3e1:k32:" + key + "4:salt6:foobar3:seqi4e3:sig64:" + signature +
                                "5:token4:abcd1:vi7e"));
  CHECK(put.cas == 3);
  REQUIRE(put.item.changing);
  CHECK(put.item.changing->salt == to_buffer("foobar"));
  CHECK(put.item.changing->seq == 4);
  CHECK(to_string(put.item.changing->key.bytes()) == key);
  CHECK(to_string(put.item.changing->signature.bytes()) == signature);
  for (const auto* broken : {"1:k32:", "1:k31:"}) {
    const std::string cut = broken == std::string("1:k32:") ? key : key.substr(1);
    CHECK(refusal(ask("put", broken + cut + "5:token4:abcd1:vi7e")) == 203);
  }
  CHECK(refusal(ask("put", "1:k32:" + key + "3:seqi-1e3:sig64:" + signature + "1:vi7e")) == 203);
  CHECK(refusal(ask("put", "1:k32:" + key + "3:sig64:" + signature + "1:vi7e")) == 203);
}

TEST_CASE("a value whose dictionaries are not sorted is refused (BEP 44)") {
  CHECK(refusal(ask("put", "5:token4:abcd1:vd1:bi1e1:ai2ee")) == 203);
  CHECK(refusal(ask("put", "5:token4:abcd1:vld1:bi1e1:ai2eee")) == 203);
  CHECK(query<Put>(ask("put", "5:token4:abcd1:vd1:ai1e1:bi2ee")).item.value ==
        to_buffer("d1:ai1e1:bi2ee"));
  // What is around the value may be unsorted.
  CHECK(query<Put>(ask("put", "1:vd1:ai1e1:bi2ee5:token4:abcd")).token == to_buffer("abcd"));
}

TEST_CASE("a sample has info-hashes, their number and an interval within bounds (BEP 51)") {
  CHECK(query<SampleInfohashes>(ask("sample_infohashes", "6:target20:mnopqrstuvwxyz123456")) ==
        SampleInfohashes{mno, {}});
  const auto told = response(
      answer("8:intervali99999e3:numi7e7:samples41:mnopqrstuvwxyz123456abcdefghij0123456789x"));
  REQUIRE(told.samples);
  CHECK(told.samples->hashes ==
        std::vector{mno_hash, *Sha1::from(as_bytes("abcdefghij0123456789"))});
  CHECK(told.samples->total == 7);
  CHECK(told.samples->interval == 21600s);
  CHECK_FALSE(response(answer("")).samples);
  CHECK(response(answer("7:samples0:")).samples == Samples{});
}

TEST_CASE("a query that is not known and has a target is taken for find_node") {
  CHECK(query<FindNode>(ask("get_everything", "6:target20:mnopqrstuvwxyz123456")) ==
        FindNode{mno, {}});
  CHECK(query<FindNode>(ask("vote", "9:info_hash20:mnopqrstuvwxyz123456")) == FindNode{mno, {}});
}

TEST_CASE("a query that cannot be carried out is refused with its reason") {
  CHECK(refusal(ask("vote", "")) == 204);
  CHECK(refusal(ask("find_node", "6:target19:mnopqrstuvwxyz12345")) == 203);
  CHECK(refusal(ask("get_peers", "")) == 203);
  CHECK(refusal(ask("announce_peer", "4:porti1e")) == 203);
  CHECK(refusal(ask("get", "")) == 203);
  CHECK(refusal(ask("put", "5:token1:x")) == 203);
  CHECK(refusal(ask("sample_infohashes", "")) == 203);
  CHECK(refusal("d1:ad2:id19:abcdefghij012345678e1:q4:ping1:t2:aa1:y1:qe") == 203);
  CHECK(refusal("d1:q4:ping1:t2:aa1:y1:qe") == 203);
  CHECK(refusal("d1:ad2:id20:abcdefghij0123456789e1:t2:aa1:y1:qe") == 203);
  CHECK(refusal("d1:a4:ping1:qi4e1:t2:aa1:y1:qe") == 203);
}

TEST_CASE("keys may be unsorted, unknown ones are ignored and something may follow") {
  CHECK(query<Ping>("d1:y1:q1:t2:aa1:q4:ping3:food3:bari1ee1:ad2:id20:abcdefghij0123456789eexyz") ==
        Ping{});
}

TEST_CASE("what has no transaction id, no kind or no sense is malformed") {
  for (const auto* text :
       {"", "d", "de", "le", "i1e", "d1:t2:aae",
        "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:y1:qe", "d1:t2:aa1:y1:xe", "d1:t2:aa1:yi1ee",
        "d1:ti1e1:y1:qe", "d1:t2:aa1:y1:re", "d1:rd2:id19:abcdefghij012345678e1:t2:aa1:y1:re",
        "d1:t17:aaaaaaaaaaaaaaaaa1:y1:qe", "d1:r2:id1:t2:aa1:y1:re"}) {
    INFO(text);
    CHECK_FALSE(parse(as_bytes(text)));
  }
  CHECK(parse(as_bytes("d1:q1:x1:t16:aaaaaaaaaaaaaaaa1:y1:qe")));
}

TEST_CASE("a datagram longer than any link carries is malformed") {
  const auto padded = [](std::size_t size) {
    std::string out = "d1:q1:x1:t2:aa1:y1:qe";
    out.resize(size, ' ');
    return out;
  };
  CHECK(parse(as_bytes(padded(datagram_bytes_max))));
  CHECK_FALSE(parse(as_bytes(padded(datagram_bytes_max + 1))));
}

TEST_CASE("an error without code or text is one still") {
  CHECK(std::get<Error>(parsed("d1:e4:oops1:t2:aa1:y1:ee").body) == Error{201, ""});
  CHECK(std::get<Error>(parsed("d1:t2:aa1:y1:ee").body) == Error{201, ""});
  CHECK(std::get<Error>(parsed("d1:el4:oopsi203ee1:t2:aa1:y1:ee").body) == Error{203, "oops"});
  const std::string text(200, 'x');
  CHECK(std::get<Error>(parsed("d1:eli203e200:" + text + "e1:t2:aa1:y1:ee").body).text.size() ==
        error_text_bytes_max);
}

TEST_CASE("a token too long to be given back is none") {
  CHECK(response(answer("5:token128:" + std::string(128, 'x'))).token.size() == 128);
  CHECK(response(answer("5:token129:" + std::string(129, 'x'))).token.empty());
}

TEST_CASE("a value of a thousand small things is read, and one nested too deep is not") {
  std::string list = "l";
  for (int i = 0; i < 490; ++i) list += "le";
  CHECK(query<Put>(ask("put", "5:token1:x1:v" + list + "e")).item.value.size() == 982);
  const std::string deep = std::string(400, 'l') + std::string(400, 'e');
  CHECK_FALSE(parse(as_bytes(ask("put", "5:token1:x1:v" + deep))));
}

TEST_CASE("datagrams of the DHT begin with a dictionary") {
  CHECK(owns_datagram(as_bytes("d1:q")));
  CHECK_FALSE(owns_datagram({}));
  CHECK_FALSE(owns_datagram(as_bytes("\x01\x00")));
  CHECK_FALSE(owns_datagram(as_bytes("\x41\x00")));
}
