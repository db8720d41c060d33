#include "core/webseed/file_url.h"

#include "tests/unit/core/webseed/torrents.h"

namespace seed::webseed {
namespace {

using namespace test;

std::string url_of(std::string_view seed, const metainfo::Metainfo& metainfo,
                   std::uint32_t file = 0) {
  const metainfo::OriginalPaths paths(metainfo);
  return file_url(seed, metainfo, paths, {file});
}

TEST_CASE("the URL of a single file is the seed's own, or that and the name") {
  const auto torrent = torrent_of({{100}}, 16384, "a file.exe");
  CHECK(url_of("http://mirror.example/other.exe", torrent) == "http://mirror.example/other.exe");
  CHECK(url_of("http://mirror.example/pub/", torrent) == "http://mirror.example/pub/a%20file.exe");
  CHECK(url_of("http://mirror.example", torrent) == "http://mirror.example");
}

TEST_CASE("the URL of one file of many is name and path behind the seed's") {
  const auto torrent =
      torrent_of({{949, {"Readme.txt"}}, {10, {"sub", "x.bin"}}}, 16384, "michael");
  // The example of BEP 19.
  CHECK(url_of("http://mirror.com/pub/", torrent) == "http://mirror.com/pub/michael/Readme.txt");
  CHECK(url_of("http://mirror.com/pub", torrent, 1) == "http://mirror.com/pub/michael/sub/x.bin");
  // A single file in a list of files has a folder.
  const auto one = torrent_of({{949, {"Readme.txt"}}}, 16384, "michael");
  CHECK(url_of("http://mirror.com/pub", one) == "http://mirror.com/pub/michael/Readme.txt");
}

TEST_CASE("names in URLs are the torrent's own, octet for octet") {
  struct Row {
    std::vector<std::string> path;
    std::string url;
  };
  const std::vector<Row> rows{
      {{"a b+c&d=e?f#g%h"}, "a%20b%2Bc%26d%3De%3Ff%23g%25h"},
      {{"\xc3\xa4\xe2\x82\xac.txt"}, "%C3%A4%E2%82%AC.txt"},
      {{"latin \xe4"}, "latin%20%E4"},  // not UTF-8: on disk it has another name
      {{"con.txt:stream", "x"}, "con.txt%3Astream/x"},
      {{"a/b", "c"}, "a%2Fb/c"},
      {{"", "sub", "", "x"}, "sub/x"},  // empty ones are left out, as on disk
      {{"~-._"}, "~-._"},
      {{"trailing. "}, "trailing.%20"},
      {{std::string("nul\0l", 5)}, "nul%00l"},
      {{"a", "b"}, "a/b"},
      {{"same"}, "same"},
      {{"same"}, "same"},  // on disk its name has a number
  };
  std::vector<TorrentFile> files;
  for (const Row& row : rows) files.push_back({10, row.path});
  const auto torrent = torrent_of(files, 16384, "odd name!");
  for (std::uint32_t i = 0; i < rows.size(); ++i)
    CHECK(url_of("http://m.example/", torrent, i) ==
          "http://m.example/odd%20name%21/" + rows[i].url);
}

TEST_CASE("no name leads out of the seed's folder") {
  const auto torrent = torrent_of({{10, {"..", "..", "secret"}}, {10, {".", "x"}}}, 16384, "..");
  for (std::uint32_t i = 0; i < 2; ++i) {
    const std::string url = url_of("http://m.example/pub/", torrent, i);
    CHECK(url.starts_with("http://m.example/pub/"));
    CHECK(url.find("/../") == url.npos);
    CHECK(url.find("/./") == url.npos);
  }
}

TEST_CASE("names in UTF-8 go before those in another encoding") {
  const auto torrent =
      torrent_of({{10, {"\xe4"}, false, {"\xc3\xa4"}}, {10, {"plain"}}}, 16384, "\xd6", "\xc3\x96");
  CHECK(url_of("http://m.example/", torrent, 0) == "http://m.example/%C3%96/%C3%A4");
  CHECK(url_of("http://m.example/", torrent, 1) == "http://m.example/%C3%96/plain");
}

}  // namespace
}  // namespace seed::webseed
