// Destinations: which daemons a command line means and how they are spoken to: by its flags, by the
// user's file of hosts, by the environment.
//
// For each part of it the first that says something: the flag; the host's own entry in the file;
// the environment. So a secret that the environment has for one daemon is not told to another one
// that has its own.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "ctl/command.h"
#include "ctl/outcome.h"
#include "ctl/program.h"
#include "ctl/target.h"

namespace seed::ctl {

struct Destination {
  std::string name;  ///< as the user calls it, without a password
  Target target;
  std::chrono::seconds timeout{};
};

/// What `default_host` becomes when nobody names one is in target.h. At least one, none twice.
/// Secrets that others may read are warned of on `terminal.err`.
Outcome<std::vector<Destination>> find_destinations(const Arguments& arguments,
                                                    const Environment& environment,
                                                    Terminal& terminal);

/// The file of hosts that would be read: --config, SEEDCTL_CONFIG, or below XDG_CONFIG_HOME or
/// HOME; "" without these.
std::string hosts_file_path(const Arguments& arguments, const Environment& environment);
/// Whether the user has named it, so that it must be there.
bool names_hosts_file(const Arguments& arguments, const Environment& environment);

}  // namespace seed::ctl
