#include "rpc/methods/dht_values.h"

namespace seed::rpc {

namespace {

template <typename T>
std::expected<std::optional<T>, CallError> read_or_refuse(const Params& params,
                                                          const Parameter& row,
                                                          std::optional<T> (*read)(const Json&),
                                                          const char* kind) {
  const Json* given = params.find(row);
  if (given == nullptr) return std::nullopt;
  auto value = read(*given);
  if (!value) return refuse(invalid_params, fmt::format("{}: not {}", row.name, kind));
  return value;
}

}  // namespace

std::expected<std::optional<std::string>, CallError> text_or_refuse(const Params& params,
                                                                    const Parameter& row) {
  return read_or_refuse(params, row, to_text, "a text");
}

std::expected<std::optional<std::int64_t>, CallError> integer_or_refuse(const Params& params,
                                                                        const Parameter& row) {
  return read_or_refuse(params, row, to_integer, "an integer");
}

void write_place(JsonWriter& out, const Sha1& target,
                 const std::optional<session::DhtItem::Signed>& by) {
  out.key(target_result.name);
  out.text(target.hex());
  if (!by) return;
  out.key(key_result.name);
  out.text(by->key.hex());
  out.key(seq_result.name);
  out.integer(by->seq);
  out.key(signature_result.name);
  out.text(by->signature.hex());
}

}  // namespace seed::rpc
