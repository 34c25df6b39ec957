// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>

namespace octocal::train {

/// Quantization-aware fine-tuning, the paper's named alternative to post-training quantization: weights, biases and
/// norms of a quantized generator (any precision plan) are trained so that its showers are those of its float32 source,
/// from the same latents. No Geant4 showers are needed. No libtorch in this header.
struct FineTuningSettings {
  std::filesystem::path teacher;     ///< float32 generator (ONNX)
  std::filesystem::path model;       ///< the same quantized (ONNX, of `octocal quantize` or `tune`)
  std::filesystem::path out;         ///< folder for fine-tuning.jsonl, last.ckpt and best.onnx
  std::int64_t steps = 400;          ///< the rate falls along half a cosine until then
  std::int64_t steps_per_look = 25;  ///< between two looks at the held-out showers
  std::int64_t batch = 8;            ///< showers
  std::int64_t judged_showers = 64;  ///< held out, the same ones at every look
  double rate = 1e-3;                ///< of Adam, in units of a tensor's root mean square
  bool scales = false;               ///< train the scales of values and weights, too (learned step sizes)
  std::uint64_t seed = 1;
  int threads = 1;
  bool resume = false;  ///< go on from out/last.ckpt
};

/// How far the quantized showers are from float32's.
struct FineTuningScore {
  double cells = 0;  ///< table 5: mean over showers of sum |difference| over cells, over mean ECAL
  double ecal = 0;   ///< summed ECAL over float32's, less 1
};

struct FineTuningResult {
  FineTuningScore before, best;
  std::int64_t best_step = 0;  ///< 0: nothing was better than the model as it came
  std::int64_t steps = 0;      ///< that were made
};

/// Runs to the end or until Ctrl-C; out/best.onnx is the model of the look with the smallest difference of cells, with
/// the plan that it had, and but for `scales` its scales. A run that was broken off and resumed ends with the same bits. Errors:
/// bad_input for models that are no pair (other inputs or outputs), are not quantized, draw their cells or hold an op
/// without gradients; for a folder or checkpoint of another run; run_failed for gradients that are not finite;
/// Error(kInterrupted) after Ctrl-C, with the checkpoint saved.
FineTuningResult fine_tune(const FineTuningSettings& settings);

}  // namespace octocal::train
