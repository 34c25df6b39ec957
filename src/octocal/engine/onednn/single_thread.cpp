// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/onednn/single_thread.hpp"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl_config.h>

#if DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_OMP && DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_SEQ
#error "octocal needs a oneDNN built with OpenMP or without threads: it runs one thread a stream"
#endif

namespace octocal::engine {
namespace {

/// The OpenMP runtime that oneDNN brought into the process, whichever it is; looked up by name, so that octocal need
/// not be compiled with OpenMP (Clang and GCC come with different ones).
struct OpenMp {
  int (*get_max_threads)() = nullptr;
  void (*set_num_threads)(int) = nullptr;

  OpenMp() {
    get_max_threads = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    set_num_threads = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  }
};

const OpenMp& open_mp() noexcept {
  static const OpenMp runtime;
  return runtime;
}

}  // namespace

SingleThread::SingleThread() noexcept
    : before_(open_mp().get_max_threads != nullptr ? open_mp().get_max_threads() : 0) {
  if (open_mp().set_num_threads != nullptr) open_mp().set_num_threads(1);
}

SingleThread::~SingleThread() {
  if (before_ > 0) open_mp().set_num_threads(before_);
}

}  // namespace octocal::engine
