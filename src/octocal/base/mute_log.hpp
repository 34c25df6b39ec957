// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal {

/// While muted, nothing of log.hpp is told, errors neither, and verbosity() is kQuiet: another process of the same job
/// tells them. For the whole process; thread-safe.
void mute_log(bool muted);

}  // namespace octocal
