// SPDX-License-Identifier: Apache-2.0
// octocal-train: `octocal train` alone, for machines that have libtorch and little else (docs/training.md).
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/trainer/command_line.hpp"

int main(int argc, char** argv) {
  octocal::install_interrupt_handler();
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    octocal::train::TrainingRequest request;
    auto options = octocal::train::training_options(request);
    bool help = false, version = false, quiet = false, verbose = false;
    options.push_back({"-h,--help", "This text", "", &help});
    options.push_back({"--version", "Version of octocal", "", &version});
    options.push_back({"-q,--quiet", "Errors only on stderr", "", &quiet});
    options.push_back({"-v,--verbose", "Tell on stderr what is done", "", &verbose});
    octocal::trainer::parse_command_line({argv + 1, argv + argc}, options);
    if (help || version) {
      fmt::print("octocal-train {}\n", octocal::version());
      if (help)
        fmt::print("Trains a generator from packed files; options as octocal train:\n\n{}",
                   octocal::trainer::help_text(options));
      return 0;
    }
    using octocal::Verbosity;
    octocal::set_verbosity(quiet ? Verbosity::kQuiet : verbose ? Verbosity::kVerbose : Verbosity::kNormal);
    octocal::train::run_training(request);
    return 0;
  } catch (const octocal::Error& error) {
    octocal::log_error(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    octocal::log_error("out of memory; try a smaller --batch or --memory");
  } catch (const std::exception& error) {
    octocal::log_error(std::string("unexpected failure: ") + error.what());
  }
  return 1;
}
