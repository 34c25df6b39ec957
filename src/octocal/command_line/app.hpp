// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "octocal/base/run_files.hpp"

namespace octocal::command_line {

/// The command line of one command: CLI11's, and which of its options name files that the command reads or writes.
/// Every such option is added by one of the functions below, and nothing else is to be done: before the command runs,
/// run_command refuses an output that is an input or another output, or that cannot be written (base/run_files.hpp).
///
/// The values must outlive the app. Not thread-safe.
class App final : public CLI::App {
 public:
  using CLI::App::App;

  /// A file that is read.
  CLI::Option* add_input(const std::string& names, std::string& file, const std::string& help);

  /// Files that are read, or globs of files.
  enum class Names { kGlobs, kLiteral };
  CLI::Option* add_inputs(const std::string& names, std::vector<std::string>& files, const std::string& help,
                          Names kind = Names::kGlobs);

  /// A file that is written, complete or absent.
  CLI::Option* add_output(const std::string& names, std::string& file, const std::string& help);

  /// A folder that is replaced, with all that is in it.
  CLI::Option* add_output_folder(const std::string& names, std::string& folder, const std::string& help);

  /// Files that options name in another way, e.g. a text that is a file or a number. Called once all is parsed.
  void declare_files(std::function<void(RunFiles&)> declare) { declared_.push_back(std::move(declare)); }

  /// All files of the run that was parsed. Errors: bad_input for a glob that matches nothing.
  RunFiles files() const;

 private:
  std::vector<std::function<void(RunFiles&)>> declared_;
};

/// Whole numbers from `low` to `high`, or any numbers; the help shows the range, and an error names it.
CLI::Validator whole_from_to(std::int64_t low, std::int64_t high);
CLI::Validator real_from_to(double low, double high);

template <typename Low, typename High>
CLI::Validator from_to(Low low, High high) {
  if constexpr (std::is_floating_point_v<Low>)
    return real_from_to(low, high);
  else
    return whole_from_to(low, high);
}

}  // namespace octocal::command_line

// Options of these types are compiled once (app.cpp), not in every verb.
#define OCTOCAL_OPTION_TYPES(add) \
  add(std::string) add(std::vector<std::string>) add(double) add(int) add(std::int64_t) add(std::uint64_t)
#define OCTOCAL_ADD_OPTION(Type) \
  template CLI::Option* CLI::App::add_option<Type, Type, CLI::detail::dummy>(std::string, Type&, std::string);
#define OCTOCAL_EXTERN_ADD_OPTION(Type) extern OCTOCAL_ADD_OPTION(Type)
OCTOCAL_OPTION_TYPES(OCTOCAL_EXTERN_ADD_OPTION)
extern template CLI::Option* CLI::App::add_flag<bool, CLI::detail::dummy>(std::string, bool&, std::string);
