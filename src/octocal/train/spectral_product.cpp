// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/spectral_product.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "octocal/train/kernels/complex_product.hpp"
#include "octocal/train/kernels/folded_transform.hpp"

// Spectra of one row frequency k are made, multiplied and taken back while they are in the cache: only the row
// transforms (k, n, real | imaginary, w, channel) of images and results, and the spectrum that the gradient wants, are
// ever in memory as a whole.

namespace octocal::train {
namespace {

using kernels::FoldedTransform;
using std::size_t;

constexpr std::int64_t kApart = 80;      // floats between arrays that would else share the same lines of the cache
constexpr std::int64_t kColumns = 1024;  // columns of a weight's row transform that one thread takes at a time

/// Row transforms: (k, item, real | imaginary, w, column).
struct Rows {
  Rows(std::int64_t half, std::int64_t items, std::int64_t side, std::int64_t columns)
      : imaginary(side * columns), item(2 * imaginary), k(items * item + kApart), w(columns) {
    storage = at::empty({half * k}, at::kFloat);
    data = storage.data_ptr<float>();
  }
  std::int64_t imaginary, item, k, w;
  at::Tensor storage;
  float* data;
};

at::Tensor scratch_of(const FoldedTransform& transform) {
  return at::empty({static_cast<std::int64_t>(transform.scratch())}, at::kFloat);
}

Rows image_rows(const FoldedTransform& transform, const at::Tensor& pixels) {
  RECORD_FUNCTION("octocal::fourier rows", std::vector<c10::IValue>());
  const auto n = pixels.size(0);
  const auto line = pixels.size(2) * pixels.size(3);
  Rows rows(static_cast<std::int64_t>(transform.half()), n, pixels.size(2), pixels.size(3));
  const float* from = pixels.data_ptr<float>();
  at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
    const auto scratch = scratch_of(transform);
    for (std::int64_t i = first; i < last; ++i)
      transform.rows_forward(from + i * pixels.size(1) * line, line, static_cast<size_t>(line),
                             rows.data + i * rows.item, rows.k, rows.imaginary, scratch.data_ptr<float>());
  });
  return rows;
}

/// The same of one big image whose columns are shared out: weights (K, K, a, b).
Rows weight_rows(const FoldedTransform& transform, const at::Tensor& weight) {
  RECORD_FUNCTION("octocal::fourier weights", std::vector<c10::IValue>());
  const auto channels = weight.size(2) * weight.size(3);
  const auto line = weight.size(1) * channels;
  Rows rows(static_cast<std::int64_t>(transform.half()), 1, weight.size(1), channels);
  at::parallel_for(0, (line + kColumns - 1) / kColumns, 1, [&](std::int64_t first, std::int64_t last) {
    const auto scratch = scratch_of(transform);
    const auto from = first * kColumns;
    transform.rows_forward(weight.data_ptr<float>() + from, line,
                           static_cast<size_t>(std::min(line, last * kColumns) - from), rows.data + from, rows.k,
                           rows.imaginary, scratch.data_ptr<float>());
  });
  return rows;
}

at::Tensor images_of(const FoldedTransform& transform, const Rows& rows, std::int64_t n) {
  RECORD_FUNCTION("octocal::fourier rows back", std::vector<c10::IValue>());
  const auto side = static_cast<std::int64_t>(transform.count());
  auto pixels = at::empty({n, side, side, rows.w}, at::kFloat);
  const auto line = side * rows.w;
  at::parallel_for(0, n, 1, [&](std::int64_t first, std::int64_t last) {
    const auto scratch = scratch_of(transform);
    for (std::int64_t i = first; i < last; ++i)
      transform.rows_backward(rows.data + i * rows.item, rows.k, rows.imaginary, static_cast<size_t>(line),
                              pixels.data_ptr<float>() + i * side * line, line, scratch.data_ptr<float>());
  });
  return pixels;
}

at::Tensor weight_of(const FoldedTransform& transform, const Rows& rows, std::int64_t a, std::int64_t b) {
  RECORD_FUNCTION("octocal::fourier weights back", std::vector<c10::IValue>());
  const auto kernel = static_cast<std::int64_t>(transform.count());
  auto weight = at::empty({kernel, kernel, a, b}, at::kFloat);
  const auto line = kernel * a * b;
  at::parallel_for(0, (line + kColumns - 1) / kColumns, 1, [&](std::int64_t first, std::int64_t last) {
    const auto scratch = scratch_of(transform);
    const auto from = first * kColumns;
    transform.rows_backward(rows.data + from, rows.k, rows.imaginary,
                            static_cast<size_t>(std::min(line, last * kColumns) - from),
                            weight.data_ptr<float>() + from, line, scratch.data_ptr<float>());
  });
  return weight;
}

/// Spectra of one k. Word: float (real parts, then imaginary parts) or uint32 (pairs of bfloat16).
template <typename Word>
struct Spectra {
  static constexpr std::int64_t kParts = std::is_same_v<Word, float> ? 2 : 1;
  Word* data;
  std::int64_t item, l;  ///< words between items, and between frequencies
  std::int64_t columns;  ///< numbers of one frequency of one item

  Word* at(std::int64_t frequency) const { return data + frequency * l; }
};

template <typename Word>
void transform_columns(const FoldedTransform& transform, const Rows& rows, std::int64_t k, std::int64_t items,
                       const Spectra<Word>& spectra, float* scratch) {
  for (std::int64_t i = 0; i < items; ++i) {
    const float* from = rows.data + k * rows.k + i * rows.item;
    Word* to = spectra.data + i * spectra.item;
    if constexpr (std::is_same_v<Word, float>)
      transform.columns_forward(from, rows.w, rows.imaginary, static_cast<size_t>(spectra.columns), to, spectra.l,
                                spectra.columns, scratch);
    else
      transform.columns_forward(from, rows.w, rows.imaginary, static_cast<size_t>(spectra.columns), to, spectra.l,
                                scratch);
  }
}

void columns_back(const FoldedTransform& transform, const Spectra<float>& spectra, std::int64_t k, std::int64_t items,
                  const Rows& rows, float* scratch) {
  for (std::int64_t i = 0; i < items; ++i)
    transform.columns_backward(spectra.data + i * spectra.item, spectra.l, spectra.columns,
                               static_cast<size_t>(spectra.columns), rows.data + k * rows.k + i * rows.item, rows.w,
                               rows.imaginary, scratch);
}

/// to[item] = sum over channels of images[item] (conj) weights, at every frequency.
template <typename Word>
void multiply_images(const SpectralSizes& s, const Spectra<Word>& images, const Spectra<Word>& weights, bool conjugate,
                     const Spectra<float>& to) {
  const auto depth = static_cast<size_t>(images.columns);
  const auto columns = static_cast<size_t>(to.columns);
  for (std::int64_t l = 0; l < s.length; ++l) {
    if constexpr (std::is_same_v<Word, float>)
      kernels::multiply_complex(kernels::ComplexProduct{static_cast<size_t>(s.n), depth, columns, images.at(l),
                                                        images.item, 1, images.columns, weights.at(l), to.columns,
                                                        weights.columns, to.at(l), to.item, to.columns, conjugate},
                                s.isa);
    else
      kernels::multiply_complex(
          kernels::ComplexProductBf16{static_cast<size_t>(s.n), depth, columns, images.at(l), images.item, 1,
                                      weights.at(l), to.columns, to.at(l), to.item, to.columns, conjugate},
          s.isa);
  }
}

/// to (in, out) = sum over items of images[item] conj(gradients[item]), at every frequency.
template <typename Word>
void correlate(const SpectralSizes& s, const Spectra<Word>& images, const Spectra<Word>& gradients,
               const Spectra<float>& to) {
  const auto rows = static_cast<size_t>(images.columns);
  const auto columns = static_cast<size_t>(gradients.columns);
  for (std::int64_t l = 0; l < s.length; ++l) {
    if constexpr (std::is_same_v<Word, float>)
      kernels::multiply_complex(
          kernels::ComplexProduct{rows, static_cast<size_t>(s.n), columns, images.at(l), 1, images.item, images.columns,
                                  gradients.at(l), gradients.item, gradients.columns, to.at(l), gradients.columns,
                                  to.columns, true},
          s.isa);
    else
      kernels::multiply_complex(
          kernels::ComplexProductBf16{rows, static_cast<size_t>(s.n), columns, images.at(l), 1, images.item,
                                      gradients.at(l), gradients.item, to.at(l), gradients.columns, to.columns, true},
          s.isa);
  }
}

template <typename Word>
constexpr at::ScalarType kWordType = std::is_same_v<Word, float> ? at::kFloat : at::kInt;

template <typename Word>
Word* words(const at::Tensor& tensor) {
  if constexpr (std::is_same_v<Word, float>)
    return tensor.data_ptr<float>();
  else
    return reinterpret_cast<Word*>(tensor.data_ptr<std::int32_t>());
}

/// Room for one k's spectra of `items` times `columns` numbers.
template <typename Word>
struct Room {
  Room(std::int64_t items, std::int64_t length, std::int64_t columns, bool spread)
      : storage(at::empty({items * length * stride(columns, spread)}, kWordType<Word>)),
        spectra{words<Word>(storage), length * stride(columns, spread), stride(columns, spread), columns} {}
  static std::int64_t stride(std::int64_t columns, bool spread) {
    return Spectra<Word>::kParts * columns + (spread ? kApart : 0);
  }
  at::Tensor storage;
  Spectra<Word> spectra;
};

/// The k-th part of the stored spectrum of the images.
template <typename Word>
Spectra<Word> stored_spectra(const SpectralSizes& s, const at::Tensor& spectrum, std::int64_t k) {
  const auto l = Spectra<Word>::kParts * s.in;
  return {words<Word>(spectrum) + k * s.n * s.length * l, s.length * l, l, s.in};
}

FoldedTransform transform_of(const SpectralSizes& s, std::int64_t grid, std::int64_t first, std::int64_t count) {
  return {static_cast<size_t>(s.length), static_cast<size_t>(grid), static_cast<size_t>(first),
          static_cast<size_t>(count), s.isa};
}

template <typename Word>
SpectralResult forward(const SpectralSizes& s, const at::Tensor& pixels, const at::Tensor& weight) {
  const auto images = transform_of(s, s.side, 0, s.side);
  const auto weights = transform_of(s, s.kernel, 0, s.kernel);
  const auto results = transform_of(s, s.out_grid, s.skip, s.out_side);
  const auto from = image_rows(images, pixels);
  const auto factors = weight_rows(weights, weight);
  const Rows to(s.half(), s.n, s.out_side, s.out);
  auto spectrum = at::empty({s.half(), s.n, s.length, Spectra<Word>::kParts, s.in}, kWordType<Word>);
  {
    RECORD_FUNCTION("octocal::fourier product", std::vector<c10::IValue>());
    at::parallel_for(0, s.half(), 1, [&](std::int64_t first, std::int64_t last) {
      const Room<Word> w(1, s.length, s.in * s.out, true);
      const Room<float> y(s.n, s.length, s.out, false);
      const auto scratch = at::empty(
          {static_cast<std::int64_t>(std::max({images.scratch(), weights.scratch(), results.scratch()}))}, at::kFloat);
      for (std::int64_t k = first; k < last; ++k) {
        const auto x = stored_spectra<Word>(s, spectrum, k);
        transform_columns(images, from, k, s.n, x, scratch.data_ptr<float>());
        transform_columns(weights, factors, k, 1, w.spectra, scratch.data_ptr<float>());
        multiply_images(s, x, w.spectra, true, y.spectra);
        columns_back(results, y.spectra, k, s.n, to, scratch.data_ptr<float>());
      }
    });
  }
  return {images_of(results, to, s.n), spectrum};
}

template <typename Word>
SpectralGradients backward(const SpectralSizes& s, const at::Tensor& gradient, const at::Tensor& turned_weight,
                           const at::Tensor& spectrum) {
  const bool for_pixels = turned_weight.defined();
  const bool for_weight = spectrum.defined();
  const auto images = transform_of(s, s.side, 0, s.side);
  const auto weights = transform_of(s, s.kernel, 0, s.kernel);
  const auto results = transform_of(s, s.out_grid, s.skip, s.out_side);
  const auto from = image_rows(results, gradient);
  const auto factors = for_pixels ? weight_rows(weights, turned_weight) : Rows(0, 0, 0, 0);
  const Rows to_pixels(for_pixels ? s.half() : 0, s.n, s.side, s.in);
  const Rows to_weight(for_weight ? s.half() : 0, 1, s.kernel, s.in * s.out);
  {
    RECORD_FUNCTION("octocal::fourier product", std::vector<c10::IValue>());
    at::parallel_for(0, s.half(), 1, [&](std::int64_t first, std::int64_t last) {
      const Room<Word> g(s.n, s.length, s.out, false);
      const Room<Word> w(for_pixels ? 1 : 0, s.length, s.in * s.out, true);
      const Room<float> x(for_pixels ? s.n : 0, s.length, s.in, false);
      const Room<float> d(for_weight ? 1 : 0, s.length, s.in * s.out, true);
      const auto scratch = at::empty(
          {static_cast<std::int64_t>(std::max({images.scratch(), weights.scratch(), results.scratch()}))}, at::kFloat);
      for (std::int64_t k = first; k < last; ++k) {
        transform_columns(results, from, k, s.n, g.spectra, scratch.data_ptr<float>());
        if (for_pixels) {
          transform_columns(weights, factors, k, 1, w.spectra, scratch.data_ptr<float>());
          multiply_images(s, g.spectra, w.spectra, false, x.spectra);
          columns_back(images, x.spectra, k, s.n, to_pixels, scratch.data_ptr<float>());
        }
        if (for_weight) {
          correlate(s, stored_spectra<Word>(s, spectrum, k), g.spectra, d.spectra);
          columns_back(weights, d.spectra, k, 1, to_weight, scratch.data_ptr<float>());
        }
      }
    });
  }
  return {for_pixels ? images_of(images, to_pixels, s.n) : at::Tensor(),
          for_weight ? weight_of(weights, to_weight, s.in, s.out) : at::Tensor()};
}

}  // namespace

SpectralSizes spectral_sizes(at::IntArrayRef image, at::IntArrayRef weight, Padding padding, Precision precision) {
  SpectralSizes s{};
  s.n = image[0];
  s.in = weight[1];
  s.out = weight[0];
  s.kernel = weight[2];
  s.side = image[2];
  s.precision = precision;
  s.isa = machine_isa();
  const auto pad = std::max(padding.before, padding.after);
  s.out_side = s.side + padding.before + padding.after - s.kernel + 1;
  s.out_grid = s.side + 2 * pad - s.kernel + 1;
  s.skip = pad - padding.before;
  // So long that what wraps around meets only zeros or pixels that are not wanted; odd, so that every frequency but
  // zero has its opposite.
  s.length = (s.side + pad) | 1;
  return s;
}

SpectralResult spectral_forward(const SpectralSizes& sizes, const at::Tensor& pixels, const at::Tensor& weight) {
  return sizes.precision == Precision::kBf16 ? forward<std::uint32_t>(sizes, pixels, weight)
                                             : forward<float>(sizes, pixels, weight);
}

SpectralGradients spectral_backward(const SpectralSizes& sizes, const at::Tensor& gradient,
                                    const at::Tensor& turned_weight, const at::Tensor& spectrum) {
  return sizes.precision == Precision::kBf16 ? backward<std::uint32_t>(sizes, gradient, turned_weight, spectrum)
                                             : backward<float>(sizes, gradient, turned_weight, spectrum);
}

}  // namespace octocal::train
