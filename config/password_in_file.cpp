#include "config/password_in_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <utility>
#include <variant>
#include <vector>

#include <toml++/toml.h>

#include "config/file.h"
#include "config/settings_access.h"

namespace seed::config {

namespace {

constexpr std::string_view key = "rpc_password";

/// Where the value of `key` begins, or nothing.
std::optional<toml::source_position> place_of(std::string_view text) {
  try {
    const toml::table table = toml::parse(text);
    const toml::node* node = table.get(key);
    if (node == nullptr || !node->is_string()) return std::nullopt;
    return node->source().begin;
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

/// Lines and columns are counted from 1, columns in characters.
std::optional<std::size_t> offset_of(std::string_view text, const toml::source_position& at) {
  std::size_t offset = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  for (toml::source_index line = 1; line < at.line; ++line) {
    const auto end = text.find('\n', offset);
    if (end == text.npos) return std::nullopt;
    offset = end + 1;
  }
  for (toml::source_index column = 1; column < at.column; ++column) {
    if (offset >= text.size()) return std::nullopt;
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80)
      ++offset;
  }
  return offset;
}

/// The octets of the TOML string that `text` begins with; 0 when it begins with none.
std::size_t string_size(std::string_view text) {
  if (!text.starts_with('"') && !text.starts_with('\'')) return 0;
  const char quote = text.front();
  const std::string three(3, quote);
  const std::string_view end =
      text.starts_with(three) ? std::string_view(three) : text.substr(0, 1);
  for (std::size_t at = end.size(); at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text.substr(at).starts_with(end)) {
      at += end.size();
      // Up to two more quotes may end a long string and belong to it.
      while (end.size() == 3 && at < text.size() && text[at] == quote) ++at;
      return at;
    }
  }
  return 0;
}

/// Whether both texts say the same but for the password, which is `hash` in `after`.
bool differ_by_password(std::string_view before, std::string_view after, std::string_view hash) {
  const auto old = parse_file(before, "");
  const auto fresh = parse_file(after, "");
  if (!old || !fresh || old->size() != fresh->size()) return false;
  const auto place = Table<Settings>::find(key);
  for (std::size_t i = 0; i < old->size(); ++i) {
    if ((*old)[i].place != (*fresh)[i].place) return false;
    const bool is_password = (*old)[i].place == place;
    const SettingValue expected = is_password ? SettingValue(std::string(hash)) : (*old)[i].value;
    if ((*fresh)[i].value != expected) return false;
  }
  return true;
}

/// A descriptor that is closed, and a temporary file that is removed unless it took its place.
class NewFile {
 public:
  explicit NewFile(const std::string& beside) : name_(beside + ".XXXXXX") {
    file_ = ::mkostemp(name_.data(), O_CLOEXEC);
  }
  ~NewFile() {
    if (file_ < 0) return;
    ::close(file_);
    if (!placed_) ::unlink(name_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  bool made() const { return file_ >= 0; }
  bool become_like(const struct stat& other) const {
    if (::fchmod(file_, other.st_mode & 07777) != 0) return false;
    struct stat own{};
    if (::fstat(file_, &own) != 0) return false;
    if (own.st_uid == other.st_uid && own.st_gid == other.st_gid) return true;
    // The mode again: a change of the owner may take bits of it.
    return ::fchown(file_, other.st_uid, other.st_gid) == 0 &&
           ::fchmod(file_, other.st_mode & 07777) == 0;
  }
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const auto count = ::write(file_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(file_) == 0;
  }
  bool take_place_of(const std::string& path) {
    placed_ = ::rename(name_.c_str(), path.c_str()) == 0;
    return placed_;
  }

 private:
  std::string name_;
  int file_ = -1;
  bool placed_ = false;
};

/// Rights beyond owner, group and mode (acl(5)), which the new file would not have.
bool has_access_list(const std::string& path) {
  return ::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

/// A rename is durable when its folder is.
void sync_folder_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

bool same_state(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

std::optional<std::string> plain_password_in(std::string_view text) {
  try {
    const toml::table table = toml::parse(text);
    const auto value = table[key].value<std::string>();
    if (!value || value->empty() || value->starts_with('{')) return std::nullopt;
    return *value;
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

std::optional<std::string> with_password_hash(std::string_view text, std::string_view hash) {
  const auto position = place_of(text);
  const auto offset = position ? offset_of(text, *position) : std::nullopt;
  if (!offset) return std::nullopt;
  const std::size_t size = string_size(text.substr(*offset));
  if (size == 0) return std::nullopt;
  std::string out(text);
  out.replace(*offset, size, fmt::format("\"{}\"", hash));
  if (!differ_by_password(text, out, hash)) return std::nullopt;
  return out;
}

Result<void> replace_file(const std::string& path, std::string_view before,
                          std::string_view after) {
  const auto fault = [&path](const char* what) {
    return std::unexpected(fault_from_errno(errno, fmt::format("{} {}", what, path)));
  };
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) return fault("cannot find");
  const std::string target = resolved;
  struct stat was{};
  if (::stat(target.c_str(), &was) != 0) return fault("cannot look at");
  if (!S_ISREG(was.st_mode) || was.st_nlink != 1)
    return fail(FaultCode::unsupported, path + " is not a plain file of one name");
  if (has_access_list(target))
    return fail(FaultCode::unsupported, path + " has an access control list, which would be lost");
  // Whoever may not write the file may still be able to replace it, and is not meant to.
  if (::access(target.c_str(), W_OK) != 0) return fault("cannot write");
  SEED_TRY(const auto content, read_file(target));
  if (content != before) return fail(FaultCode::unsupported, path + " was changed meanwhile");
  NewFile fresh(target);
  if (!fresh.made()) return fault("cannot write beside");
  if (!fresh.become_like(was)) return fault("cannot keep the owner of");
  if (!fresh.write(after)) return fault("cannot write");
  struct stat is{};
  if (::stat(target.c_str(), &is) != 0 || !same_state(was, is))
    return fail(FaultCode::unsupported, path + " was changed meanwhile");
  if (!fresh.take_place_of(target)) return fault("cannot replace");
  sync_folder_of(target);
  return {};
}

}  // namespace seed::config
