// Settings of random allowed values survive every form they are written in.
#include <random>

#include "config/file.h"
#include "config/print.h"
#include "config/settings_access.h"
#include "core/base/folder_fault.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed::config;
using seed::Rng;

namespace {

std::string random_text(Rng& rng) {
  static const std::vector<std::string> parts = {
      "a", "Z", "0",        " ",  "\"",   "\\",   "\n", "\t", "#", "'",
      "=", "$", "\xc3\xa9", "\r", "\x01", "\x7f", "/",  ".",  "]", "\xf0\x9f\x8c\xb1",
      "%"};
  std::string out;
  for (auto left = rng.below(12); left > 0; --left) out += parts[rng.below(parts.size())];
  return out;
}

std::string random_path(Rng& rng) {
  std::string out;
  do out = "/" + random_text(rng);
  while (seed::folder_fault(out));
  return out;
}

std::string text_for(Rule rule, Rng& rng) {
  switch (rule) {
    case Rule::absolute_path:
      return random_path(rng);
    case Rule::path_or_empty:
      return rng.below(4) == 0 ? "" : random_path(rng);
    case Rule::ipv4_or_empty:
      return rng.below(4) == 0 ? "" : "192.0.2.1";
    case Rule::ipv6_or_empty:
      return rng.below(4) == 0 ? "" : "2001:db8::7";
    case Rule::interface_or_empty:
      return rng.below(4) == 0 ? "" : "wg0";
    case Rule::rpc_address:
      return rng.below(2) == 0 ? "::1" : "unix:/" + random_text(rng);
    case Rule::url_base:
      return "/a/";
    case Rule::proxy_url:
      return rng.below(4) == 0 ? "" : "socks5://me:secret@192.0.2.1:1080";
    case Rule::file_mode:
      return "0700";
    default:
      return random_text(rng);
  }
}

std::vector<std::string> random_list(const RowInfo& row, Rng& rng) {
  std::vector<std::string> out;
  if (row.range.rule == Rule::address) {
    for (auto i = rng.below(5); i > 0; --i)
      out.push_back("192.0.2." + std::to_string(rng.below(256)));
    return out;
  }
  if (row.choices.empty()) {
    const std::string begin = row.range.rule == Rule::absolute_path ? "/l" : "l";
    for (auto i = rng.below(5); i > 0; --i)
      out.push_back(begin + std::to_string(rng.below(100)) + "\xc3\xa9 x");
    return out;
  }
  out.assign(row.choices.begin(), row.choices.end());
  rng.shuffle(out);
  out.resize(rng.below(out.size() + 1));
  return out;
}

SettingValue random_value(const RowInfo& row, Rng& rng) {
  const auto [rule, low, high] = row.range;
  switch (row.kind) {
    case Kind::boolean:
      return rng.below(2) == 0;
    case Kind::integer:
      return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low) + 1));
    case Kind::real:
      return rng.unit() * static_cast<double>(high);
    case Kind::choice:
      return std::string(row.choices[rng.below(row.choices.size())]);
    case Kind::list:
      return random_list(row, rng);
    case Kind::text:
      return text_for(rule, rng);
  }
  return false;
}

template <typename Struct>
Struct random_struct(Rng& rng) {
  Struct out;
  for (std::size_t i = 0; i < Table<Struct>::rows().size(); ++i) {
    const RowInfo& row = Table<Struct>::rows()[i];
    const auto value = random_value(row, rng);
    INFO(row.name << " = " << to_text(value));
    REQUIRE(Table<Struct>::set(out, i, value));
  }
  return out;
}

std::uint64_t seed_of_run() { return std::random_device()(); }

}  // namespace

TEST_CASE("a printed config reads back to the same settings") {
  const auto seed = seed_of_run();
  INFO("seed " << seed);
  Rng rng(seed);
  for (int round = 0; round < 200; ++round) {
    Loaded loaded;
    loaded.settings = random_struct<Settings>(rng);
    loaded.origins.fill(Origin::file);
    const auto text = print_config(loaded);
    INFO(text);
    const auto parsed = parse_file(text, "f");
    REQUIRE(parsed);
    Settings back;
    for (const auto& assignment : *parsed)
      REQUIRE(Table<Settings>::set(back, assignment.place, assignment.value));
    CHECK(back == loaded.settings);
  }
}

TEST_CASE("settings and options read back from the store's text") {
  const auto seed = seed_of_run();
  INFO("seed " << seed);
  Rng rng(seed);
  for (int round = 0; round < 200; ++round) {
    const auto settings = random_struct<Settings>(rng);
    Settings settings_back;
    for (std::size_t i = 0; i < setting_count; ++i)
      REQUIRE(set_from_text(settings_back, Table<Settings>::rows()[i].name,
                            to_text(Table<Settings>::get(settings, i))));
    CHECK(settings_back == settings);

    const auto options = random_struct<TorrentOptions>(rng);
    TorrentOptions options_back;
    for (std::size_t i = 0; i < torrent_option_count; ++i)
      REQUIRE(set_from_text(options_back, Table<TorrentOptions>::rows()[i].name,
                            to_text(Table<TorrentOptions>::get(options, i))));
    CHECK(options_back == options);
  }
}

TEST_CASE("a checked value is as checked as it gets") {
  const auto seed = seed_of_run();
  INFO("seed " << seed);
  Rng rng(seed);
  for (int round = 0; round < 200; ++round) {
    for (const RowInfo& row : Table<Settings>::rows()) {
      const auto once = checked(row, random_value(row, rng));
      REQUIRE(once);
      CHECK(checked(row, *once) == once);
    }
  }
}
