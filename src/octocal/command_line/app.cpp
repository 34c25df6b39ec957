// SPDX-License-Identifier: Apache-2.0
#include "octocal/command_line/app.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "octocal/data/shower_reader.hpp"

OCTOCAL_OPTION_TYPES(OCTOCAL_ADD_OPTION)
template CLI::Option* CLI::App::add_flag<bool, CLI::detail::dummy>(std::string, bool&, std::string);

namespace octocal::command_line {
namespace {

/// An empty name is the shell's empty variable; an output called like an option is a forgotten name.
CLI::Validator file_name(bool output) {
  const auto check = [output](const std::string& name) -> std::string {
    if (name.empty()) return "its file name is empty";
    if (output && name.starts_with('-'))
      return fmt::format("{} is an option, not a file (./{} would be one)", name, name);
    return {};
  };
  return {check, ""};
}

template <typename Number>
CLI::Validator range(Number low, Number high) {
  const auto check = [low, high](const std::string& text) -> std::string {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= low && number <= high) return {};
    return fmt::format("{} is not from {} to {}", text, low, high);
  };
  return {check, fmt::format("{}..{}", low, high)};
}

}  // namespace

CLI::Validator whole_from_to(std::int64_t low, std::int64_t high) { return range(low, high); }
CLI::Validator real_from_to(double low, double high) { return range(low, high); }

CLI::Option* App::add_input(const std::string& names, std::string& file, const std::string& help) {
  auto* option = add_option(names, file, help)->type_name("FILE")->check(file_name(false));
  declare_files([option, &file](RunFiles& files) { files.reads(option->get_name(), file); });
  return option;
}

CLI::Option* App::add_inputs(const std::string& names, std::vector<std::string>& files, const std::string& help,
                             Names kind) {
  auto* option = add_option(names, files, help)->type_name("FILE")->check(file_name(false));
  declare_files([option, &files, kind](RunFiles& all) {
    all.reads(option->get_name(), kind == Names::kGlobs ? data::expand_shower_files(files) : files);
  });
  return option;
}

CLI::Option* App::add_output(const std::string& names, std::string& file, const std::string& help) {
  auto* option = add_option(names, file, help)->type_name("FILE")->check(file_name(true));
  declare_files([option, &file](RunFiles& files) { files.writes(option->get_name(), file); });
  return option;
}

CLI::Option* App::add_output_folder(const std::string& names, std::string& folder, const std::string& help) {
  auto* option = add_option(names, folder, help)->type_name("FOLDER")->check(file_name(true));
  declare_files([option, &folder](RunFiles& files) { files.replaces(option->get_name(), folder); });
  return option;
}

RunFiles App::files() const {
  RunFiles files;
  for (const auto& declare : declared_) declare(files);
  if (const auto* config = get_config_ptr(); config != nullptr && config->count() > 0)
    files.reads(config->get_name(), config->results());
  return files;
}

}  // namespace octocal::command_line
