// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/onednn/context.hpp"

#include "octocal/base/machine.hpp"

namespace octocal::engine {
namespace {

dnnl::cpu_isa onednn_isa(Isa isa) {
  switch (isa) {
    case Isa::kBaseline:
      return dnnl::cpu_isa::sse41;
    case Isa::kAvx2:
      return dnnl::cpu_isa::avx2;
    case Isa::kAvx512:
      return dnnl::cpu_isa::avx512_core;
    case Isa::kAvx512Vnni:
      return dnnl::cpu_isa::avx512_core_vnni;
    case Isa::kAvx512Bf16:
      return dnnl::cpu_isa::avx512_core_bf16;
    case Isa::kAmx:
      break;
  }
  return dnnl::cpu_isa::all;
}

dnnl::engine make_engine() {
  // Refused once oneDNN has made a primitive for somebody else in this process; then its own choice stands, and int8 is
  // still only given to it where VNNI is.
  static_cast<void>(dnnl::set_max_cpu_isa(onednn_isa(machine_isa())));
  return dnnl::engine(dnnl::engine::kind::cpu, 0);
}

}  // namespace

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine = make_engine();
  return engine;
}

}  // namespace octocal::engine
