// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "fuzz/differential/random_graph.hpp"

namespace octocal::fuzz {

/// What became of a graph in the engine.
struct EngineCheck {
  std::string problem;  ///< "": none
  std::string refusal;  ///< what the engine said if it does not run such graphs
  std::map<std::string, std::uint64_t>
      kernels;  ///< "int8 own:table_u8": steps that ran in this precision by this kernel
};

/// Runs a graph in the engine under every OCTOCAL_ISA that the machine has, in several batch sizes, and behind a way through an
/// ONNX file, and compares with the reference:
///
/// - exact graphs: bit for bit, everywhere;
/// - others without integers: within 1e-5 of the largest number, or four times what numbers changed by 2^-20 make of it;
/// - others with integers: rounding may fall on the other side, so a twentieth in root mean square; but the same bits under
///   every OCTOCAL_ISA where no layer is oneDNN's in floating point.
EngineCheck check_in_engine(const RandomGraph& made);

}  // namespace octocal::fuzz
