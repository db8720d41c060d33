#include "core/storage/jobs/drop_suffixes.h"

#include <fmt/format.h>

#include <utility>

namespace seed::storage {

DropOutcome DropSuffixes::operator()(const io::JobTools& tools) {
  DropOutcome out;
  for (const auto& file : files) {
    auto renamed = tools.files.rename(file.from, file.to);
    out.dropped.push_back(renamed.has_value());
    if (renamed || out.fault) continue;
    out.fault = std::move(renamed).error();
    if (out.fault->code == FaultCode::exists)
      out.fault->text = fmt::format(
          "{} is there already and is not the torrent's, whose file stays {}; move the other away "
          "and start the torrent",
          file.to.full(), file.from.name());
  }
  return out;
}

}  // namespace seed::storage
