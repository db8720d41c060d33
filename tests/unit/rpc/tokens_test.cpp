#include "rpc/tokens.h"

#include <set>
#include <string>

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

using Removed = TokenBook::Removed;

std::string text_of(std::uint8_t seed) { return token_text(Buffer(token_secret_bytes, seed)); }

Token token(std::string name, std::uint8_t seed) {
  Token out;
  out.name = std::move(name);
  out.digest = sha256(as_bytes(text_of(seed)));
  out.scopes = Scopes().with(Scope::read).with(Scope::add);
  out.created = from_unix_seconds(1000);
  return out;
}

}  // namespace

TEST_CASE("a token's text is a prefix and base64url") {
  CHECK(text_of(0) == "seedd_" + std::string(43, 'A'));
  CHECK(text_of(255) == "seedd_" + std::string(42, '_') + "8");
  CHECK(is_token_text(text_of(7)));
  CHECK_FALSE(is_token_text(""));
  CHECK_FALSE(is_token_text("seedd_short"));
  CHECK_FALSE(is_token_text(text_of(7) + "A"));
  CHECK_FALSE(is_token_text("Seedd_" + std::string(43, 'A')));
  CHECK_FALSE(is_token_text("seedd_" + std::string(42, 'A') + "+"));
}

TEST_CASE("the token of a header is what follows the scheme, in any case") {
  CHECK(parse_bearer("Bearer abc") == "abc");
  CHECK(parse_bearer("bEARER  abc ") == "abc");
  CHECK(parse_bearer("Bearer ") == "");
  CHECK(parse_bearer("Bearer") == std::nullopt);
  CHECK(parse_bearer("Basic abc") == std::nullopt);
  CHECK(parse_bearer("") == std::nullopt);
}

TEST_CASE("a token is found by its text and no other") {
  TokenBook book;
  CHECK(book.add(token("backup", 1), no_time) == TokenBook::Added::yes);
  CHECK(book.add(token("web", 2), no_time) == TokenBook::Added::yes);
  const auto found = book.find(text_of(2), from_unix_seconds(5000));
  REQUIRE(found);
  CHECK(found->name == "web");
  CHECK(found->scopes.lists(Scope::add));
  CHECK_FALSE(found->scopes.lists(Scope::admin));
  CHECK_FALSE(book.find(text_of(3), from_unix_seconds(5000)));
  CHECK_FALSE(book.find("", from_unix_seconds(5000)));
  CHECK(book.all()[1].last_used == from_unix_seconds(5000));
  CHECK(book.all()[0].last_used == no_time);
}

TEST_CASE("a token counts when it is durable, and not any more when it is removed") {
  TokenBook book;
  Token fresh = token("new", 1);
  fresh.counts = false;
  book.add(fresh, no_time);
  CHECK_FALSE(book.find(text_of(1), no_time));
  CHECK(book.begin_to_count(fresh.digest));
  CHECK(book.find(text_of(1), no_time));
  CHECK(book.remove("new") == Removed::yes);
  CHECK_FALSE(book.find(text_of(1), no_time));
  CHECK_FALSE(book.begin_to_count(fresh.digest));
}

TEST_CASE("names are unique, and tokens bounded") {
  TokenBook book;
  book.add(token("a", 1), no_time);
  CHECK(book.add(token("a", 2), no_time) == TokenBook::Added::name_taken);
  for (std::size_t i = 1; i < limits::rpc_tokens_max; ++i)
    CHECK(book.add(token(std::to_string(i), 3), no_time) == TokenBook::Added::yes);
  CHECK(book.add(token("z", 4), no_time) == TokenBook::Added::full);
}

TEST_CASE("an expired token is found, but not used") {
  TokenBook book;
  Token short_lived = token("a", 1);
  short_lived.expires = from_unix_seconds(2000);
  book.add(short_lived, no_time);
  CHECK_FALSE(book.find(text_of(1), from_unix_seconds(1999))->has_expired(from_unix_seconds(1999)));
  const auto late = book.find(text_of(1), from_unix_seconds(2000));
  CHECK(late->has_expired(from_unix_seconds(2000)));
  CHECK(late->last_used == from_unix_seconds(1999));
}

TEST_CASE("a token that is removed is to be kept so until it was, and can be removed again") {
  TokenBook book;
  book.load({token("a", 1), token("b", 2)});
  CHECK(book.remove("c") == Removed::no);
  CHECK(book.remove("a") == Removed::yes);
  CHECK(book.is_unsaved());
  const auto first = book.record();
  CHECK(book.remove("a") == Removed::before);
  CHECK(book.remove("b") == Removed::yes);
  book.on_kept(first.version);
  CHECK(book.remove("a") == Removed::no);
  CHECK(book.remove("b") == Removed::before);
  CHECK(book.is_unsaved());
  const auto second = book.record();
  CHECK(parse_tokens(second.text).value().empty());
  book.on_kept(second.version);
  book.on_kept(first.version);
  CHECK_FALSE(book.is_unsaved());
  CHECK(book.remove("b") == Removed::no);
}

TEST_CASE("of two tokens of one name, one after the other, each has its own end") {
  TokenBook book;
  Token first = token("a", 1);
  Token second = token("a", 2);
  first.counts = second.counts = false;
  book.add(first, no_time);
  book.remove("a");
  CHECK(book.add(second, no_time) == TokenBook::Added::yes);
  CHECK_FALSE(book.begin_to_count(first.digest));
  CHECK_FALSE(book.find(text_of(2), no_time));
  book.take_back(first.digest);
  CHECK(book.begin_to_count(second.digest));
  CHECK(book.find(text_of(2), no_time));
}

TEST_CASE("tokens that have expired make room for others, and for their names") {
  TokenBook book;
  for (std::size_t i = 0; i < limits::rpc_tokens_max; ++i) {
    Token brief = token(std::to_string(i), 1);
    if (i < 2) brief.expires = from_unix_seconds(2000);
    CHECK(book.add(brief, no_time) == TokenBook::Added::yes);
  }
  CHECK(book.add(token("z", 2), from_unix_seconds(1999)) == TokenBook::Added::full);
  CHECK(book.add(token("0", 2), from_unix_seconds(2000)) == TokenBook::Added::yes);
  CHECK(book.add(token("z", 3), from_unix_seconds(2000)) == TokenBook::Added::yes);
  CHECK(book.all().size() == limits::rpc_tokens_max);
}

TEST_CASE("what is kept of tokens is read back, without their texts") {
  Token kept = token("backup", 1);
  kept.labels = {"films", "\xc3\xa4"};
  kept.expires = from_unix_seconds(9'000'000'000);
  TokenBook book;
  book.load({kept, token("b", 2)});
  CHECK_FALSE(book.is_unsaved());
  book.find(text_of(2), from_unix_seconds(7));
  CHECK(book.is_unsaved());
  const auto [record, version] = book.record();
  CHECK(book.is_unsaved());
  book.on_kept(version);
  CHECK_FALSE(book.is_unsaved());
  CHECK(as_text(record).find("seedd_") == std::string_view::npos);
  const auto read = parse_tokens(record);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  const Token& first = read->front();
  CHECK(first.name == "backup");
  CHECK(first.digest == kept.digest);
  CHECK(first.scopes == kept.scopes);
  CHECK(first.labels == kept.labels);
  CHECK(first.created == kept.created);
  CHECK(first.expires == kept.expires);
  CHECK(first.counts);
  CHECK((*read)[1].last_used == from_unix_seconds(7));
}

TEST_CASE("a record that is no good gives no token more than it says") {
  CHECK_FALSE(parse_tokens({}));
  CHECK_FALSE(parse_tokens(as_bytes("[]")));
  CHECK_FALSE(parse_tokens(as_bytes(R"({"tokens":1})")));
  const auto only = [](std::string with) {
    const std::string text = R"({"tokens":[{"name":"a","sha256":")" + std::string(64, '0') +
                             R"(","created":1,"used":0,)" + with + "}]}";
    std::size_t left_out = 7;
    const auto read = parse_tokens(as_bytes(text), &left_out).value().size();
    CHECK(read + left_out == 1);
    return read;
  };
  CHECK(only(R"("scopes":["read"],"labels":[],"expires":0)") == 1);
  CHECK(only(R"("scopes":["read"],"labels":[])") == 0);
  CHECK(only(R"("scopes":["read"],"expires":0)") == 0);
  CHECK(only(R"("scopes":["rood"],"labels":[],"expires":0)") == 0);
  CHECK(only(R"("scopes":["read"],"labels":[1],"expires":0)") == 0);
  CHECK(only(R"("scopes":["read"],"labels":[],"expires":-1)") == 0);
  CHECK(only(R"("scopes":["read"],"labels":[],"expires":"0")") == 0);
}
