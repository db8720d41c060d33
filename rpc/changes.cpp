#include "rpc/changes.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace seed::rpc {

void Changes::write(const std::vector<session::TorrentSnapshot>& torrents, const Torrents& columns,
                    std::uint64_t since, Time now, JsonWriter& out) {
  const auto slots = slots_of(columns);
  {
    const std::lock_guard lock(mutex_);
    asked_ = now;
  }
  std::vector<Text> texts(slots.size());
  out.begin_array();
  for (const auto& torrent : torrents) {
    JsonWriter values;
    auto text = texts.begin();
    columns.each([&](const auto& field, const std::string&) {
      text->begin = values.str().size();
      field.write(torrent, values, columns.dialect());
      text->end = values.str().size();
      // A comma parts it from the one before.
      if (text != texts.begin()) ++text->begin;
      ++text;
    });
    const std::string_view all = values.str();
    for (Text& one : texts)
      one.digest = std::hash<std::string_view>()(all.substr(one.begin, one.end - one.begin));
    if (!judge(torrent, slots, since, texts)) continue;
    out.begin_object();
    out.key("id");
    out.integer(torrent.number);
    text = texts.begin();
    columns.each([&](const auto& field, const std::string& key) {
      if (text->changed && field.name != "id") {
        out.ready_key(key);
        out.raw(all.substr(text->begin, text->end - text->begin));
      }
      ++text;
    });
    out.end_object();
  }
  out.end_array();
}

std::vector<std::size_t> Changes::slots_of(const Torrents& columns) {
  std::vector<std::size_t> out;
  const std::lock_guard lock(mutex_);
  columns.each([&](const auto& field, const std::string&) {
    const auto found = std::ranges::find(slots_, &field);
    out.push_back(static_cast<std::size_t>(found - slots_.begin()));
    if (found == slots_.end()) slots_.push_back(&field);
  });
  return out;
}

bool Changes::judge(const session::TorrentSnapshot& torrent, const std::vector<std::size_t>& slots,
                    std::uint64_t since, std::vector<Text>& texts) {
  const std::lock_guard lock(mutex_);
  if (cells_ >= cells_max_) forget_all();
  Book& book = books_[torrent.number];
  // Somebody has shown a newer one meanwhile: nobody knows when this became that.
  const bool overtaken = torrent.sequence < book.seen;
  if (!overtaken) book.seen = torrent.sequence;
  bool any = since == 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Text& text = texts[i];
    if (book.cells.size() <= slots[i]) {
      cells_ += slots[i] + 1 - book.cells.size();
      book.cells.resize(slots[i] + 1);
    }
    Cell& cell = book.cells[slots[i]];
    if (!overtaken && (cell.changed == 0 || cell.digest != text.digest))
      cell = {text.digest, torrent.sequence};
    text.changed = overtaken || since == 0 || cell.changed > since;
    any = any || text.changed;
  }
  return any;
}

void Changes::forget(const std::vector<session::TorrentNumber>& removed) {
  const std::lock_guard lock(mutex_);
  for (const auto number : removed) {
    const auto found = books_.find(number);
    if (found == books_.end()) continue;
    cells_ -= found->second.cells.size();
    books_.erase(found);
  }
}

void Changes::forget_if_idle(Time now) {
  const std::lock_guard lock(mutex_);
  if (!books_.empty() && now - asked_ > limits::changes_idle_max) forget_all();
}

void Changes::forget_all() {
  books_ = {};
  cells_ = 0;
}

std::size_t Changes::cells() const {
  const std::lock_guard lock(mutex_);
  return cells_;
}

}  // namespace seed::rpc
