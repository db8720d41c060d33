#include "rpc/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace seed::rpc {

namespace {

std::string read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Unix seconds at which the system started.
double boot_time() {
  const std::string text = read("/proc/stat");
  const auto at = text.find("\nbtime ");
  if (at == text.npos) return 0;
  double out = 0;
  std::istringstream(text.substr(at + 7)) >> out;
  return out;
}

void read_stat(ProcessFacts& out) {
  const std::string text = read("/proc/self/stat");
  // The program's name is in brackets and may hold any; the third field follows.
  const auto name_end = text.rfind(')');
  if (name_end == text.npos) return;
  std::istringstream fields(text.substr(name_end + 1));
  std::string word;
  for (int field = 3; field <= 13 && fields >> word; ++field) {
  }
  double user = 0, system = 0, skipped = 0, start = 0;
  fields >> user >> system >> skipped >> skipped >> skipped >> skipped >> out.threads >> skipped >>
      start >> out.virtual_bytes;
  std::uint64_t pages = 0;
  if (!(fields >> pages)) return;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  out.cpu_seconds = (user + system) / ticks;
  out.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (const double boot = boot_time(); boot > 0) out.start_time = boot + start / ticks;
}

}  // namespace

ProcessFacts read_process_facts() {
  ProcessFacts out;
  read_stat(out);
  std::error_code fault;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", fault), end;
       !fault && entry != end; entry.increment(fault))
    ++out.open_fds;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_fds = limit.rlim_cur;
  return out;
}

}  // namespace seed::rpc
