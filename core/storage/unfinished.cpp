#include "core/storage/unfinished.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace seed::storage {
namespace {

/// FNV-1a of 64 bits: saved, so it is the same in every build.
std::uint64_t print_of(std::string_view text) {
  std::uint64_t print = 0xcbf29ce484222325;
  for (const char octet : text) {
    print ^= static_cast<std::uint8_t>(octet);
    print *= 0x100000001b3;
  }
  return print;
}

/// The file or folder right beneath the root that `name` is in.
std::string top_of(const SafePath& name) {
  std::string full = name.full();
  const auto below = full.size() - name.relative().size();
  if (const auto slash = name.relative().find('/'); slash != std::string::npos)
    full.resize(below + slash);
  return full;
}

}  // namespace

Result<void> Unfinished::take(const Sha1& torrent, const std::string& title,
                              std::span<const SafePath> names) {
  SEED_TRY_VOID(check(torrent, names));
  Prints prints;
  if (names.size() <= names_max) {
    for (const auto& name : names) prints.push_back(print_of(name.full()));
  } else {
    prints.push_back(print_of(top_of(names.front())));
  }
  give_back(torrent);
  restore(torrent, title, prints);
  return {};
}

Result<void> Unfinished::check(const Sha1& torrent, std::span<const SafePath> names) const {
  for (const auto& name : names)
    if (other(torrent, name) != nullptr)
      return fail(FaultCode::exists,
                  fmt::format("{} is being downloaded by another torrent; give one of the two "
                              "another folder, then start this one",
                              name.full()));
  return {};
}

const std::string* Unfinished::title_of_other(const Sha1& torrent,
                                              std::span<const SafePath> names) const {
  for (const auto& name : names)
    if (const auto* entry = other(torrent, name)) return &entry->title;
  return nullptr;
}

bool Unfinished::is_anothers(const Sha1& torrent, const SafePath& name) const {
  return other(torrent, name) != nullptr;
}

const Unfinished::Entry* Unfinished::other(const Sha1& torrent, const SafePath& name) const {
  if (owners_.empty()) return nullptr;
  for (const auto print : {print_of(name.full()), print_of(top_of(name))}) {
    const auto found = owners_.find(print);
    if (found != owners_.end() && found->second != torrent) return &torrents_.at(found->second);
  }
  return nullptr;
}

Unfinished::Prints Unfinished::prints(const Sha1& torrent) const {
  const auto found = torrents_.find(torrent);
  return found == torrents_.end() ? Prints() : found->second.prints;
}

void Unfinished::restore(const Sha1& torrent, const std::string& title, const Prints& prints) {
  if (prints.empty()) return;
  for (const auto print : prints) owners_.emplace(print, torrent);
  torrents_[torrent] = {title, prints};
}

void Unfinished::give_back(const Sha1& torrent) {
  const auto found = torrents_.find(torrent);
  if (found == torrents_.end()) return;
  for (const auto print : found->second.prints)
    if (const auto owned = owners_.find(print); owned != owners_.end() && owned->second == torrent)
      owners_.erase(owned);
  torrents_.erase(found);
}

}  // namespace seed::storage
