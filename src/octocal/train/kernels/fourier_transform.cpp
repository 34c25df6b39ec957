#include "octocal/train/kernels/fourier_transform.hpp"

#include <cmath>
#include <numbers>

#include "octocal/train/kernels/panel_product.hpp"

namespace octocal::train::kernels {

FourierTransform::FourierTransform(std::size_t length, std::size_t side, std::ptrdiff_t shift)
    : length_(length),
      side_(side),
      rows_forward_(2 * half() * side),
      columns_real_(length * 2 * side),
      columns_imaginary_(length * 2 * side),
      columns_back_(2 * side * 2 * length),
      rows_back_(side * 2 * half()) {
  const auto angle = [&](std::size_t frequency, std::size_t pixel) {
    const auto place = static_cast<std::ptrdiff_t>(pixel) + shift;
    const auto turns = static_cast<std::ptrdiff_t>(frequency) * place % static_cast<std::ptrdiff_t>(length);
    return 2 * std::numbers::pi * static_cast<double>(turns) / static_cast<double>(length);
  };
  const double scale = 1 / static_cast<double>(length * length);
  for (std::size_t k = 0; k < half(); ++k) {
    const double copies = k == 0 || k == length / 2 ? 1 : 2;  // the frequency that is not kept is its conjugate
    for (std::size_t h = 0; h < side; ++h) {
      rows_forward_[(2 * k) * side + h] = static_cast<float>(std::cos(angle(k, h)));
      rows_forward_[(2 * k + 1) * side + h] = static_cast<float>(-std::sin(angle(k, h)));
      rows_back_[h * 2 * half() + 2 * k] = static_cast<float>(copies * scale * std::cos(angle(k, h)));
      rows_back_[h * 2 * half() + 2 * k + 1] = static_cast<float>(-copies * scale * std::sin(angle(k, h)));
    }
  }
  for (std::size_t l = 0; l < length; ++l)
    for (std::size_t w = 0; w < side; ++w) {
      const auto cosine = static_cast<float>(std::cos(angle(l, w)));
      const auto sine = static_cast<float>(std::sin(angle(l, w)));
      columns_real_[l * 2 * side + w] = cosine;
      columns_real_[l * 2 * side + side + w] = sine;
      columns_imaginary_[l * 2 * side + w] = -sine;
      columns_imaginary_[l * 2 * side + side + w] = cosine;
      columns_back_[w * 2 * length + l] = cosine;
      columns_back_[w * 2 * length + length + l] = -sine;
      columns_back_[(side + w) * 2 * length + l] = sine;
      columns_back_[(side + w) * 2 * length + length + l] = cosine;
    }
}

void FourierTransform::forward(const float* image, std::ptrdiff_t pixel_stride, std::size_t channels, float* real,
                               float* imaginary, std::ptrdiff_t stride, float* scratch) const noexcept {
  const auto side = static_cast<std::ptrdiff_t>(side_);
  const auto depth = static_cast<std::ptrdiff_t>(channels);
  // scratch: (k, real or imaginary, w, channel)
  for (std::size_t w = 0; w < side_; ++w)
    multiply({2 * half(), side_, channels, rows_forward_.data(), side, 1,
              image + static_cast<std::ptrdiff_t>(w) * pixel_stride, side * pixel_stride, scratch + w * channels,
              side * depth, Store::kOverwrite});
  for (std::size_t k = 0; k < half(); ++k) {
    const float* rows = scratch + k * 2 * side_ * channels;
    const auto first = static_cast<std::ptrdiff_t>(k * length_) * stride;
    multiply({length_, 2 * side_, channels, columns_real_.data(), 2 * side, 1, rows, depth, real + first, stride,
              Store::kOverwrite});
    multiply({length_, 2 * side_, channels, columns_imaginary_.data(), 2 * side, 1, rows, depth, imaginary + first,
              stride, Store::kOverwrite});
  }
}

void FourierTransform::backward(const float* real, const float* imaginary, std::ptrdiff_t stride, std::size_t channels,
                                float* image, std::ptrdiff_t pixel_stride, float* scratch) const noexcept {
  const auto side = static_cast<std::ptrdiff_t>(side_);
  const auto depth = static_cast<std::ptrdiff_t>(channels);
  const auto length = static_cast<std::ptrdiff_t>(length_);
  for (std::size_t k = 0; k < half(); ++k) {
    float* rows = scratch + k * 2 * side_ * channels;
    const auto first = static_cast<std::ptrdiff_t>(k * length_) * stride;
    multiply({2 * side_, length_, channels, columns_back_.data(), 2 * length, 1, real + first, stride, rows, depth,
              Store::kOverwrite});
    multiply({2 * side_, length_, channels, columns_back_.data() + length, 2 * length, 1, imaginary + first, stride,
              rows, depth, Store::kAdd});
  }
  for (std::size_t w = 0; w < side_; ++w)
    multiply({side_, 2 * half(), channels, rows_back_.data(), static_cast<std::ptrdiff_t>(2 * half()), 1,
              scratch + w * channels, side * depth, image + static_cast<std::ptrdiff_t>(w) * pixel_stride,
              side * pixel_stride, Store::kOverwrite});
}

}  // namespace octocal::train::kernels
