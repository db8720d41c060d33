#include "ctl/schema.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

const Schema& schema() { return Schema::built_in(); }

Json value_of(const std::vector<Option>& options, std::string_view text) {
  const auto assignment = parse_assignment(options, text);
  INFO(text);
  REQUIRE(assignment);
  return assignment->value;
}

}  // namespace

TEST_CASE("the built-in schema has the daemon's settings and options") {
  CHECK(find_option(schema().session, "peer_port") != nullptr);
  CHECK(find_option(schema().session, "download-dir") != nullptr);
  CHECK(find_option(schema().session, "rpc_password") == nullptr);
  CHECK(find_option(schema().torrent, "download_limit") != nullptr);
  CHECK(find_option(schema().torrent, "files_wanted") != nullptr);
  for (const Option& option : schema().torrent) CHECK_FALSE(option.doc.empty());
}

TEST_CASE("values have the type of their option") {
  CHECK(value_of(schema().torrent, "download_limited=yes") == Json(true));
  CHECK(value_of(schema().torrent, "download-limit=33") == Json(33));
  CHECK(value_of(schema().torrent, "seed_ratio_limit=1.5") == Json(1.5));
  CHECK(value_of(schema().torrent, "seed_ratio_mode=unlimited") == Json(2));
  CHECK(value_of(schema().torrent, "seed_ratio_mode=1") == Json(1));
  CHECK(value_of(schema().torrent, "labels=a,b") == Json({"a", "b"}));
  CHECK(value_of(schema().torrent, "labels=") == Json::array());
  CHECK(value_of(schema().torrent, "group=x=y") == Json("x=y"));
  CHECK(value_of(schema().session, "encryption=required") == Json("required"));
}

TEST_CASE("a setting answers to the name of the file and is sent by the name of RPC") {
  const Schema two = Schema::parse(
      R"({"settings":[{"name":"ratio_limit","rpc":"seed_ratio_limit","type":"number","access":"rw"}]})");
  CHECK(parse_assignment(two.session, "ratio_limit=2")->name == "seed_ratio_limit");
  CHECK(parse_assignment(two.session, "seed-ratio-limit=2")->name == "seed_ratio_limit");
}

TEST_CASE("files are numbers, ranges or all, and never nothing") {
  CHECK(value_of(schema().torrent, "files_wanted=0,2-4") == Json({0, 2, 3, 4}));
  CHECK(value_of(schema().torrent, "files_wanted=all") == Json::array());
  CHECK_FALSE(parse_assignment(schema().torrent, "files_wanted="));
  CHECK_FALSE(parse_assignment(schema().torrent, "files_wanted=5-2"));
}

TEST_CASE("what does not fit is usage and says what is allowed") {
  const auto bad = parse_assignment(schema().session, "peer_port=abc");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().exit == Exit::usage);
  CHECK(bad.error().text.find("65535") != std::string::npos);
  CHECK(parse_assignment(schema().session, "encryption=maybe").error().text.find("preferred") !=
        std::string::npos);
  CHECK(parse_assignment(schema().torrent, "download_limt=1").error().text.find("download_limit") !=
        std::string::npos);
  CHECK_FALSE(parse_assignment(schema().torrent, "download_limit"));
  CHECK_FALSE(parse_assignment(schema().torrent, "seed_ratio_limit=nan"));
}

TEST_CASE("a number beyond its range is not sent") {
  for (const char* bad : {"download_limit=-5", "download_limit=4294967296", "seed_ratio_limit=-1",
                          "seed_ratio_limit=1000001", "seed_ratio_mode=3", "bandwidth_priority=2",
                          "queue_position=-1", "peer_limit=65536"}) {
    INFO(bad);
    const auto refused = parse_assignment(schema().torrent, bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().exit == Exit::usage);
  }
  CHECK(parse_assignment(schema().torrent, "download_limit=-5").error().text ==
        "download_limit: \"-5\" is not an integer between 0 and 4294967295.");
  CHECK(value_of(schema().torrent, "download_limit=4294967295") == Json(4294967295));
  CHECK(value_of(schema().torrent, "bandwidth_priority=-1") == Json(-1));
  CHECK_FALSE(parse_assignment(schema().session, "peer_port=0"));
}

TEST_CASE("a mode that is none names the words that are taken") {
  CHECK(parse_assignment(schema().torrent, "seed_ratio_mode=bogus").error().text ==
        "seed_ratio_mode: \"bogus\" is not \"session\", \"own\", \"unlimited\" or an integer "
        "between 0 and 2.");
}

TEST_CASE("trackers are replaced by pairs of a number and a URL") {
  CHECK(value_of(schema().torrent, "tracker_replace=3,http://a/b") == Json({3, "http://a/b"}));
  CHECK(value_of(schema().torrent, "tracker-replace=3,http://a,0,udp://b:1") ==
        Json({3, "http://a", 0, "udp://b:1"}));
  CHECK(value_of(schema().torrent, "tracker_replace=3,http://a/x,y,,1?z=4,5,http://b/,6") ==
        Json({3, "http://a/x,y,,1?z=4", 5, "http://b/,6"}));
  for (const char* bad : {"", "3", "3,", "http://a,3", "-1,http://a", "3,http://a,4,"}) {
    INFO(bad);
    CHECK_FALSE(parse_assignment(schema().torrent, std::string("tracker_replace=") + bad));
  }
}

TEST_CASE("what can only be read is not set") {
  const Schema one = Schema::parse(
      R"({"settings":[{"name":"version","rpc":"version","type":"string","access":"r"}]})");
  CHECK_FALSE(parse_assignment(one.session, "version=2"));
}

TEST_CASE("a schema of another shape is empty and does not throw") {
  CHECK(Schema::parse("nonsense").session.empty());
  CHECK(Schema::parse("[]").session.empty());
  CHECK(Schema::parse(R"({"settings":[1,{"name":7}],"torrent_options":{}})").session.empty());
}

TEST_CASE("every parameter of torrent_set is an option, with a word about it") {
  for (const MethodRow& method : schema().methods) {
    if (method.name != "torrent_set") continue;
    CHECK(method.parameters.size() > 10);
    for (const std::string& parameter : method.parameters) {
      INFO(parameter);
      CHECK((parameter == "ids" || find_option(schema().torrent, parameter) != nullptr));
    }
  }
}

TEST_CASE("announce URLs are divided by commas or lines, and tiers by two") {
  CHECK(value_of(schema().torrent, "tracker_list=http://a/x,udp://b:1,,http://c") ==
        Json("http://a/x\nudp://b:1\n\nhttp://c"));
  CHECK(value_of(schema().torrent, "tracker_list=http://a\\nhttp://b\\n\\nhttp://c") ==
        Json("http://a\nhttp://b\n\nhttp://c"));
  CHECK(value_of(schema().torrent, "tracker_list=http://a/x,y,,z?k=1,2") ==
        Json("http://a/x,y,,z?k=1,2"));
  CHECK(value_of(schema().session, "default_trackers=http://a,http://b") ==
        Json("http://a\nhttp://b"));
  CHECK(value_of(schema().torrent, "group=http://a,http://b") == Json("http://a,http://b"));
}
