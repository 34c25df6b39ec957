// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>

namespace octocal {

/// Calls job(0 .. jobs - 1), each once, in any order, in up to `threads` threads (the caller's is one of them), and
/// waits for all. The first exception of a job is thrown here when all threads have stopped; jobs that had not begun
/// are left out then. Results do not depend on `threads` as long as jobs do not share what they write.
/// Precondition: threads >= 1.
void parallel_jobs(std::size_t jobs, int threads, const std::function<void(std::size_t)>& job);

}  // namespace octocal
