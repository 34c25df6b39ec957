// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "octocal/quant/histogram.hpp"
#include "octocal/quant/scheme.hpp"

namespace octocal::quant {

/// How the range of an 8-bit grid follows from the values that calibration saw (docs/quantization.md, "Ranges"). Grids
/// of 16 bits always hold all of them.
enum class RangeMethod {
  kMinMax,         ///< smallest to largest value
  kMovingAverage,  ///< mean over batches of 8 showers of the smallest and of the largest value
  kPercentile,     ///< all but a share of the values, half of it at each end
  kEntropy,        ///< least Kullback-Leibler divergence from the values (TensorRT, ONNX Runtime)
  kMse,            ///< least squared error of rounding and clipping
  kCells,          ///< least difference of the generator's cells, see cell_ranges.hpp
};

const char* name_of(RangeMethod method) noexcept;  ///< "min-max", "moving-average", "percentile", ...

/// The least range of whole bins (and zero) outside which lies at most a share (100 - percentile) / 200 of the values
/// on either side. Precondition: 0 < percentile <= 100.
Range percentile_range(const Histogram& histogram, double percentile);

/// Sum over the values of the squared error that a grid over `range` makes: step^2 / 12 for one inside, the squared
/// distance from the range for one outside. Zeros have none.
double squared_error(const Histogram& histogram, const Range& range, ActivationScheme scheme);

/// The range with the least squared_error: either end at k / 128 of the histogram's, k = 1 ... 128 (s8: both at one
/// share of the larger one).
Range least_squares_range(const Histogram& histogram, ActivationScheme scheme);

/// TensorRT's entropy calibration of |x|, as ONNX Runtime has it: of thresholds T at the ends of 2048 bins, from the
/// 128th on, the one where 128 levels tell least wrongly how |x| is distributed. P is the histogram up to T with what
/// lies beyond added to its last bin; Q has the mean of each level's bins that are not empty (before that addition) in
/// those bins; both are made whole by moving 0.0001 from each full bin to the empty ones; the divergence is
/// sum P ln(P / Q). The range is [-T, T] cut to the histogram's.
Range entropy_range(const Histogram& histogram);

}  // namespace octocal::quant
