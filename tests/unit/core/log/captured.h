// Captured: a file in memory that a Log writes to, read back as text.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/support/catch.h"

namespace seed::log::test {

class Captured {
 public:
  Captured() : fd_(::memfd_create("log", MFD_CLOEXEC)) { REQUIRE(fd_ >= 0); }
  ~Captured() { ::close(fd_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  int fd() const { return fd_; }
  std::string text() const {
    std::string out;
    std::array<char, 4096> part{};
    for (ssize_t count = 0;
         (count = ::pread(fd_, part.data(), part.size(), static_cast<off_t>(out.size()))) > 0;)
      out.append(part.data(), static_cast<std::size_t>(count));
    return out;
  }

 private:
  int fd_;
};

}  // namespace seed::log::test
