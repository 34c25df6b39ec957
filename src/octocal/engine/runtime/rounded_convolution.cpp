// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/runtime/rounded_convolution.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "octocal/base/expect.hpp"
#include "octocal/engine/kernels/round_floats.hpp"
#include "octocal/engine/onednn/convolution.hpp"

namespace octocal::engine {
namespace {

std::size_t cells(const ConvolutionSpec& spec, std::int64_t ConvolutionSpec::Axis::*size, std::int64_t channels) {
  return static_cast<std::size_t>(spec.z.*size * spec.y.*size * spec.x.*size * channels);
}

/// Bytes of float32 numbers, rounded up so that what follows them stays aligned.
std::size_t room_for(std::size_t numbers) { return (numbers * sizeof(float) + 63) / 64 * 64; }

/// The three calls, and the inner one's bound step.
class BoundRounded final : public BoundStep {
 public:
  BoundRounded(std::unique_ptr<BoundStep> inner, Element element, std::span<const std::uint16_t> source, float* wide,
               std::span<const float> sums, std::uint16_t* destination)
      : inner_(std::move(inner)),
        element_(element),
        source_(source),
        wide_(wide),
        sums_(sums),
        destination_(destination) {}

  void run() noexcept override {
    widen_floats(element_, source_, wide_);
    inner_->run();
    if (destination_ != nullptr) round_floats(element_, sums_, destination_);
  }

 private:
  std::unique_ptr<BoundStep> inner_;
  Element element_;
  std::span<const std::uint16_t> source_;
  float* wide_;
  std::span<const float> sums_;
  std::uint16_t* destination_;  ///< nullptr: the destination is float32
};

class RoundedConvolution final : public Step {
 public:
  explicit RoundedConvolution(const ConvolutionSpec& spec)
      : element_(spec.source_element),
        rounds_(spec.destination_element != Element::kFloat32),
        source_(spec.source),
        destination_(spec.destination),
        inputs_(cells(spec, &ConvolutionSpec::Axis::input, spec.input_channels)),
        outputs_(cells(spec, &ConvolutionSpec::Axis::output, spec.output_channels)) {
    auto inner = spec;
    inner.source_element = inner.destination_element = Element::kFloat32;
    inner_ = onednn_convolution(inner);
  }

  // Scratch: source, then destination if it is rounded, then the inner step's own.
  std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const override {
    std::vector<std::byte*> buffers(memory.buffers.begin(), memory.buffers.end());
    auto* const narrow = memory.as<std::uint16_t>(destination_);
    buffers[static_cast<std::size_t>(source_)] = memory.scratch;
    if (rounds_) buffers[static_cast<std::size_t>(destination_)] = memory.scratch + room_for(inputs_);
    const StreamMemory wide{buffers, memory.scratch + own_bytes()};
    return std::make_unique<BoundRounded>(
        inner_->bind(wide), element_, std::span(memory.as<const std::uint16_t>(source_), inputs_),
        wide.as<float>(source_), std::span(wide.as<const float>(destination_), outputs_), rounds_ ? narrow : nullptr);
  }
  std::size_t scratch_bytes() const noexcept override { return own_bytes() + inner_->scratch_bytes(); }
  std::size_t weight_bytes() const noexcept override { return inner_->weight_bytes(); }
  std::string kernel_name() const override {
    return std::string("own:round_") + precision_of(element_) + "(" + inner_->kernel_name() + ")";
  }

 private:
  std::size_t own_bytes() const noexcept { return room_for(inputs_) + (rounds_ ? room_for(outputs_) : 0); }

  Element element_;
  bool rounds_;
  int source_, destination_;
  std::size_t inputs_, outputs_;
  std::unique_ptr<Step> inner_;
};

}  // namespace

std::unique_ptr<Step> rounded_convolution(const ConvolutionSpec& spec) {
  OCTOCAL_EXPECT(is_16_bit_float(spec.source_element));
  OCTOCAL_EXPECT(spec.destination_element == spec.source_element || spec.destination_element == Element::kFloat32);
  return std::make_unique<RoundedConvolution>(spec);
}

}  // namespace octocal::engine
