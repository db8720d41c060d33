#include "core/session/spaces.h"

#include "core/base/limits.h"

namespace seed::session {

void Spaces::ask(const SafePath& folder, Instant now, Answer<io::DiskSpace> answer) {
  const std::string name = folder.full();
  if (!folders_.contains(name) && !make_room())
    return answer(fail(FaultCode::busy, "too many folders are asked for at once"));
  Folder& asked = folders_[name];
  asked.waiting.push_back({now + limits::space_wait_max, std::move(answer)});
  if (!std::exchange(asked.under_way, true)) measure(folder);
}

/// Forgets a folder that nobody waits for, when there are too many.
bool Spaces::make_room() {
  if (folders_.size() < folders_max) return true;
  for (auto at = folders_.begin(); at != folders_.end(); ++at) {
    if (at->second.under_way) continue;
    folders_.erase(at);
    return true;
  }
  return false;
}

void Spaces::measure(const SafePath& folder) {
  io::submit(
      workers_, roots_.find(folder) ? roots_.lane(folder) : io::Lane::errands,
      io::Urgency::transfer,
      [folder](const io::JobTools& tools) { return tools.files.space(folder); },
      [this, name = folder.full()](const Result<io::DiskSpace>& space) {
        on_measured(name, space);
      });
}

void Spaces::on_measured(const std::string& folder, const Result<io::DiskSpace>& space) {
  Folder& asked = folders_.at(folder);
  asked.under_way = false;
  asked.last = space ? std::optional(*space) : std::nullopt;
  for (auto& waiting : std::exchange(asked.waiting, {})) waiting.answer(space);
}

void Spaces::on_second(Instant now) {
  std::vector<std::pair<Answer<io::DiskSpace>, Result<io::DiskSpace>>> late;
  for (auto& [name, asked] : folders_) {
    const Result<io::DiskSpace> known =
        asked.last ? Result<io::DiskSpace>(*asked.last)
                   : fail(FaultCode::timed_out, "the disk of " + name + " does not answer");
    std::erase_if(asked.waiting, [&](Waiting& waiting) {
      if (waiting.until > now) return false;
      late.emplace_back(std::move(waiting.answer), known);
      return true;
    });
  }
  for (auto& [answer, known] : late) answer(std::move(known));
}

}  // namespace seed::session
