// Field: one row of what torrent_get and its nested objects can say: a name in both dialects, a
// type, a unit, what the loop must copy for it, and a getter over a snapshot (design, section 12).
//
// Getters run on the HTTP thread and write JSON; they never fail and never write null.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/snapshot.h"
#include "rpc/dialect.h"
#include "rpc/json_writer.h"
#include "rpc/params.h"

namespace seed::rpc {

/// What a field needs of a snapshot, as bits; the core facts always come.
struct Needs {
  static constexpr std::uint8_t core = 0;
  static constexpr std::uint8_t texts = 1;
  static constexpr std::uint8_t trackers = 2;
  static constexpr std::uint8_t peers = 4;
  static constexpr std::uint8_t files = 8;
  static constexpr std::uint8_t pieces = 16;
  static constexpr std::uint8_t availability = 32;
  static constexpr std::uint8_t swarm = 64;
};
std::string groups_text(std::uint8_t groups);
session::Groups to_groups(std::uint8_t groups);

template <typename From>
struct Field {
  std::string_view name;
  std::string_view legacy;  ///< "" when it is the same
  ValueType type;
  std::string_view unit;  ///< "B", "B/s", "kB/s", "s", "min", "date" or ""
  std::uint8_t groups;
  std::string_view doc;
  void (*write)(const From& from, JsonWriter& out, Dialect dialect);
  bool by_clock = false;  ///< becomes another without anything having happened
};

/// Fields chosen once for a call and written for many objects.
template <typename From>
class Columns {
 public:
  explicit Columns(Dialect dialect) : dialect_(dialect) {}

  static Columns all(std::span<const Field<From>> fields, Dialect dialect) {
    Columns out(dialect);
    for (const auto& field : fields) out.add(field);
    return out;
  }

  void add(const Field<From>& field) {
    columns_.push_back({&field, JsonWriter::as_key(spelt(field.name, field.legacy, dialect_))});
    groups_ |= field.groups;
  }
  bool has(const Field<From>& field) const {
    for (const auto& column : columns_)
      if (column.field == &field) return true;
    return false;
  }
  bool empty() const { return columns_.empty(); }
  bool by_clock() const {
    for (const auto& column : columns_)
      if (column.field->by_clock) return true;
    return false;
  }
  Dialect dialect() const { return dialect_; }
  /// visit(field, key), where the key is ready for JsonWriter::ready_key(), in the order chosen.
  template <typename Visit>
  void each(Visit&& visit) const {
    for (const auto& column : columns_) visit(*column.field, column.key);
  }
  std::uint8_t groups() const { return groups_; }

  void write_object(const From& from, JsonWriter& out) const {
    out.begin_object();
    for (const auto& column : columns_) {
      out.ready_key(column.key);
      column.field->write(from, out, dialect_);
    }
    out.end_object();
  }
  /// The values alone, for the table form.
  void write_row(const From& from, JsonWriter& out) const {
    out.begin_array();
    for (const auto& column : columns_) column.field->write(from, out, dialect_);
    out.end_array();
  }
  void write_names(JsonWriter& out) const {
    out.begin_array();
    for (const auto& column : columns_)
      out.text(spelt(column.field->name, column.field->legacy, dialect_));
    out.end_array();
  }

 private:
  struct Column {
    const Field<From>* field;
    std::string key;
  };
  std::vector<Column> columns_;
  Dialect dialect_;
  std::uint8_t groups_ = Needs::core;
};

}  // namespace seed::rpc
