// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/onednn/convolution.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/engine/onednn/context.hpp"
#include "octocal/engine/onednn/single_thread.hpp"

namespace octocal::engine {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

/// A constant argument of a primitive: bias or post-op operand.
struct Constant {
  int argument;
  memory value;
};

memory float_memory(const memory::desc& desc, const std::vector<float>& numbers) {
  memory result(desc, cpu_engine());
  std::memcpy(result.get_data_handle(), numbers.data(), numbers.size() * sizeof(float));
  return result;
}

/// A convolution over z, too; the others are oneDNN's two-dimensional ones, whose kernels are the better ones.
bool is_3d(const ConvolutionSpec& spec) {
  return spec.z.input != 1 || spec.z.output != 1 || spec.z.kernel != 1 || spec.z.pad_begin != 0;
}
Tag channels_last(const ConvolutionSpec& spec) { return is_3d(spec) ? Tag::ndhwc : Tag::nhwc; }

/// Leading dimensions followed by a number of each spatial axis.
template <typename Member>
memory::dims with_axes(const ConvolutionSpec& spec, memory::dims leading, Member number_of) {
  if (is_3d(spec)) leading.push_back(number_of(spec.z));
  leading.push_back(number_of(spec.y));
  leading.push_back(number_of(spec.x));
  return leading;
}

/// The post-ops of a spec, oneDNN's operands included. For int8 the offset is the first of them: oneDNN 2.6 adds a bias
/// before it scales.
class PostOpChain {
 public:
  PostOpChain(const ConvolutionSpec& spec, bool by_onednn, dnnl::primitive_attr& attributes)
      : per_channel_(with_axes(spec, {1, spec.output_channels}, [](const auto&) { return 1; }), Type::f32,
                     channels_last(spec)) {
    if (spec.source_element == Element::kUint8 && !spec.offset.empty()) {
      const auto whole = with_axes(spec, {1, spec.output_channels}, [](const auto& axis) { return axis.output; });
      add_binary(dnnl::algorithm::binary_add,
                 spec.offset_per_pixel ? memory::desc(whole, Type::f32, channels_last(spec)) : per_channel_,
                 spec.offset);
    }
    if (!by_onednn) return;
    for (const auto& op : spec.post_ops) {
      if (!op.is_affine) {
        ops_.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, op.slope, 0.0F);
        continue;
      }
      if (!op.gain.empty()) add_binary(dnnl::algorithm::binary_mul, per_channel_, op.gain);
      add_binary(dnnl::algorithm::binary_add, per_channel_, op.shift);
    }
    attributes.set_post_ops(ops_);
  }
  const std::vector<Constant>& operands() const { return operands_; }

 private:
  void add_binary(dnnl::algorithm algorithm, const memory::desc& desc, const std::vector<float>& numbers) {
    const int index = ops_.len();
    ops_.append_binary(algorithm, desc);
    operands_.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | DNNL_ARG_SRC_1, float_memory(desc, numbers)});
  }

  memory::desc per_channel_;
  dnnl::post_ops ops_;
  std::vector<Constant> operands_;
};

/// Padding behind the image that gives exactly the spec's output size.
std::int64_t pad_end(const ConvolutionSpec::Axis& axis, bool transposed) {
  const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  if (transposed) return (axis.input - 1) * axis.stride + reach - axis.output - axis.pad_begin;
  return (axis.output - 1) * axis.stride + reach - axis.input - axis.pad_begin;
}

/// Post-ops on float32 pixels that a convolution has written, channels last.
void apply_post_ops(const std::vector<PostOp>& post_ops, std::size_t pixels, std::size_t channels, float* t) noexcept {
  for (const auto& op : post_ops)
    for (std::size_t p = 0; p < pixels; ++p)
      for (std::size_t c = 0; c < channels; ++c) {
        float& x = t[p * channels + c];
        if (!op.is_affine)
          x = x > 0 ? x : op.slope * x;
        else
          x = (op.gain.empty() ? x : x * op.gain[c]) + op.shift[c];
      }
}

class BoundConvolution final : public BoundStep {
 public:
  /// `after`: what is left to do on `destination`; empty: nothing.
  BoundConvolution(dnnl::primitive primitive, std::vector<Constant> arguments, std::vector<PostOp> after,
                   std::size_t pixels, std::size_t channels, float* destination)
      : primitive_(std::move(primitive)),
        memories_(std::move(arguments)),
        stream_(cpu_engine()),
        after_(std::move(after)),
        pixels_(pixels),
        channels_(channels),
        destination_(destination) {
    for (const auto& [argument, value] : memories_) arguments_.push_back({argument, value.get()});
  }

  dnnl_status_t execute() noexcept {
    return dnnl_primitive_execute(primitive_.get(), stream_.get(), static_cast<int>(arguments_.size()),
                                  arguments_.data());
  }
  // The arguments' kinds and sizes never change, and bind() has seen the primitive succeed with them.
  void run() noexcept override {
    static_cast<void>(execute());
    apply_post_ops(after_, pixels_, channels_, destination_);
  }

 private:
  dnnl::primitive primitive_;
  std::vector<Constant> memories_;  // owns what arguments_ points to
  std::vector<dnnl_exec_arg_t> arguments_;
  dnnl::stream stream_;
  std::vector<PostOp> after_;
  std::size_t pixels_, channels_;
  float* destination_;
};

class ConvolutionStep final : public Step {
 public:
  ConvolutionStep(const ConvolutionSpec& spec, bool post_ops_by_onednn, std::string_view* implementation)
      : spec_(spec), post_ops_by_onednn_(post_ops_by_onednn) {
    const bool int8 = spec.source_element == Element::kUint8;
    const auto source_dims = with_axes(spec, {1, spec.input_channels}, [](const auto& a) { return a.input; });
    const auto destination_dims = with_axes(spec, {1, spec.output_channels}, [](const auto& a) { return a.output; });
    const auto type_of = [](Element element) {
      return element == Element::kFloat32 ? Type::f32 : element == Element::kBfloat16 ? Type::bf16 : Type::u8;
    };
    source_ = memory::desc(source_dims, type_of(spec.source_element), channels_last(spec));
    destination_ = memory::desc(destination_dims, type_of(spec.destination_element), channels_last(spec));
    const auto weight_type = int8 ? Type::s8 : type_of(spec.source_element);
    auto weight_dims = with_axes(spec, {spec.output_channels, spec.input_channels / spec.groups},
                                 [](const auto& a) { return a.kernel; });
    Tag plain = is_3d(spec) ? Tag::oidhw : Tag::oihw;
    if (spec.groups != 1) {
      weight_dims[0] /= spec.groups;
      weight_dims.insert(weight_dims.begin(), spec.groups);
      plain = is_3d(spec) ? Tag::goidhw : Tag::goihw;
    }
    const memory::desc weights(weight_dims, weight_type, Tag::any);
    memory::desc bias;
    if (!int8 && !spec.offset.empty()) {
      bias = memory::desc({spec.output_channels}, Type::f32, Tag::x);
      constants_.push_back({DNNL_ARG_BIAS, float_memory(bias, spec.offset)});
    }

    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);  // the library's own is bound to a thread
    const PostOpChain post_ops(spec, post_ops_by_onednn, attributes);
    constants_.insert(constants_.end(), post_ops.operands().begin(), post_ops.operands().end());
    if (int8) attributes.set_output_scales(1 << 1, spec.scale);

    const auto strides = with_axes(spec, {}, [](const auto& a) { return a.stride; });
    const auto dilations = with_axes(spec, {}, [](const auto& a) { return a.dilation - 1; });
    const auto before = with_axes(spec, {}, [](const auto& a) { return a.pad_begin; });
    const auto after = with_axes(spec, {}, [&](const auto& a) { return pad_end(a, spec.transposed); });
    memory::desc packed;
    const auto finish = [&](const auto& description) {
      packed = description.weights_desc();
      scratchpad_ = description.scratchpad_desc();
      implementation_ = description.impl_info_str();
      *implementation = implementation_;
    };
    if (spec.transposed) {
      const dnnl::deconvolution_forward::primitive_desc description(
          {dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct, source_, weights, bias,
           destination_, strides, dilations, before, after},
          attributes, cpu_engine());
      finish(description);
      primitive_ = dnnl::deconvolution_forward(description);
    } else {
      const dnnl::convolution_forward::primitive_desc description(
          {dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, source_, weights, bias,
           destination_, strides, dilations, before, after},
          attributes, cpu_engine());
      finish(description);
      primitive_ = dnnl::convolution_forward(description);
    }
    pack_weights(memory::desc(weight_dims, int8 ? Type::s8 : Type::f32, plain), packed);
    spec_.weights_float32 = {};
    spec_.weights_integer = {};
    spec_.offset = {};
  }

  std::unique_ptr<BoundStep> bind(const StreamMemory& at) const override {
    auto arguments = constants_;
    arguments.push_back({DNNL_ARG_SRC, memory(source_, cpu_engine(), at.at(spec_.source))});
    arguments.push_back({DNNL_ARG_DST, memory(destination_, cpu_engine(), at.at(spec_.destination))});
    arguments.push_back({DNNL_ARG_SCRATCHPAD, memory(scratchpad_, cpu_engine(), at.scratch)});
    const auto pixels = static_cast<std::size_t>(spec_.z.output * spec_.y.output * spec_.x.output);
    auto bound = std::make_unique<BoundConvolution>(primitive_, std::move(arguments),
                                                    post_ops_by_onednn_ ? std::vector<PostOp>{} : spec_.post_ops,
                                                    pixels, static_cast<std::size_t>(spec_.output_channels),
                                                    static_cast<float*>(static_cast<void*>(at.at(spec_.destination))));
    if (tried_) return bound;  // what can fail is the primitive's own; once is enough for all slots and streams
    const SingleThread alone;
    if (const auto status = bound->execute(); status != dnnl_success)
      throw run_failed(fmt::format("layer {}: oneDNN's {} failed with status {} (not enough memory?)", spec_.layer,
                                   implementation_, static_cast<int>(status)));
    tried_ = true;
    return bound;
  }

  std::size_t scratch_bytes() const noexcept override { return scratchpad_.get_size(); }
  std::size_t weight_bytes() const noexcept override {
    std::size_t bytes = 0;
    for (const auto& constant : constants_) bytes += constant.value.get_desc().get_size();
    return bytes;
  }
  std::string kernel_name() const override { return "oneDNN " + implementation_; }

 private:
  void pack_weights(const memory::desc& plain, const memory::desc& packed) {
    const std::vector<std::int8_t> bytes(spec_.weights_integer.begin(), spec_.weights_integer.end());
    const void* numbers =
        bytes.empty() ? static_cast<const void*>(spec_.weights_float32.data()) : static_cast<const void*>(bytes.data());
    memory from(plain, cpu_engine(), const_cast<void*>(numbers));  // the reorder only reads it
    memory to(packed, cpu_engine());
    dnnl::stream stream(cpu_engine());
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    constants_.push_back({DNNL_ARG_WEIGHTS, to});
  }

  ConvolutionSpec spec_;  // weights and offset are dropped once packed
  bool post_ops_by_onednn_;
  memory::desc source_, destination_, scratchpad_;
  std::vector<Constant> constants_;
  dnnl::primitive primitive_;
  std::string implementation_;
  mutable std::atomic<bool> tried_ = false;  ///< it has run once without an error
};

/// oneDNN crashes where it gets no memory for the machine code that it makes of a convolution: it is asked for before.
/// Error: std::bad_alloc.
void require_room_for_code() {
  constexpr std::size_t kCode = std::size_t{32} << 20U;
  void* const room = ::mmap(nullptr, kCode, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw std::bad_alloc();
  ::munmap(room, kCode);
}

}  // namespace

std::unique_ptr<Step> onednn_convolution(const ConvolutionSpec& spec) {
  const bool int8 = spec.source_element == Element::kUint8;
  const bool bfloat16 = spec.source_element == Element::kBfloat16;
  // oneDNN 2.6's int8 deconvolution leaves pixels that no tap meets unset (found by
  // Int8Convolution.SameBytesWithoutVnni).
  const bool has_gaps = spec.z.kernel < spec.z.stride || spec.y.kernel < spec.y.stride || spec.x.kernel < spec.x.stride;
  // And it gives other numbers where output_padding reaches beyond what is cropped behind (found by random graphs).
  const bool is_longer =
      spec.transposed && (pad_end(spec.z, true) < 0 || pad_end(spec.y, true) < 0 || pad_end(spec.x, true) < 0);
  if (int8 && spec.transposed && (has_gaps || is_longer)) return nullptr;
  require_room_for_code();
  const SingleThread alone;  // primitives are made for the number of threads that they find
  try {
    std::string_view implementation;
    auto step = std::make_unique<ConvolutionStep>(spec, true, &implementation);
    // Kernels without VNNI or AMX saturate sums of two products in int16, and the reference takes seconds.
    const auto names = [&](const char* text) { return implementation.find(text) != std::string_view::npos; };
    if (int8 && !names("vnni") && !names("amx_int8")) return nullptr;
    // oneDNN 2.6's convolution by matrix products mixes up the channels of operands over three axes (found by random
    // graphs). AVX2 has it for dilation, processors without AVX2 for all.
    if (is_3d(spec) && spec.source_element == Element::kFloat32 && spec.destination_element == Element::kFloat32 &&
        names("gemm"))
      step = std::make_unique<ConvolutionStep>(spec, false, &implementation);
    // Others convert to float32 and back, or are the slow reference.
    if (bfloat16 && !names("avx512_core_bf16") && !names("amx_bf16")) return nullptr;
    return step;
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    if (int8 || bfloat16) return nullptr;
    throw run_failed(fmt::format("layer {}: oneDNN cannot run this convolution ({}); report it with the model",
                                 spec.layer, error.what()));
  }
}

}  // namespace octocal::engine
