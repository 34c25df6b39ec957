// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::model {

/// The one op that is not ONNX's: a head's values to drawn cells. In a file it is a function of the model's own, written
/// out in ONNX's ops (internal/onnx_functions.hpp), so that every runtime computes it.
///
/// | input | meaning       | shape                  |                                                        |
/// |-------|---------------|------------------------|--------------------------------------------------------|
/// | 0     | values        | (N, (1 + S) l, nx, ny) | logits of a hit for l layers, then theta_1, ..., theta_S |
/// | 1     | noise         | (N, 2, l, nx, ny)      | uniform in (0, 1): for the hit, for its energy         |
/// | 2     | colour        | (nx, ny)               | a constant of 1 (drawn here) and 0 (not)               |
/// | 3     | log density   | (bins)                 | a_j, a constant                                        |
/// | 4     | basis         | (S, bins)              | phi_sj, a constant                                     |
/// | 5     | edges         | (bins + 1)             | of the bins, log of GeV, ascending, a constant         |
///
/// Output (N, l, nx, ny), GeV: 0 where colour is 0 or noise_0 >= 1/(1 + exp(-logit)); else with weights
/// p_j = exp(a_j + sum_s theta_s phi_sj - largest) and their running sums c_j, wanted = noise_1 c_last and j the first
/// bin with c_j > wanted (the last, if none): exp(edge_j + (edge_j+1 - edge_j) clamp(1 - (c_j - wanted) / p_j, 0, 1)).
inline constexpr const char* kDrawCells = "DrawCells";
inline constexpr const char* kOwnDomain = "octocal";  ///< of it, in files

}  // namespace octocal::model
