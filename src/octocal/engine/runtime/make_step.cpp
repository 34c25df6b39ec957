// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/runtime/make_step.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "octocal/engine/kernels/convolution_integer.hpp"
#include "octocal/engine/kernels/convolution_points.hpp"
#include "octocal/engine/kernels/copy_cells.hpp"
#include "octocal/engine/kernels/draw_cells.hpp"
#include "octocal/engine/kernels/elementwise.hpp"
#include "octocal/engine/kernels/fit_cells.hpp"
#include "octocal/engine/kernels/functions.hpp"
#include "octocal/engine/kernels/gather.hpp"
#include "octocal/engine/kernels/gemm.hpp"
#include "octocal/engine/kernels/join_taps.hpp"
#include "octocal/engine/kernels/permute.hpp"
#include "octocal/engine/kernels/quantize.hpp"
#include "octocal/engine/kernels/reduce.hpp"
#include "octocal/engine/kernels/round_floats.hpp"
#include "octocal/engine/kernels/see_cells.hpp"
#include "octocal/engine/kernels/table_u8.hpp"
#include "octocal/engine/onednn/convolution.hpp"
#include "octocal/engine/runtime/rounded_convolution.hpp"

namespace octocal::engine {
namespace {

/// A step of the engine's own that needs no scratch: `Bind` makes the call from the spec and a stream's memory.
template <typename Spec, typename Bind>
class KernelStep final : public Step {
 public:
  KernelStep(Spec spec, Bind bind, const char* name, std::size_t weights)
      : spec_(std::move(spec)), bind_(std::move(bind)), name_(name), weights_(weights) {}
  std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const override { return bind_(spec_, memory); }
  std::size_t weight_bytes() const noexcept override { return weights_; }
  std::string kernel_name() const override { return name_; }

 private:
  Spec spec_;
  Bind bind_;
  const char* name_;
  std::size_t weights_;
};

template <typename Spec, typename Bind>
std::unique_ptr<Step> kernel_step(const Spec& spec, const char* name, std::size_t weights, Bind bind) {
  return std::make_unique<KernelStep<Spec, Bind>>(spec, std::move(bind), name, weights * sizeof(float));
}

class DrawStep final : public Step {
 public:
  DrawStep(const DrawSpec& spec, Isa isa) : spec_(spec), isa_(isa) {}
  std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const override {
    const auto term = [&](std::size_t i) {
      return i < spec_.terms.size() ? memory.as<const float>(spec_.terms[i].buffer) : nullptr;
    };
    return bound_call([this, values = std::array{term(0), term(1)}, noise = memory.as<const float>(spec_.noise),
                       out = memory.as<float>(spec_.destination),
                       scratch = memory.scratch] { draw_cells(spec_, isa_, values, noise, out, scratch); });
  }
  std::size_t scratch_bytes() const noexcept override { return draw_scratch_bytes(spec_); }
  std::size_t weight_bytes() const noexcept override {
    return (spec_.basis.size() + spec_.edges.size()) * sizeof(float);
  }
  std::string kernel_name() const override { return "own:draw_cells"; }

 private:
  DrawSpec spec_;
  Isa isa_;
};

SeenShower shower_in(const StreamMemory& memory, int x, int y, int z, int drawn) {
  return {memory.as<const float>(x), memory.as<const float>(y), memory.as<const float>(z),
          drawn < 0 ? nullptr : memory.as<const float>(drawn)};
}

class SeeStep final : public Step {
 public:
  SeeStep(const SeeSpec& spec, Isa isa) : spec_(spec), isa_(isa) {}
  std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const override {
    return bound_call([this, shower = shower_in(memory, spec_.x, spec_.y, spec_.z, spec_.drawn),
                       out = memory.as<float>(spec_.destination), scratch = reinterpret_cast<float*>(memory.scratch)] {
      see_cells(spec_, isa_, shower, out, scratch);
    });
  }
  std::size_t scratch_bytes() const noexcept override { return see_scratch_floats(spec_) * sizeof(float); }
  std::size_t weight_bytes() const noexcept override { return 0; }
  std::string kernel_name() const override { return "own:see_cells"; }

 private:
  SeeSpec spec_;
  Isa isa_;
};

class FitStep final : public Step {
 public:
  FitStep(const FitSpec& spec, Isa isa) : spec_(spec), isa_(isa) {}
  std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const override {
    return bound_call([this, shower = shower_in(memory, spec_.x, spec_.y, spec_.z, spec_.drawn),
                       out = memory.as<float>(spec_.destination),
                       scratch = memory.scratch] { fit_cells(spec_, isa_, shower, out, scratch); });
  }
  std::size_t scratch_bytes() const noexcept override { return fit_scratch_bytes(spec_); }
  std::size_t weight_bytes() const noexcept override { return 0; }
  std::string kernel_name() const override { return "own:fit_cells"; }

 private:
  FitSpec spec_;
  Isa isa_;
};

/// Of ConvolutionInteger or ConvolutionPoints.
template <typename Kernel>
class ConvolutionIntegerStep final : public Step {
 public:
  explicit ConvolutionIntegerStep(Kernel kernel) : kernel_(std::move(kernel)) {}
  std::unique_ptr<BoundStep> bind(const StreamMemory& memory) const override {
    const auto& spec = kernel_.spec();
    return bound_call([this, in = memory.at(spec.source), out = memory.at(spec.destination), scratch = memory.scratch] {
      kernel_.run(in, out, scratch);
    });
  }
  std::size_t scratch_bytes() const noexcept override { return kernel_.scratch_bytes(); }
  std::size_t weight_bytes() const noexcept override { return kernel_.weight_bytes(); }
  std::string kernel_name() const override { return kernel_.kernel_name(); }

 private:
  Kernel kernel_;
};

/// With as few products as pay. 16-bit sources are two images of bytes there, and one here.
std::unique_ptr<Step> own_convolution(const ConvolutionSpec& spec, Isa isa) {
  if (ConvolutionPoints::can_run(spec)) {
    ConvolutionPoints points(spec, isa);
    if (spec.source_element == Element::kUint8 || points.cost() < points.direct_cost())
      return std::make_unique<ConvolutionIntegerStep<ConvolutionPoints>>(std::move(points));
  }
  return std::make_unique<ConvolutionIntegerStep<ConvolutionInteger>>(ConvolutionInteger(spec, isa));
}

/// A kernel from one float32 buffer to another, without weights.
template <typename Spec>
std::unique_ptr<Step> float_kernel(const Spec& operation, const char* name,
                                   void (*kernel)(const Spec&, const float*, float*) noexcept) {
  return kernel_step(operation, name, 0, [kernel](const Spec& spec, const StreamMemory& memory) {
    return bound_call([&spec, kernel, in = memory.as<const float>(spec.source),
                       out = memory.as<float>(spec.destination)] { kernel(spec, in, out); });
  });
}

/// Of a kernel that moves numbers whatever they are.
const char* name_by_size(Element element, const char* one, const char* two, const char* four) {
  return size_of(element) == 1 ? one : size_of(element) == 2 ? two : four;
}

bool fits_int8(const std::vector<std::int16_t>& weights) {
  return std::all_of(weights.begin(), weights.end(), [](std::int16_t w) { return w >= -128 && w <= 127; });
}

bool has_repeats(const ConvolutionSpec& spec) { return spec.z.repeat * spec.y.repeat * spec.x.repeat > 1; }

/// Makes the step of each kind of operation.
class StepMaker {
 public:
  StepMaker(Isa isa, std::string& reason) : isa_(isa), reason_(reason) {}

  std::unique_ptr<Step> operator()(const ConvolutionSpec& spec) const {
    if (spec.source_element == Element::kFloat32) return onednn_convolution(spec);
    if (is_16_bit_float(spec.source_element)) return of_16_bit_floats(spec);
    if (spec.source_element == Element::kUint16) return own_convolution(spec, isa_);
    if (!fits_int8(spec.weights_integer)) {
      reason_ = "weights that take 9 bits with their zero point: multiplied as 16-bit numbers";
    } else if (has_repeats(spec)) {
      reason_ = "weights that meet copies of one cell are added up first: octocal's own kernel, same numbers";
    } else if (isa_ >= Isa::kAvx512Vnni) {
      if (auto step = onednn_convolution(spec)) return step;
      reason_ = "oneDNN has no exact int8 kernel for this shape: octocal's own, same numbers";
    } else {
      reason_ = "no AVX-512 VNNI: octocal's own kernel, same numbers";
    }
    return own_convolution(spec, isa_);
  }
  std::unique_ptr<Step> of_16_bit_floats(const ConvolutionSpec& spec) const {
    if (spec.source_element == Element::kBfloat16 && isa_ >= Isa::kAvx512Bf16) {
      if (auto step = onednn_convolution(spec)) return step;
      reason_ = "oneDNN has no bfloat16 kernel for this shape: float32 arithmetic on rounded numbers";
    } else if (spec.source_element == Element::kBfloat16) {
      reason_ = "no AVX512_BF16: float32 arithmetic on rounded numbers";
    }
    return rounded_convolution(spec);
  }
  std::unique_ptr<Step> operator()(const PermuteSpec& permutation) const {
    const char* name = name_by_size(permutation.element, "own:permute_u8", "own:permute_u16", "own:permute_float32");
    return kernel_step(permutation, name, 0, [](const PermuteSpec& spec, const StreamMemory& memory) {
      return bound_call(
          [&spec, in = memory.at(spec.source), out = memory.at(spec.destination)] { permute(spec, in, out); });
    });
  }
  std::unique_ptr<Step> operator()(const IndexMapSpec& map) const {
    const char* name = name_by_size(map.element, "own:copy_cells_u8", "own:copy_cells_u16", "own:copy_cells_float32");
    return kernel_step(map, name, 0, [](const IndexMapSpec& spec, const StreamMemory& memory) {
      return bound_call(
          [&spec, in = memory.at(spec.source), out = memory.at(spec.destination)] { copy_cells(spec, in, out); });
    });
  }
  std::unique_ptr<Step> operator()(const GemmSpec& gemm) const {
    return kernel_step(gemm, "own:gemm", gemm.weights.size() + gemm.bias.size(),
                       [](const GemmSpec& spec, const StreamMemory& memory) {
                         return bound_call([&spec, in = memory.as<const float>(spec.source),
                                            out = memory.as<float>(spec.destination)] { gemm_rows(spec, in, out); });
                       });
  }
  std::unique_ptr<Step> operator()(const QuantizeSpec& quantize) const {
    if (quantize.quantization.element == Element::kUint16)
      return kernel_step(quantize, "own:quantize_u16", 0, [](const QuantizeSpec& spec, const StreamMemory& memory) {
        const std::span in(memory.as<const float>(spec.source), static_cast<std::size_t>(spec.size));
        return bound_call([&spec, in, out = memory.as<std::uint16_t>(spec.destination)] {
          quantize_u16(spec.quantization, in, out);
        });
      });
    return kernel_step(quantize, "own:quantize_u8", 0,
                       [isa = isa_](const QuantizeSpec& spec, const StreamMemory& memory) {
                         const std::span in(memory.as<const float>(spec.source), static_cast<std::size_t>(spec.size));
                         return bound_call([&spec, isa, in, out = memory.as<std::uint8_t>(spec.destination)] {
                           quantize_u8(spec.quantization, in, out, isa);
                         });
                       });
  }
  std::unique_ptr<Step> operator()(const DequantizeSpec& dequantize) const {
    if (dequantize.quantization.element == Element::kUint16)
      return kernel_step(
          dequantize, "own:dequantize_u16", 0, [](const DequantizeSpec& spec, const StreamMemory& memory) {
            const std::span in(memory.as<const std::uint16_t>(spec.source), static_cast<std::size_t>(spec.size));
            return bound_call(
                [&spec, in, out = memory.as<float>(spec.destination)] { dequantize_u16(spec.quantization, in, out); });
          });
    return kernel_step(dequantize, "own:dequantize_u8", 0, [](const DequantizeSpec& spec, const StreamMemory& memory) {
      const std::span in(memory.as<const std::uint8_t>(spec.source), static_cast<std::size_t>(spec.size));
      return bound_call(
          [&spec, in, out = memory.as<float>(spec.destination)] { dequantize_u8(spec.quantization, in, out); });
    });
  }
  std::unique_ptr<Step> operator()(const RoundSpec& rounding) const {
    const char* name = rounding.element == Element::kFloat16 ? "own:round_float16" : "own:round_bfloat16";
    return kernel_step(rounding, name, 0, [](const RoundSpec& spec, const StreamMemory& memory) {
      const std::span in(memory.as<const float>(spec.source), static_cast<std::size_t>(spec.size));
      return bound_call(
          [&spec, in, out = memory.as<std::uint16_t>(spec.destination)] { round_floats(spec.element, in, out); });
    });
  }
  std::unique_ptr<Step> operator()(const WidenSpec& widening) const {
    const char* name = widening.element == Element::kFloat16 ? "own:widen_float16" : "own:widen_bfloat16";
    return kernel_step(widening, name, 0, [](const WidenSpec& spec, const StreamMemory& memory) {
      const std::span in(memory.as<const std::uint16_t>(spec.source), static_cast<std::size_t>(spec.size));
      return bound_call([&spec, in, out = memory.as<float>(spec.destination)] { widen_floats(spec.element, in, out); });
    });
  }
  std::unique_ptr<Step> operator()(const TableSpec& table) const {
    return kernel_step(
        table, "own:table_u8", table.table.size() / sizeof(float),
        [](const TableSpec& spec, const StreamMemory& memory) {
          return bound_call([&spec, in = memory.as<const std::uint8_t>(spec.source),
                             out = memory.as<std::uint8_t>(spec.destination)] { table_u8(spec, in, out); });
        });
  }
  std::unique_ptr<Step> operator()(const ActivationSpec& activation) const {
    return kernel_step(
        activation, "own:activate", 0, [isa = isa_](const ActivationSpec& spec, const StreamMemory& memory) {
          return bound_call([&spec, isa, in = memory.as<const float>(spec.source),
                             out = memory.as<float>(spec.destination)] { activate(spec, isa, in, out); });
        });
  }
  std::unique_ptr<Step> operator()(const AffineSpec& affine) const {
    return kernel_step(
        affine, "own:channel_affine", affine.gain.size() + affine.shift.size(),
        [](const AffineSpec& spec, const StreamMemory& memory) {
          return bound_call([&spec, in = memory.as<const float>(spec.source),
                             out = memory.as<float>(spec.destination)] { channel_affine(spec, in, out); });
        });
  }
  std::unique_ptr<Step> operator()(const BinarySpec& operation) const {
    if (operation.stored)
      return kernel_step(
          operation, "own:binary_u8", operation.constant.size(),
          [](const BinarySpec& spec, const StreamMemory& memory) {
            const auto side = [&](int buffer) { return buffer < 0 ? nullptr : memory.as<const std::uint8_t>(buffer); };
            return bound_call([&spec, left = side(spec.left), right = side(spec.right),
                               out = memory.as<std::uint8_t>(spec.destination)] { binary_u8(spec, left, right, out); });
          });
    return kernel_step(
        operation, "own:binary", operation.constant.size(), [](const BinarySpec& spec, const StreamMemory& memory) {
          const auto side = [&](int buffer) {
            return buffer < 0 ? spec.constant.data() : memory.as<const float>(buffer);
          };
          return bound_call([&spec, left = side(spec.left), right = side(spec.right),
                             out = memory.as<float>(spec.destination)] { binary(spec, left, right, out); });
        });
  }
  std::unique_ptr<Step> operator()(const FunctionSpec& function) const {
    return float_kernel(function, "own:function", apply_function);
  }
  std::unique_ptr<Step> operator()(const ReduceSpec& reduction) const {
    return float_kernel(reduction, "own:reduce", reduce);
  }
  std::unique_ptr<Step> operator()(const DrawSpec& draw) const { return std::make_unique<DrawStep>(draw, isa_); }
  std::unique_ptr<Step> operator()(const SeeSpec& seen) const { return std::make_unique<SeeStep>(seen, isa_); }
  std::unique_ptr<Step> operator()(const FitSpec& fit) const { return std::make_unique<FitStep>(fit, isa_); }
  std::unique_ptr<Step> operator()(const JoinTapsSpec& taps) const {
    return kernel_step(taps, "own:join_taps", 0, [](const JoinTapsSpec& spec, const StreamMemory& memory) {
      return bound_call([&spec, in = memory.as<const std::uint8_t>(spec.source),
                         out = memory.as<std::uint8_t>(spec.destination)] { join_taps(spec, in, out); });
    });
  }
  std::unique_ptr<Step> operator()(const GatherSpec& picks) const { return float_kernel(picks, "own:gather", gather); }

 private:
  Isa isa_;
  std::string& reason_;
};

}  // namespace

std::unique_ptr<Step> make_step(const Operation& operation, Isa isa, std::string& reason) {
  return std::visit(StepMaker(isa, reason), operation);
}

}  // namespace octocal::engine
