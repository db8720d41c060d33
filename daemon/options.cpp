#include "daemon/options.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "daemon/version.h"

namespace seed::daemon {

std::expected<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  std::string state_dir;
  CLI::App app("seedd downloads and seeds torrents, under JSON-RPC control.", "seedd");
  app.set_version_flag("--version", std::string("seedd ") + version);
  app.add_option("--config", options.config_file,
                 "Config file; else ~/.config/seedd/seedd.toml or /etc/seedd/seedd.toml")
      ->type_name("FILE");
  app.add_option("--state-dir", state_dir, "Folder of seedd's own state")->type_name("DIR");
  app.add_option("--set", options.sets, "Set one setting, over all else; may come often")
      ->type_name("KEY=VALUE")
      ->take_all();
  app.add_flag("--check-config", options.check_config,
               "Check the settings, say what is wrong or doubtful, and end");
  app.add_flag(
      "--print-config", options.print_config,
      "Print all settings with what they mean and who set them, as a config file, and end");
  app.add_flag("--hash-password", options.hash_password,
               "Read a password from the standard input, print a hash for rpc_password, and end");
  app.add_flag("--schema", options.schema, "Print settings, methods and fields as JSON, and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return std::unexpected(status == 0 ? 0 : 2);
  }
  // Said on the command line, a folder may be relative to where we stand.
  if (!state_dir.empty())
    options.sets.push_back("state_dir=" + std::filesystem::absolute(state_dir).string());
  return options;
}

}  // namespace seed::daemon
