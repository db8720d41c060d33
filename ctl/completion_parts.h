// CompletionParts: what the completions of all shells are made of.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/command.h"

namespace seed::ctl {

using Words = std::vector<std::string>;

Words command_names();
/// "--host" and "-k" of each.
Words flag_words(std::span<const Flag> flags);
/// "--host" and its letter, if it has one.
Words spellings(const Flag& flag);

/// What the operands of a command may be, as far as it is known without asking the daemon.
Words operand_words(const Command& command, const Schema& schema);
/// What may follow a flag, where that is a few words.
Words value_words(const Flag& flag, const Schema& schema);
bool names_file(const Flag& flag);
/// Whether several of its words stand between commas.
bool takes_list(const Flag& flag);

/// The flags of all commands that say which daemon is meant and how it lets one in: a shell passes
/// them on when it asks for torrents. With a value, or without.
Words passed_flags(bool with_value);
/// The other flags of all commands that have a value.
Words other_valued_flags();

/// Names of options of one command that take the same few words: yes or no, or one of a choice.
struct OptionValues {
  Words names;
  Words values;
};
std::vector<OptionValues> option_values(const Command& command, const Schema& schema);

/// The words with a blank, or something else, between them.
std::string joined(const Words& words, std::string_view between = " ");
/// `text` with each @name@ replaced by what stands beside it.
std::string filled(std::string text,
                   std::initializer_list<std::pair<std::string_view, std::string>> parts);

std::string bash_completion(const Schema& schema);
std::string fish_completion(const Schema& schema);
std::string zsh_completion(const Schema& schema);

}  // namespace seed::ctl
