// SystemText: what a small file of the system says, such as /etc/resolv.conf or a table in /proc.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace seed::uv {

/// Empty if it cannot be read.
inline std::string content_of(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace seed::uv
