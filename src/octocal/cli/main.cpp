// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "octocal/base/run_program.hpp"
#include "octocal/cli/verb_dispatch.hpp"

int main(int argc, char** argv) {
  octocal::prepare_process();
  return octocal::cli::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
