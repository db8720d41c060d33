#include "ctl/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

/// Candidates named when a word fits several torrents.
constexpr std::size_t candidates_named = 5;
constexpr std::size_t hash_digits = 40;

using Found = std::vector<Torrent>;

enum class Kind { ids, hash, name, any };

struct Word {
  Kind kind = Kind::any;
  std::string text;
};

bool is_id_list(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789,-") == std::string_view::npos;
}

Word read_word(const std::string& word) {
  if (word.starts_with("id:")) return {Kind::ids, word.substr(3)};
  if (word.starts_with("hash:")) return {Kind::hash, lower_case(word.substr(5))};
  if (word.starts_with("name:")) return {Kind::name, word.substr(5)};
  if (word.size() == hash_digits && is_hex(word)) return {Kind::hash, lower_case(word)};
  return {is_id_list(word) ? Kind::ids : Kind::any, word};
}

template <typename Predicate>
Found all_that(const std::vector<Torrent>& known, Predicate&& fits) {
  Found out;
  std::ranges::copy_if(known, std::back_inserter(out), fits);
  return out;
}

Found by_name(const std::vector<Torrent>& known, const std::string& text) {
  Found exact = all_that(known, [&](const Torrent& torrent) { return torrent.name == text; });
  if (!exact.empty()) return exact;
  const std::string part = lower_case(text);
  return all_that(known, [&](const Torrent& torrent) {
    return lower_case(torrent.name).find(part) != std::string::npos;
  });
}

Found by_hash(const std::vector<Torrent>& known, const std::string& start) {
  return all_that(known, [&](const Torrent& torrent) { return torrent.hash.starts_with(start); });
}

Found by_any(const std::vector<Torrent>& known, const std::string& text) {
  Found out = by_name(known, text);
  if (text.size() < hash_prefix_min || !is_hex(text)) return out;
  for (Torrent& torrent : by_hash(known, lower_case(text)))
    if (std::ranges::find(out, torrent) == out.end()) out.push_back(std::move(torrent));
  return out;
}

std::string candidates(const Found& found) {
  std::string out;
  for (std::size_t i = 0; i < std::min(found.size(), candidates_named); ++i)
    out += fmt::format("\n  {}  {}  {}", found[i].id, printable(found[i].hash.substr(0, 12)),
                       printable(found[i].name));
  if (found.size() > candidates_named)
    out += fmt::format("\n  and {} more", found.size() - candidates_named);
  return out;
}

/// Single ids must be there; of a range only those that are.
Outcome<Found> by_ids(const std::vector<Torrent>& known, const std::string& text) {
  Found out;
  for (const std::string_view part : split(text, ',')) {
    const auto numbers = parse_numbers(part);
    if (!numbers) return misused(fmt::format("\"{}\" is no list of ids such as 1,4-7.", text));
    const Found found = all_that(known, [&](const Torrent& torrent) {
      return torrent.id >= numbers->front() && torrent.id <= numbers->back();
    });
    if (found.empty())
      return refused(fmt::format("there is no torrent {}: `seedctl list` shows all.", part));
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

Outcome<Found> find(const std::string& word, const std::vector<Torrent>& known) {
  const auto [kind, text] = read_word(word);
  if (text.empty()) return misused("a torrent's name or id is empty.");
  if (kind == Kind::ids) return by_ids(known, text);
  Found found = kind == Kind::hash   ? by_hash(known, text)
                : kind == Kind::name ? by_name(known, text)
                                     : by_any(known, text);
  if (found.empty())
    return refused(
        fmt::format("no torrent is called \"{}\": `seedctl list` shows all.", printable(word)));
  if (found.size() > 1)
    return refused(
        fmt::format("\"{}\" fits {} torrents; say which by its id or more of its name:{}",
                    printable(word), found.size(), candidates(found)));
  return found;
}

/// The ids and whole hashes among the words, as the call wants them; null when a name is among
/// them, for which all torrents are needed.
Json plain_ids(const std::vector<std::string>& words) {
  Json out = Json::array();
  for (const std::string& word : words) {
    const auto [kind, text] = read_word(word);
    if (kind == Kind::hash && text.size() == hash_digits) {
      out.push_back(text);
      continue;
    }
    if (kind != Kind::ids || !is_decimal(text) || text.size() > 18) return nullptr;
    out.push_back(std::stoll(text));
  }
  return out;
}

}  // namespace

void Selection::put_into(Json& params) const {
  if (all) return;
  params["ids"] = Json::array();
  for (const Torrent& torrent : torrents) {
    if (torrent.hash.size() == hash_digits)
      params["ids"].push_back(torrent.hash);
    else
      params["ids"].push_back(torrent.id);
  }
}

std::string Selection::describe() const {
  if (torrents.size() == 1) return fmt::format("\"{}\"", torrents.front().name);
  return count_text(torrents.size(), "torrent");
}

Outcome<Selection> choose(const std::vector<std::string>& words,
                          const std::vector<Torrent>& known) {
  if (std::ranges::find(words, "all") != words.end()) return Selection{known, true};
  Selection out;
  std::set<std::int64_t> chosen;
  for (const std::string& word : words) {
    SEED_TRY(const Found found, find(word, known));
    for (const Torrent& torrent : found)
      if (chosen.insert(torrent.id).second) out.torrents.push_back(torrent);
  }
  return out;
}

Outcome<Selection> select(Daemon& daemon, const std::vector<std::string>& words) {
  Json params = {{"fields", {"id", "hash_string", "name"}}};
  const Json ids = plain_ids(words);
  if (ids.is_array()) params["ids"] = ids;
  SEED_TRY(const Json answer, daemon.call("torrent_get", params));
  std::vector<Torrent> known;
  for (const Json& row : list(answer, "torrents"))
    known.push_back({integer(row, "id"), lower_case(text(row, "hash_string")), text(row, "name")});
  return choose(words, known);
}

Outcome<Torrent> select_one(Daemon& daemon, const std::string& word) {
  SEED_TRY(Selection found, select(daemon, {word}));
  if (found.torrents.size() != 1)
    return misused(fmt::format("\"{}\" must be one torrent, not {}.", word, found.torrents.size()));
  return std::move(found.torrents.front());
}

}  // namespace seed::ctl
