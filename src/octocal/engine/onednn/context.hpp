// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <oneapi/dnnl/dnnl.hpp>

namespace octocal::engine {

/// The processor as oneDNN's engine, one for the whole process. The first call caps oneDNN's instruction set at
/// machine_isa() (so at OCTOCAL_ISA).
const dnnl::engine& cpu_engine();

}  // namespace octocal::engine
