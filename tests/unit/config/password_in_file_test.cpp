#include "config/password_in_file.h"

#include "config/password.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::config;

namespace {

const std::string hash = hash_password("secret", Buffer(password_salt_bytes, 7), 1);

}  // namespace

TEST_CASE("only the plain password becomes a hash; comments and layout stay") {
  const std::string before =
      "# mine\n\nrpc_port = 9091 # here\n\trpc_password=  'secret'  # do not tell\npeer_port = "
      "6999";
  CHECK(plain_password_in(before) == "secret");
  CHECK(with_password_hash(before, hash) ==
        "# mine\n\nrpc_port = 9091 # here\n\trpc_password=  \"" + hash +
            "\"  # do not tell\npeer_port = 6999");
}

TEST_CASE("a password in any of TOML's forms is found whole") {
  for (const char* value : {R"("sec\"ret")", R"('sec"ret')", R"("""sec"ret""")", R"('''secret''')",
                            R"("""secret"""")", "\"\"\"\nsecret\"\"\"", R"("")", R"("\u0041")"}) {
    INFO(value);
    for (const char* around :
         {"rpc_password = {}\nrpc_port = 1\n", "rpc_port = 1\r\nrpc_password = {} # x",
          "\xef\xbb\xbf# \xc3\xa4\xe2\x82\xac\n\"rpc_password\" = {}",
          "rpc_username = \"\xc3\xa4\" #\xc3\xa4\nrpc_password\t= {}\n"}) {
      std::string before = around;
      std::string after = around;
      before.replace(before.find("{}"), 2, value);
      after.replace(after.find("{}"), 2, '"' + hash + '"');
      CHECK(with_password_hash(before, hash) == after);
    }
  }
}

TEST_CASE("what is no plain password is left alone") {
  CHECK(plain_password_in("") == std::nullopt);
  CHECK(plain_password_in("rpc_password = \"\"") == std::nullopt);
  CHECK(plain_password_in("rpc_password = \"" + hash + "\"") == std::nullopt);
  CHECK(plain_password_in("# rpc_password = \"x\"") == std::nullopt);
  CHECK(plain_password_in("rpc_password = ") == std::nullopt);
  CHECK(plain_password_in("rpc_password = 7") == std::nullopt);
  CHECK(with_password_hash("# rpc_password = \"x\"", hash) == std::nullopt);
  CHECK(with_password_hash("rpc_password = 7", hash) == std::nullopt);
}
