#include "rpc/web_files.h"

#include "tests/support/catch.h"

using namespace seed::rpc;

TEST_CASE("a path names a file of the folder, or the page of one") {
  CHECK(web_file_name("") == "index.html");
  CHECK(web_file_name("a/") == "a/index.html");
  CHECK(web_file_name("a%20b/c.js") == "a b/c.js");
  CHECK(web_file_name("a..b") == "a..b");
}

TEST_CASE("a path that may lead elsewhere, or to what is hidden, names nothing") {
  for (const char* path :
       {"..",   "../a", "a/../b", "a/..",  "%2e%2e/a", "..%2fa", ".",  "./a", ".a",  "a/.b",
        "%2ea", "/a",   "a//b",   "a/b//", "a%00",     "%",      "%2", "%zz", "%+1", "a%2f%2fb"}) {
    CAPTURE(path);
    CHECK_FALSE(web_file_name(path));
  }
}

TEST_CASE("the end of a name says what a file is") {
  CHECK(web_content_type("index.html") == "text/html; charset=UTF-8");
  CHECK(web_content_type("a.min.js") == "text/javascript; charset=UTF-8");
  CHECK(web_content_type("js") == "application/octet-stream");
}
