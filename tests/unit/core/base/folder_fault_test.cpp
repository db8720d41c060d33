#include "core/base/folder_fault.h"

#include "tests/support/catch.h"

namespace seed {
namespace {

TEST_CASE("a folder that can be has no fault") {
  CHECK_FALSE(folder_fault("/srv/./torrents//"));
  CHECK_FALSE(folder_fault("/srv/..."));
  CHECK_FALSE(folder_fault("/"));
}

TEST_CASE("a folder that can never be says why") {
  CHECK(folder_fault("") == "is not absolute");
  CHECK(folder_fault("srv/..") == "is not absolute");
  CHECK(folder_fault("/srv/..") == "cannot be used: \".\" or \"..\" in a path");
  CHECK(folder_fault(std::string_view("/a\0b", 4)) == "cannot be used: NUL in a name");
  CHECK(folder_fault("/" + std::string(256, 'a')) == "cannot be used: name longer than 255 octets");
  std::string deep;
  for (int i = 0; i < 50; ++i) deep += "/" + std::string(100, 'a');
  CHECK(folder_fault(deep) == "cannot be used: path longer than 4095 octets");
}

}  // namespace
}  // namespace seed
