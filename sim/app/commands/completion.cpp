#include "sim/app/commands/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "sim/app/registry/registry.hpp"

namespace acidsim {
namespace {

std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  return flags;
}

std::string case_of(const std::string& pattern, const std::vector<std::string>& words) {
  return fmt::format("    {}) words='{}' ;;\n", pattern, fmt::join(words, " "));
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::vector<std::string> commands;
  std::string flags, values;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(command->get_name());
    flags += case_of(command->get_name(), flags_of(*command));
  }
  values += case_of("*:--backend", names_of(Kind::backend));
  values += case_of("*:--family", names_of(Kind::family));
  values += case_of("*:--rates", names_of(Kind::rates));
  std::vector<std::string> kinds = {"configuration", "schema"};
  for (const Category& category : categories()) kinds.push_back(category.name);
  values += case_of("list:list", kinds);
  values += case_of("data:data", {"colour_fashion"});
  values += case_of("completion:completion", {"bash"});
  return fmt::format(R"(# Completion of acidsim for bash: source <(acidsim completion bash)
_acidsim() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command='' words='' k
  for ((k = 1; k < COMP_CWORD; ++k)); do
    case ${{COMP_WORDS[k]}} in {0}) command=${{COMP_WORDS[k]}}; break ;; esac
  done
  case $command:$previous in
{2}  esac
  if [[ -z $words && $current == -* ]]; then
    case $command in
{3}    '') words='{4}' ;;
    esac
  elif [[ -z $words && -z $command ]]; then
    words='{1}'
  fi
  # Without words bash offers the names of files.
  if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); else COMPREPLY=(); fi
}}
complete -o default -F _acidsim acidsim
)",
                     fmt::join(commands, "|"), fmt::join(commands, " "), values, flags,
                     fmt::join(flags_of(app), " "));
}

}  // namespace acidsim
