// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "octocal/base/run_program.hpp"
#include "octocal/cli/verb_dispatch.hpp"
#include "octocal/ranks/ranks.hpp"

int main(int argc, char** argv) {
  octocal::prepare_process();
  const octocal::ranks::Session session;
  return octocal::cli::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
