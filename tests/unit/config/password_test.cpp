#include "config/password.h"

#include "tests/support/catch.h"

using namespace seed::config;

namespace {
constexpr std::uint32_t few = 1000;  // the real count would take the test's whole time
}

TEST_CASE("PBKDF2-HMAC-SHA256 gives the known answer") {
  // Widely published vector: password, salt, 4096 rounds.
  CHECK(hash_password("password", seed::as_bytes("salt"), 4096) ==
        "{pbkdf2-sha256}4096$c2FsdA==$" +
            seed::to_base64(*seed::from_hex(
                "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a")));
}

TEST_CASE("a hash lets its password in and nothing else") {
  const auto stored = hash_password("a:b\xc3\xa9", seed::as_bytes("0123456789abcdef"), few);
  CHECK(is_password_hash(stored));
  CHECK(verify_password(stored, "a:b\xc3\xa9"));
  CHECK_FALSE(verify_password(stored, "a:b"));
  CHECK_FALSE(verify_password(stored, ""));
  CHECK_FALSE(verify_password(stored, stored));
}

TEST_CASE("a plain password is compared as it is") {
  CHECK(verify_password("secret", "secret"));
  CHECK_FALSE(verify_password("secret", "secret2"));
  CHECK(verify_password("", ""));
  CHECK(equal_secrets("a", "a"));
  CHECK_FALSE(equal_secrets("a", "b"));
}

TEST_CASE("a broken hash fits nothing") {
  const std::string digest = seed::to_base64(seed::Buffer(32, 1));
  for (const std::string& stored :
       {std::string("{"), std::string("{sha1}abc"), std::string("{pbkdf2-sha256}"),
        "{pbkdf2-sha256}0$c2FsdA==$" + digest, "{pbkdf2-sha256}99999999$c2FsdA==$" + digest,
        "{pbkdf2-sha256}-1$c2FsdA==$" + digest, "{pbkdf2-sha256}1x$c2FsdA==$" + digest,
        "{pbkdf2-sha256}1$$" + digest, std::string("{pbkdf2-sha256}1$c2FsdA==$YWJj"),
        "{pbkdf2-sha256}1$c2FsdA==" + digest,
        "{pbkdf2-sha256}1$" + seed::to_base64(seed::Buffer(65, 1)) + "$" + digest}) {
    INFO(stored);
    CHECK_FALSE(is_password_hash(stored));
    CHECK_FALSE(verify_password(stored, ""));
    CHECK_FALSE(verify_password(stored, stored));
  }
}
