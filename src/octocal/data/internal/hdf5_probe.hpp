// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "octocal/data/internal/hdf5_state.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Runs `look` in a child process first, because a damaged file can make the HDF5 library crash, or loop without end and
/// deaf to signals. `look` does what this process is going to do with the file; it must not log. Costs a fork (some
/// milliseconds); a file that has not changed since is not probed again. The child may use `seconds` of processor time and
/// one more for each 20 MB of the file (which begin again with probe_goes_on), and 1 GiB of memory more than the file has
/// bytes; where no child can be started, nothing is probed.
/// Returns the state that was looked at.
/// Errors: bad_input naming the file if the child dies or exceeds its limits; what `look` throws, as it throws it;
/// kInterrupted.
std::optional<FileState> probe(const std::string& file, const std::function<void()>& look, unsigned seconds = 3);

/// Called by `look` between parts that may each take long: its time begins again. Does nothing elsewhere.
void probe_goes_on() noexcept;

}  // namespace octocal::data::hdf5
