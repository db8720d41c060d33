// Options: what is on seedd's command line.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace seed::daemon {

struct Options {
  std::string config_file;        ///< empty: where it usually is
  std::vector<std::string> sets;  ///< "key=value" of each --set and of --state-dir
  bool check_config = false;
  bool print_config = false;
  bool hash_password = false;
  bool schema = false;
};

/// The options, or the exit status with which to end at once (--help and --version have printed).
std::expected<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace seed::daemon
