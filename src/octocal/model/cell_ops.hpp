// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace octocal::model {

/// The ops that are not ONNX's: those of the network of cells (cells_spec.hpp). In a file each is a function of the
/// model's own, written out in ONNX's ops (internal/onnx_functions.hpp), so that every runtime computes it; the engine
/// has a kernel for each. What may differ from model to model are inputs, constants where it says so.
///
/// **DrawCells**: a head's values to drawn cells.
///
/// | input | meaning       | shape                  |                                                        |
/// |-------|---------------|------------------------|--------------------------------------------------------|
/// | 0     | values        | (N, (1 + S) l, nx, ny) | logits of a hit for l layers, then theta_1, ..., theta_S |
/// | 1     | noise         | (N, 2, l, nx, ny)      | uniform in (0, 1): for the hit, for its energy         |
/// | 2     | colour        | (nx, ny)               | a constant of 1 (drawn here) and 0 (not), nothing else |
/// | 3     | log density   | (bins)                 | a_j, a constant                                        |
/// | 4     | basis         | (S, bins)              | phi_sj, a constant                                     |
/// | 5     | edges         | (bins + 1)             | of the bins, log of GeV, ascending, -87 to 88, a constant |
///
/// Output (N, l, nx, ny), GeV: 0 where colour is 0 or noise_0 >= 1/(1 + exp(-logit)); else with weights
/// p_j = exp(a_j + sum_s theta_s phi_sj - largest) and their running sums c_j, wanted = noise_1 c_last and j the first
/// bin with c_j > wanted (the last, if none): exp(edge_j + (edge_j+1 - edge_j) clamp(1 - (c_j - wanted) / p_j, 0, 1)).
inline constexpr std::string_view kDrawCells = "DrawCells";

/// **ExpectedCells**: energies of columns, rows and layers to the energy expected in each cell, as the network sees it.
///
/// | input | meaning  | shape         |                                                  |
/// |-------|----------|---------------|--------------------------------------------------|
/// | 0     | x        | (N, 1, nx, 1) | GeV in each column                               |
/// | 1     | y        | (N, 1, 1, ny) | in each row                                      |
/// | 2     | z        | (N, nz, 1, 1) | in each layer                                    |
/// | 3     | settings | (4)           | least slice, floor (GeV), scale, offset; constant |
///
/// Output (N, nz, nx, ny): max(L(x) + L(y) + L(z) - 2 L(sum of z), log floor) scale + offset with
/// L(v) = log(max(v, least slice)).
inline constexpr std::string_view kExpectedCells = "ExpectedCells";

/// **SeeCells**: what a head sees of the cells that were drawn before it.
///
/// | input | meaning  | shape          |                                                                    |
/// |-------|----------|----------------|--------------------------------------------------------------------|
/// | 0-2   | x, y, z  | as above       | GeV in each column, row and layer                                  |
/// | 3     | drawn    | (N, l, nx, ny) | cells of l <= nz layers, GeV                                       |
/// | 4     | order    | (nz)           | which of the l layers is layer z; l: none. A constant              |
/// | 5     | settings | (7)            | the four of ExpectedCells, seen energy (GeV), its scale, least share; a constant |
///
/// Output (N, nz + 2 l, nx, ny): ExpectedCells of the energies that are left, x, y and z less their sums of `drawn`, but
/// each at least its least share; log(1 + drawn / seen energy) scale; 1 where drawn > 0, else 0.
inline constexpr std::string_view kSeeCells = "SeeCells";

/// **FitCells**: drawn cells scaled towards the energies of columns, rows and layers, and to their sum exactly.
///
/// | input | meaning  | shape           |                                                               |
/// |-------|----------|-----------------|---------------------------------------------------------------|
/// | 0-2   | x, y, z  | as above        | GeV in each column, row and layer                             |
/// | 3     | drawn    | (N, nz, nx, ny) | GeV, layers in any order                                      |
/// | 4     | order    | (nz)            | which of them is layer z; a constant                          |
/// | 5     | settings | (4)             | fixed, free (GeV), least factor, most factor; a constant      |
///
/// A share f = clamp((E - fixed) / (free - fixed), 0, 1) of each drawn cell E may be scaled. kFittingRounds times, for
/// columns, rows, layers: E <- E + f E (factor - 1), factor = clamp((wanted - (sum E - sum f E)) / max(sum f E, 1e-12),
/// least, most) over the slice's cells. At last the same for the whole shower, with factor >= 0 the only bound.
/// Output (N, nx, ny, nz), GeV.
inline constexpr std::string_view kFitCells = "FitCells";

/// **FitCellsByLog**: FitCells, but for f, the share of a cell that may be scaled, which goes with the logarithm of its
/// energy as it is at that step: f = clamp((log max(E, fixed) - log fixed) / (log free - log fixed), 0, 1), fixed > 0. So
/// a cell meets no edge of the energy where its neighbours in the spectrum are moved by much more or less: FitCells leaves
/// a dip below `free`.
inline constexpr std::string_view kFitCellsByLog = "FitCellsByLog";
inline constexpr int kFittingRounds = 2;
inline constexpr float kLeastLooseGev = 1e-12F;  ///< under the division by a slice's free energy

inline constexpr const char* kOwnDomain = "octocal";  ///< of them, in files

/// Whether an op is one of these.
constexpr bool is_cell_op(std::string_view op) noexcept {
  return op == kDrawCells || op == kExpectedCells || op == kSeeCells || op == kFitCells || op == kFitCellsByLog;
}

}  // namespace octocal::model
