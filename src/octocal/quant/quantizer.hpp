// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/model/precision_plan.hpp"
#include "octocal/quant/equalization.hpp"
#include "octocal/quant/float32_answers.hpp"
#include "octocal/quant/ranges.hpp"
#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/showers.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// How a model is quantized; docs/quantization.md says what each of these does.
struct QuantizeOptions {
  ActivationScheme activations = ActivationScheme::kU8;  ///< of values between layers
  WeightScheme weights = WeightScheme::kPerChannel;      ///< of the layers' weights
  bool bias_correction = true;             ///< shift each layer's channel means to float32's, scale the last layer
  RangeMethod ranges = RangeMethod::kMse;  ///< of 8-bit grids
  double percentile = 99.999;              ///< of the values that kPercentile keeps within the range
  /// Of layers that no other layer reads, where plan() says int8: their inputs in 16 bits cost little and count much,
  /// since nothing averages over them any more. kInt8, kInt16x8 or kInt16x12.
  model::Precision last_layer = model::Precision::kInt8;
  bool transposed = true;    ///< false: plan() leaves every ConvTranspose in float32
  bool equalization = true;  ///< scale channels between 8-bit layers (equalization.hpp); not with kPerTensor
  Rounding rounding = Rounding::kNearest;  ///< of weights (reconstruction.hpp)
};

/// What became of one layer.
struct QuantizedLayer {
  std::string name;                                         ///< of the Conv or ConvTranspose node
  std::string op;                                           ///< "Conv" or "ConvTranspose"
  model::Precision precision = model::Precision::kFloat32;  ///< that it runs in
  std::uint64_t macs = 0;                                   ///< multiply-accumulates a shower
  std::string output;                                       ///< value at the end of its block
  double weight_sqnr_db = 0;  ///< signal to quantization noise of the weights; layers of integers
  /// Mean squared error of the layer's sums on calibration showers, as a share of their mean square, with weights
  /// rounded to nearest and with those that it has. Of layers with learned rounding.
  std::optional<double> nearest_error, learned_error;
  double largest_correction = 0;  ///< max |shift| that bias correction added to a channel
  double largest_gain = 0;        ///< max |gain - 1| of a channel; only the last layer has gains
};

/// One scale and zero point of activations.
struct SiteSummary {
  std::string name;                                      ///< of the site (structure.hpp)
  std::vector<std::string> values;                       ///< that share the grid
  model::Precision precision = model::Precision::kInt8;  ///< kInt8; kInt16x8: of 16 bits
  Range range;                                           ///< that the grid holds
  Range seen;                                            ///< smallest and largest value in calibration
  RangeMethod method = RangeMethod::kMinMax;             ///< by which the range was chosen
  Grid grid;                                             ///< of the integers
};

/// A quantized model, and what became of its layers.
struct QuantizedModel {
  model::Graph graph;                  ///< QDQ (see insert_quantization), the source's metadata kept
  std::vector<QuantizedLayer> layers;  ///< that could run in int8, in graph order
  std::vector<SiteSummary> sites;      ///< that were quantized, in graph order
};

/// Static post-training quantization of one generator. Ranges are chosen once, by the constructor; build() then
/// writes the model for any plan.
///
/// Same graph, showers and options: the same model, byte for byte. Not thread-safe.
class Quantizer {
 public:
  /// Runs the calibration showers through the float32 graph. `origin` (a file name) is used in messages.
  /// Errors: bad_input for a graph that is quantized already or has nothing to quantize; what the backend throws.
  Quantizer(const model::Graph& graph, ShowerInputs calibration, const QuantizeOptions& options, Backend backend,
            std::string origin);

  /// Layers that can run in lower precision, in graph order.
  std::vector<std::string> layer_names() const;
  /// Multiply-accumulates a shower of each layer.
  const std::map<std::string, std::uint64_t>& macs() const noexcept { return macs_; }
  /// The float32 graph, without Identity and Dropout.
  const model::Graph& source() const noexcept { return graph_; }

  /// The model under a plan; layers that it does not name stay in float32. Errors: bad_input for a name that is not
  /// one of layer_names(), for a layer in float16 that meets what float16 cannot hold.
  QuantizedModel build(const model::PrecisionPlan& plan) const {
    return build(plan, options_.bias_correction, options_.rounding);
  }
  /// The same, without corrections and learned rounding if not `corrected`: they take the time, and change nothing in
  /// how fast it runs.
  QuantizedModel build(const model::PrecisionPlan& plan, bool corrected) const {
    return build(plan, corrected, corrected ? options_.rounding : Rounding::kNearest);
  }
  /// The same with another rounding than the options'.
  QuantizedModel build(const model::PrecisionPlan& plan, bool corrected, Rounding rounding) const;
  /// What a plan comes to (rewrite.hpp), with every layer named. Errors: as build().
  model::PrecisionPlan effective(const model::PrecisionPlan& plan) const;
  /// All layers in int8 but the named ones, which stay in float32.
  QuantizedModel build_int8(const std::set<std::string>& keep_float32 = {}) const {
    return build(plan(model::Precision::kInt8, keep_float32));
  }
  /// All layers in one precision, but the named ones in float32 (and see QuantizeOptions::last_layer).
  model::PrecisionPlan plan(model::Precision precision, const std::set<std::string>& keep_float32 = {}) const;

 private:
  /// What calibration says of a site.
  struct SiteRanges {
    Range seen;                                 ///< of the source
    Range equalized;                            ///< smallest and largest value where its reader runs in int8
    Range int8;                                 ///< of the grid there
    RangeMethod method = RangeMethod::kMinMax;  ///< that gave it
  };

  /// Which of the layers in int8 read an equalized value: they tell the float32 networks of two plans apart.
  std::set<std::string> equalized_readers(const std::set<std::string>& int8) const;
  void choose_ranges(const std::map<std::string, ValueStatistics>& statistics);

  model::Graph graph_;
  Structure structure_;
  ShowerInputs calibration_;
  QuantizeOptions options_;
  Backend backend_;
  std::string origin_;
  std::map<std::string, SiteRanges> ranges_;  ///< by site
  std::vector<Equalization> equalizations_;   ///< of layers that run in int8
  std::map<std::string, std::uint64_t> macs_;
  mutable std::map<std::set<std::string>, Float32Answers> float32_;  ///< by equalized_readers()
};

/// Layers of a float32 graph that can run in lower precision, in graph order. Errors: as Quantizer, without its showers.
std::vector<std::string> layer_names(const model::Graph& graph, const std::string& origin);

/// Layers that a pattern means: a layer's name, or one with * and ? for any characters ("branch*/conv1").
/// Errors: bad_input for a pattern that fits no layer, listing the layers.
std::set<std::string> match_layers(const std::vector<std::string>& layers, const std::vector<std::string>& patterns);

}  // namespace octocal::quant
