#include "rpc/methods/label_limits.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "config/settings_access.h"

namespace seed::rpc {

namespace {

using Labels = std::vector<std::string>;

bool holds(const Labels& labels, const std::string& label) {
  return std::ranges::find(labels, label) != labels.end();
}

std::size_t labels_place() {
  static const std::size_t place = config::Table<config::TorrentOptions>::find("labels").value();
  return place;
}

/// The labels that a call names; null when it names none.
const Labels* named(const OptionChanges& options) {
  for (const auto& [place, value] : options.values)
    if (place == labels_place()) return std::get_if<Labels>(&value);
  return nullptr;
}

std::unexpected<CallError> not_yours() {
  return refuse(not_allowed, "labels: the token is kept to labels of its own");
}

}  // namespace

std::optional<CallError> limit_new_labels(const Caller& caller, OptionChanges& options) {
  if (caller.labels.empty()) return std::nullopt;
  const Labels* labels = named(options);
  if (labels == nullptr || labels->empty()) {
    std::erase_if(options.values, [](const auto& pair) { return pair.first == labels_place(); });
    options.values.emplace_back(labels_place(), caller.labels);
    return std::nullopt;
  }
  const bool own =
      std::ranges::all_of(*labels, [&](const auto& label) { return holds(caller.labels, label); });
  if (own) return std::nullopt;
  return not_yours().error();
}

std::expected<Adjust, CallError> limit_labels(const Caller& caller, OptionChanges options) {
  const Labels* labels = caller.labels.empty() ? nullptr : named(options);
  if (labels == nullptr) return std::move(options).adjust();
  Labels mine = *labels;
  std::erase_if(mine, [&](const auto& label) { return !holds(caller.labels, label); });
  if (mine.empty()) return not_yours();
  return Adjust([mine = std::move(mine), own = caller.labels,
                 adjust = std::move(options).adjust()](config::TorrentOptions& of) mutable {
    Labels kept = of.labels;
    std::erase_if(kept, [&](const auto& label) { return holds(own, label); });
    adjust(of);
    of.labels = std::move(kept);
    of.labels.insert(of.labels.end(), mine.begin(), mine.end());
  });
}

}  // namespace seed::rpc
