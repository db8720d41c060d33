#include "ctl/completion.h"

#include "ctl/completion_parts.h"

namespace seed::ctl {

std::optional<std::string> completion_script(std::string_view shell, const Schema& schema) {
  if (shell == "bash") return bash_completion(schema);
  if (shell == "zsh") return zsh_completion(schema);
  if (shell == "fish") return fish_completion(schema);
  return std::nullopt;
}

}  // namespace seed::ctl
