// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/kernels/leaky_affine.hpp"

namespace octocal::train::kernels {
namespace {

[[gnu::always_inline]] inline void forward_body(const float* __restrict image, std::size_t pixels, std::size_t channels,
                                                const float* __restrict scale, const float* __restrict shift,
                                                float slope, float* __restrict out) {
  for (std::size_t p = 0; p < pixels; ++p, image += channels, out += channels)
    for (std::size_t c = 0; c < channels; ++c)
      out[c] = (image[c] < 0 ? slope * image[c] : image[c]) * scale[c] + shift[c];
}

[[gnu::always_inline]] inline void backward_body(const float* __restrict image, const float* __restrict gradient,
                                                 std::size_t pixels, std::size_t channels,
                                                 const float* __restrict scale, float slope,
                                                 float* __restrict image_gradient, float* __restrict scale_gradient,
                                                 float* __restrict shift_gradient) {
  for (std::size_t p = 0; p < pixels; ++p, image += channels, gradient += channels, image_gradient += channels)
    for (std::size_t c = 0; c < channels; ++c) {
      const float factor = image[c] < 0 ? slope : 1.0F;
      image_gradient[c] = gradient[c] * scale[c] * factor;
      scale_gradient[c] += gradient[c] * (image[c] * factor);
      shift_gradient[c] += gradient[c];
    }
}

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] void forward_avx512(const float* image, std::size_t pixels, std::size_t channels,
                                                   const float* scale, const float* shift, float slope, float* out) {
  forward_body(image, pixels, channels, scale, shift, slope, out);
}
[[gnu::target("avx512f,fma")]] void backward_avx512(const float* image, const float* gradient, std::size_t pixels,
                                                    std::size_t channels, const float* scale, float slope,
                                                    float* image_gradient, float* scale_gradient,
                                                    float* shift_gradient) {
  backward_body(image, gradient, pixels, channels, scale, slope, image_gradient, scale_gradient, shift_gradient);
}
#endif

}  // namespace

void epilogue_forward(const float* image, std::size_t pixels, std::size_t channels, const float* scale,
                      const float* shift, float slope, float* out, [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return forward_avx512(image, pixels, channels, scale, shift, slope, out);
#endif
  forward_body(image, pixels, channels, scale, shift, slope, out);
}

void epilogue_backward(const float* image, const float* gradient, std::size_t pixels, std::size_t channels,
                       const float* scale, float slope, float* image_gradient, float* scale_gradient,
                       float* shift_gradient, [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512)
    return backward_avx512(image, gradient, pixels, channels, scale, slope, image_gradient, scale_gradient,
                           shift_gradient);
#endif
  backward_body(image, gradient, pixels, channels, scale, slope, image_gradient, scale_gradient, shift_gradient);
}

}  // namespace octocal::train::kernels
