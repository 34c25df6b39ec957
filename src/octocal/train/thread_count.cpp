// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/thread_count.hpp"

#include <ATen/Parallel.h>

namespace octocal::train {

ThreadCount::ThreadCount(int threads) : before_(at::get_num_threads()) { at::set_num_threads(threads); }
ThreadCount::~ThreadCount() { at::set_num_threads(before_); }

}  // namespace octocal::train
