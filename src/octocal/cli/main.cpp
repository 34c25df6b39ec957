// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <string>
#include <vector>

#include "octocal/base/interrupt.hpp"
#include "octocal/cli/verb_dispatch.hpp"

int main(int argc, char** argv) {
  octocal::install_interrupt_handler();
  // A limit on file sizes (ulimit -f) shall be an error of the write that meets it, like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  return octocal::cli::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
