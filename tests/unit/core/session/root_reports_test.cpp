#include "core/session/root_reports.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

FoundRoots roots(std::size_t count) {
  FoundRoots out;
  for (std::size_t i = 0; i < count; ++i) out[fmt::format("/data/{:04}", i)] = std::nullopt;
  return out;
}

Fault gone(const std::string& path) { return {FaultCode::root_missing, 0, path + " is gone"}; }

TEST_CASE("so many folders are named, and the others are one") {
  auto found = roots(limits::roots_told_max);
  found["/data/0003"] = gone("/data/0003");
  auto facts = root_facts(found);
  REQUIRE(facts.size() == limits::roots_told_max);
  CHECK(facts.at(3).path == "/data/0003");
  CHECK(facts.at(3).fault == "/data/0003 is gone");
  CHECK(facts.back().path != "other");

  found = roots(limits::roots_told_max + 3);
  facts = root_facts(found);
  REQUIRE(facts.size() == limits::roots_told_max + 1);
  CHECK(facts.back().path == "other");
  CHECK(facts.back().fault.empty());
  const auto unnamed = fmt::format("/data/{:04}", limits::roots_told_max + 1);
  found[unnamed] = gone(unnamed);
  facts = root_facts(found);
  CHECK_FALSE(facts.back().fault.empty());
  for (std::size_t i = 0; i < limits::roots_told_max; ++i) CHECK(facts.at(i).fault.empty());
}

TEST_CASE("so many folders are told of as missing, and how many more there are") {
  auto found = roots(30);
  std::vector<Trouble> troubles{{"not_listening", "the port is taken"}};
  add_missing_roots(found, troubles);
  CHECK(troubles.size() == 1);
  for (auto& [path, fault] : found) fault = gone(path);
  add_missing_roots(found, troubles);
  REQUIRE(troubles.size() == limits::troubles_told_max + 1);
  CHECK(troubles.at(1).text == "/data/0000 is gone");
  CHECK(troubles.back().code == "root_missing");
  CHECK(troubles.back().text == "and 21 more folders");
}

}  // namespace
}  // namespace seed::session
