#include "config/password_in_file.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/file.h"
#include "config/password.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::config;

namespace {

const std::string hash = hash_password("secret", Buffer(password_salt_bytes, 7), 1);

/// Another user's id, and of nobody who runs tests.
constexpr unsigned another_user = 65534;

/// A config file in a folder of its own.
struct Place {
  std::string folder = "/tmp/seedd-test-XXXXXX";
  std::string file;

  Place() {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    file = folder + "/seedd.toml";
    write("old");
    REQUIRE(::chmod(file.c_str(), 0640) == 0);
  }
  ~Place() { std::filesystem::remove_all(folder); }
  void write(std::string_view text) const { std::ofstream(file, std::ios::binary) << text; }
  std::string text() const { return read_file(file).value(); }
  struct stat status() const {
    struct stat out{};
    CHECK(::stat(file.c_str(), &out) == 0);
    return out;
  }
  std::ptrdiff_t names() const {
    return std::distance(std::filesystem::directory_iterator(folder),
                         std::filesystem::directory_iterator());
  }
};

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

TEST_CASE("a file that is replaced keeps owner, group and mode, and nothing is left beside it") {
  const Place place;
  if (::geteuid() == 0) REQUIRE(::chown(place.file.c_str(), another_user, another_user) == 0);
  const auto before = place.status();
  REQUIRE(replace_file(place.file, "old", "new"));
  CHECK(place.text() == "new");
  const auto after = place.status();
  CHECK(after.st_ino != before.st_ino);
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_uid == before.st_uid);
  CHECK(after.st_gid == before.st_gid);
  CHECK(place.names() == 1);
}

TEST_CASE("a file that was changed meanwhile is left as it is") {
  const Place place;
  place.write("newer");
  const auto replaced = replace_file(place.file, "old", "new");
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().text.find("changed meanwhile") != std::string::npos);
  CHECK(place.text() == "newer");
  CHECK(place.names() == 1);
}

TEST_CASE("a file in a folder that cannot be written is left as it is") {
  const Place place;
  const bool root = ::geteuid() == 0;
  if (root) {
    // Root may write anywhere.
    REQUIRE(::chown(place.folder.c_str(), another_user, another_user) == 0);
    REQUIRE(::chown(place.file.c_str(), another_user, another_user) == 0);
  }
  REQUIRE(::chmod(place.folder.c_str(), 0555) == 0);
  if (root) REQUIRE(::seteuid(another_user) == 0);
  const auto replaced = replace_file(place.file, "old", "new");
  if (root) REQUIRE(::seteuid(0) == 0);
  REQUIRE(::chmod(place.folder.c_str(), 0755) == 0);
  REQUIRE_FALSE(replaced);
  CHECK(place.text() == "old");
  CHECK(place.names() == 1);
}

TEST_CASE("a file with an access control list is left as it is, for the new one would have none") {
  const Place place;
  // acl(5) as the kernel takes it: version, then tag, permissions and id of each entry.
  Buffer list{2, 0, 0, 0};
  for (const auto& [tag, permissions, id] :
       {std::tuple{0x01, 6, 0xffffffffu}, std::tuple{0x02, 4, another_user},
        std::tuple{0x04, 4, 0xffffffffu}, std::tuple{0x10, 4, 0xffffffffu},
        std::tuple{0x20, 0, 0xffffffffu}}) {
    list.insert(list.end(),
                {static_cast<std::uint8_t>(tag), 0, static_cast<std::uint8_t>(permissions), 0});
    for (int shift = 0; shift < 32; shift += 8)
      list.push_back(static_cast<std::uint8_t>(id >> static_cast<unsigned>(shift)));
  }
  if (::setxattr(place.file.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0) {
    WARN("the file system of /tmp knows no access control lists");
    return;
  }
  const auto replaced = replace_file(place.file, "old", "new");
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().text.find("access control list") != std::string::npos);
  CHECK(place.text() == "old");
}
