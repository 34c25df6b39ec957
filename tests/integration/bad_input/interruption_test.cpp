// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <chrono>
#include <thread>

#include "integration/bad_input/bad_input_fixture.hpp"

namespace octocal::test {
namespace {

class Interruption : public BadInput {
 protected:
  /// Starts a run of a million showers, waits until its output file is begun and some more, and sends the signal.
  ProgramResult run_and_signal(int signal_number, std::chrono::milliseconds more) {
    const auto begun = files().size() + 1;
    ProgramOptions options;
    options.while_it_runs = [&, this](pid_t program) {
      for (int i = 0; i < 1000 && files().size() < begun; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      std::this_thread::sleep_for(more);
      ::kill(program, signal_number);
    };
    return run_octocal(
        {"generate", "--model", model_, "--showers", "1000000", "--streams", "1", "--quiet", "-o", output_}, options);
  }
};

TEST_F(Interruption, CtrlCLeavesNoHalfWrittenFileAndExits130) {
  const auto before = files();
  for (const int more : {0, 1500}) {  // while the model is made ready, and while showers are written
    const auto result = run_and_signal(SIGINT, std::chrono::milliseconds(more));
    EXPECT_EQ(result.exit_code, 130) << result.err;
    EXPECT_EQ(result.err, "octocal: interrupted; nothing was written\n");
    EXPECT_EQ(files(), before);
  }
}

TEST_F(Interruption, SoDoTerminationAndAClosingTerminal) {
  const auto before = files();
  for (const int signal_number : {SIGTERM, SIGHUP, SIGXCPU}) {
    EXPECT_EQ(run_and_signal(signal_number, std::chrono::milliseconds(500)).exit_code, 130) << signal_number;
    EXPECT_EQ(files(), before);
  }
}

}  // namespace
}  // namespace octocal::test
