#include "rpc/changes.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace seed::rpc {

void Changes::write(const std::vector<session::TorrentSnapshot>& torrents, const Torrents& columns,
                    std::uint64_t since, bool kept_to_labels, Time now, JsonWriter& out) {
  Telling telling(*this, columns, since, kept_to_labels, now, out);
  out.begin_array();
  for (const auto& torrent : torrents) telling.tell(torrent);
  out.end_array();
}

void Changes::Telling::tell(const session::TorrentSnapshot& torrent) {
  JsonWriter values;
  auto text = texts_.begin();
  columns_.each([&](const auto& field, const std::string&) {
    text->begin = values.str().size();
    field.write(torrent, values, columns_.dialect());
    text->end = values.str().size();
    // A comma parts it from the one before.
    if (text != texts_.begin()) ++text->begin;
    ++text;
  });
  const std::string_view all = values.str();
  for (Text& one : texts_)
    one.digest = std::hash<std::string_view>()(all.substr(one.begin, one.end - one.begin));
  const bool is_new = kept_to_labels_ && torrent.labels_gained > since_;
  if (!changes_.judge(torrent, slots_, is_new ? 0 : since_, texts_)) return;
  out_.begin_object();
  out_.key("id");
  out_.integer(torrent.number);
  text = texts_.begin();
  columns_.each([&](const auto& field, const std::string& key) {
    if (text->changed && field.name != "id") {
      out_.ready_key(key);
      out_.raw(all.substr(text->begin, text->end - text->begin));
    }
    ++text;
  });
  out_.end_object();
}

std::vector<std::size_t> Changes::begin(const Torrents& columns, Time now) {
  std::vector<std::size_t> out;
  const std::lock_guard lock(mutex_);
  asked_ = now;
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
  const bool again = torrent.sequence == book.seen;
  book.seen = std::max(book.seen, torrent.sequence);
  bool any = since == 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Text& text = texts[i];
    if (book.cells.size() <= slots[i]) {
      cells_ += slots[i] + 1 - book.cells.size();
      book.cells.resize(slots[i] + 1);
    }
    Cell& cell = book.cells[slots[i]];
    if (cell.changed == Cell::between && !again && !overtaken) cell.changed = torrent.sequence;
    const bool differs = cell.changed == 0 || cell.digest != text.digest;
    // Who was told the older text hears of the newer one with the next number that he asks for.
    if (differs && overtaken) cell.changed = std::max(cell.changed, book.seen);
    if (differs && !overtaken)
      cell = {text.digest, again && cell.changed != 0 ? Cell::between : torrent.sequence};
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
