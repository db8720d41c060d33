#include "core/metainfo/mime_type.h"

#include "core/metainfo/file_layout_builder.h"
#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

TEST_CASE("the extension says the type, in any case") {
  CHECK(mime_type_of("film.mkv") == "video/x-matroska");
  CHECK(mime_type_of("FILM.MP4") == "video/mp4");
  CHECK(mime_type_of("a.tar.gz") == "application/gzip");
  CHECK(mime_type_of("x.3gp") == "video/3gpp");
  CHECK(mime_type_of("x.zst") == "application/zstd");
  for (const auto name : {"", ".", "mkv", "x.", "x.unknown", "x.extension-of-some-length"})
    CHECK(mime_type_of(name) == "application/octet-stream");
}

TEST_CASE("the type with most octets is the torrent's, padding apart") {
  FileLayoutBuilder builder(16, Alignment::contiguous);
  REQUIRE(builder.add({10, {"r", "a.flac"}, {}, {}}));
  REQUIRE(builder.add({15, {"r", "film.mkv"}, {}, {}}));
  REQUIRE(builder.add({10, {"r", "b.flac"}, {}, {}}));
  REQUIRE(builder.add({99, {"r", "p.zip"}, {.pad = true}, {}}));
  CHECK(primary_mime_type(*std::move(builder).finish()) == "audio/flac");
  CHECK(primary_mime_type(FileLayout()) == "application/octet-stream");
}

}  // namespace
}  // namespace seed::metainfo
