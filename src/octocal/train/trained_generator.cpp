#include "octocal/train/trained_generator.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <span>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/train/generator_network.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kChunk = 32;
constexpr std::int64_t kRatioFirst = std::int64_t{1} << 40;  // showers of response_ratio, apart from others

}  // namespace

at::Tensor TrainedGenerator::generate(const at::Tensor& energy, std::uint64_t seed, std::int64_t first) const {
  const at::NoGradGuard no_gradients;
  const auto gev = energy.to(at::kFloat).contiguous();
  auto numbers = at::empty({gev.size(0), static_cast<std::int64_t>(spec.latent_size)}, at::kFloat);
  model::make_latents(latent, seed, Draw::kPhysics, static_cast<std::uint64_t>(first),
                      std::span(gev.data_ptr<float>(), static_cast<std::size_t>(gev.numel())),
                      std::span(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel())));
  const auto image = generator_image(spec, parameters, numbers);
  return make_cells(spec, sharpness < 0 ? image : rectify(image, sharpness), gev);
}

double response_ratio(const TrainedGenerator& generator, const data::EnergyResponse& response, double low, double high,
                      std::int64_t count, std::uint64_t seed) {
  double sum = 0;
  for (std::int64_t done = 0; done < count; done += kChunk) {
    throw_if_interrupted();
    const auto here = std::min(kChunk, count - done);
    const auto energy =
        (low + (high - low) * (at::arange(done, done + here, at::kDouble) + 0.5) / static_cast<double>(count))
            .to(at::kFloat);
    const auto ecal = generator.generate(energy, seed, kRatioFirst + done).sum({1, 2, 3}, false, at::kDouble);
    for (std::int64_t i = 0; i < here; ++i) sum += ecal[i].item<double>() / response.ecal_gev(energy[i].item<double>());
  }
  return sum / static_cast<double>(count);
}

}  // namespace octocal::train
