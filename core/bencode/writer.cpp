#include "core/bencode/writer.h"

#include <algorithm>
#include <charconv>

#include "core/base/check.h"

namespace seed::bencode {
namespace {

void append_number(Buffer& out, std::int64_t number) {
  char digits[20];  // the longest int64, sign included
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.insert(out.end(), std::begin(digits), end);
}

void append_canonical(Writer& writer, const Value& value) {
  if (value.is_list()) {
    writer.begin_list();
    for (const Value item : value.list_items()) append_canonical(writer, item);
    writer.end();
  } else if (value.is_dict()) {
    std::vector<Entry> entries;
    for (const Entry& entry : value.dict_entries()) entries.push_back(entry);
    std::ranges::sort(entries, {}, [](const Entry& entry) { return as_text(entry.key); });
    writer.begin_dict();
    for (const auto& [key, item] : entries) {
      writer.key(as_text(key));
      append_canonical(writer, item);
    }
    writer.end();
  } else {
    // The parser takes strings and integers in their one canonical form only.
    writer.raw(value.source());
  }
}

}  // namespace

Writer& Writer::begin_dict() {
  before_value();
  open_.push_back({.is_dict = true, .last_key = {}});
  out_.push_back('d');
  return *this;
}

Writer& Writer::begin_list() {
  before_value();
  open_.push_back({.is_dict = false, .last_key = {}});
  out_.push_back('l');
  return *this;
}

Writer& Writer::end() {
  SEED_CHECK(!open_.empty());
  SEED_DCHECK(!open_.back().value_due);
  open_.pop_back();
  out_.push_back('e');
  return *this;
}

Writer& Writer::key(std::string_view key) {
  SEED_CHECK(!open_.empty());
  Open& dict = open_.back();
  SEED_DCHECK(dict.is_dict && !dict.value_due);
  SEED_DCHECK(!dict.has_key || std::string_view(dict.last_key) < key);
#ifdef SEED_EXPENSIVE_CHECKS
  dict.last_key = key;
#endif
  dict.has_key = true;
  dict.value_due = true;
  append_string(as_bytes(key));
  return *this;
}

Writer& Writer::string(Bytes value) {
  before_value();
  append_string(value);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  before_value();
  out_.push_back('i');
  append_number(out_, value);
  out_.push_back('e');
  return *this;
}

Writer& Writer::raw(Bytes encoded) {
  before_value();
  out_.insert(out_.end(), encoded.begin(), encoded.end());
  return *this;
}

Buffer Writer::take() {
  SEED_CHECK(open_.empty());
  return std::exchange(out_, {});
}

void Writer::before_value() {
  if (open_.empty()) return;
  SEED_DCHECK(!open_.back().is_dict || open_.back().value_due);
  open_.back().value_due = false;
}

void Writer::append_string(Bytes value) {
  append_number(out_, static_cast<std::int64_t>(value.size()));
  out_.push_back(':');
  out_.insert(out_.end(), value.begin(), value.end());
}

DictWriter& DictWriter::string(std::string_view key, Bytes value) {
  return raw(key, Writer().string(value).take());
}

DictWriter& DictWriter::integer(std::string_view key, std::int64_t value) {
  return raw(key, Writer().integer(value).take());
}

DictWriter& DictWriter::raw(std::string_view key, Buffer encoded) {
  entries_.emplace_back(key, std::move(encoded));
  return *this;
}

Buffer DictWriter::take() {
  std::ranges::sort(entries_, {}, &std::pair<std::string, Buffer>::first);
  Writer writer;
  writer.begin_dict();
  for (const auto& [key, encoded] : entries_) writer.key(key).raw(encoded);
  entries_.clear();
  return writer.end().take();
}

Buffer canonical(const Value& value) {
  Writer writer;
  append_canonical(writer, value);
  return writer.take();
}

}  // namespace seed::bencode
