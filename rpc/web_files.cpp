#include "rpc/web_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <utility>

#include "core/base/limits.h"
#include "core/base/url.h"
#include "rpc/http/descriptor.h"
#include "rpc/http/pages.h"

namespace seed::rpc {

namespace {

/// Of one read.
constexpr std::size_t piece_bytes = 256 * 1024;

/// Tries of an openat2 that was disturbed by a rename elsewhere (EAGAIN, see openat2(2)).
constexpr int tries_max = 16;

/// Without openat2, which old kernels and containers do not have: no link is followed at all.
Descriptor open_by_walking(Descriptor folder, std::string_view name, int flags) {
  while (folder.ok()) {
    const auto slash = name.find('/');
    const std::string part(name.substr(0, slash));
    if (slash == name.npos)
      return Descriptor(::openat(folder.get(), part.c_str(), flags | O_NOFOLLOW));
    folder = Descriptor(
        ::openat(folder.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    name.remove_prefix(slash + 1);
  }
  return folder;
}

/// Nothing of libuv is here, so that core/uv's is out of reach (docs/adr/0019).
Descriptor open_beneath(const std::string& root, const std::string& name) {
  // A pipe would be waited for.
  constexpr int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  Descriptor folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok()) return folder;
  open_how how{};
  how.flags = flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < tries_max; ++i) {
    Descriptor file(
        static_cast<int>(::syscall(SYS_openat2, folder.get(), name.c_str(), &how, sizeof how)));
    if (file.ok() || (errno != EAGAIN && errno != EINTR && errno != ENOSYS && errno != EPERM))
      return file;
    if (errno == ENOSYS || errno == EPERM) return open_by_walking(std::move(folder), name, flags);
  }
  return Descriptor();
}

std::optional<std::string> read_all(const Descriptor& file, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t read = 0; read < size;) {
    const ssize_t got = ::pread(file.get(), out.data() + read, std::min(size - read, piece_bytes),
                                static_cast<off_t>(read));
    if (got < 0 && errno == EINTR) continue;
    // It was longer a moment ago.
    if (got <= 0) return std::nullopt;
    read += static_cast<std::size_t>(got);
  }
  return out;
}

/// RFC 9110, section 5.6.7; always in English.
std::string http_date(::time_t when) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  ::tm parts{};
  if (::gmtime_r(&when, &parts) == nullptr) return {};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                     months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// RFC 9110, section 13.1.2: a list of tags, or * for any. Whether they are weak does not count.
bool has_tag(std::string_view tags, std::string_view tag) {
  return tags == "*" || tags.find(tag) != tags.npos;
}

/// Whether what the client has is as the file is.
bool is_same(const WebFiles::Asked& asked, std::string_view tag, const std::string& modified) {
  if (asked.none_match) return has_tag(*asked.none_match, tag);
  // Clients send what they were told.
  return asked.modified_since && *asked.modified_since == modified;
}

/// Those that may read at once.
class Places {
 public:
  explicit Places(std::size_t most) : most_(most) {}

  /// One of them, if there is one, for as long as this is there.
  class Place {
   public:
    explicit Place(Places& places) : places_(places), taken_(++places.used_ <= places.most_) {}
    ~Place() { --places_.used_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool taken() const { return taken_; }

   private:
    Places& places_;
    const bool taken_;
  };

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace

std::optional<std::string> web_file_name(std::string_view path) {
  auto name = percent_decode(path);
  if (!name) return std::nullopt;
  if (name->empty() || name->ends_with('/')) *name += "index.html";
  for (std::string_view left = *name; !left.empty();) {
    const auto part = left.substr(0, left.find('/'));
    if (part.empty() || part.starts_with('.') || part.find('\0') != part.npos) return std::nullopt;
    left.remove_prefix(std::min(part.size() + 1, left.size()));
  }
  return name;
}

std::string_view web_content_type(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 21> types{
      {{".html", "text/html; charset=UTF-8"},
       {".htm", "text/html; charset=UTF-8"},
       {".css", "text/css; charset=UTF-8"},
       {".js", "text/javascript; charset=UTF-8"},
       {".mjs", "text/javascript; charset=UTF-8"},
       {".json", "application/json; charset=UTF-8"},
       {".map", "application/json; charset=UTF-8"},
       {".webmanifest", "application/manifest+json; charset=UTF-8"},
       {".txt", "text/plain; charset=UTF-8"},
       {".xml", "text/xml; charset=UTF-8"},
       {".svg", "image/svg+xml"},
       {".png", "image/png"},
       {".gif", "image/gif"},
       {".jpg", "image/jpeg"},
       {".jpeg", "image/jpeg"},
       {".webp", "image/webp"},
       {".ico", "image/x-icon"},
       {".woff", "font/woff"},
       {".woff2", "font/woff2"},
       {".ttf", "font/ttf"},
       {".wasm", "application/wasm"}}};
  for (const auto& [ending, type] : types)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

bool gets_smaller(std::string_view type) {
  return type.starts_with("text/") || type.find("javascript") != type.npos ||
         type.find("json") != type.npos || type.find("xml") != type.npos ||
         type.starts_with("image/svg") || type.starts_with("font/ttf") || type.ends_with("wasm");
}

std::optional<HttpAnswer> WebFiles::serve(std::string_view path, const Asked& asked) const {
  const auto name = folder_.empty() ? std::nullopt : web_file_name(path);
  if (!name) return std::nullopt;
  const Descriptor file = open_beneath(folder_, *name);
  struct stat status{};
  if (!file.ok() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) > limits::web_file_bytes_max)
    return std::nullopt;
  const auto modified = http_date(status.st_mtim.tv_sec);
  // When it is packed it has the same, so it is a weak one (RFC 9110, section 8.8.1).
  const auto tag = fmt::format("\"{:x}-{:x}-{:x}\"", status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                               status.st_size);
  HttpAnswer out;
  out.headers = {{"ETag", "W/" + tag},
                 {"Last-Modified", modified},
                 {"Cache-Control", "no-cache"},
                 {"X-Content-Type-Options", "nosniff"}};
  out.content_type = web_content_type(*name);
  // Of what may be packed an answer without a body says so as well (RFC 9110, section 15.4.5).
  if (gets_smaller(out.content_type)) out.headers.emplace_back("Vary", "Accept-Encoding");
  if (is_same(asked, tag, modified)) {
    out.content_type.clear();
    out.status = 304;
    return out;
  }
  auto body = read_all(file, static_cast<std::size_t>(status.st_size));
  if (!body) return std::nullopt;
  out.body = *std::move(body);
  return out;
}

Route web_route(std::string prefix, std::string folder) {
  const std::size_t skipped = prefix.size();
  const auto serve = [skipped, files = WebFiles(std::move(folder)),
                      places = std::make_shared<Places>(limits::web_reads_max)](
                         HttpExchange& exchange, const Caller&) {
    const Places::Place place(*places);
    if (!place.taken()) return try_again("Too many files wait for their disk.", "1");
    auto out = files.serve(exchange.path().substr(skipped),
                           {.none_match = exchange.header("If-None-Match"),
                            .modified_since = exchange.header("If-Modified-Since")});
    if (!out) return refusal(404);
    if (out->status == 200 && gets_smaller(out->content_type)) pack_body(*out, exchange);
    return *std::move(out);
  };
  return {.path = std::move(prefix),
          .method = "GET",
          .scope = std::nullopt,
          .guard = Guard::none,
          .handler = serve};
}

}  // namespace seed::rpc
