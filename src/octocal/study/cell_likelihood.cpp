// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/cell_likelihood.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/engine/program.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/profile_spec.hpp"
#include "octocal/study/told_cells.hpp"

namespace octocal::study {
namespace {

constexpr std::size_t kToldAtOnce = 8;
constexpr double kLeastBinWidth = 1e-4;  // of log energy; the trainer counts narrower bins as this, too
constexpr double kLeastEcalGev = 1e-9;   // under the logarithm of an empty shower

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// Energies of columns, rows and layers of one shower.
struct ShowerProfiles {
  std::vector<double> x, y, z;
  double ecal = 0;
  double hits = 0;

  ShowerProfiles(std::span<const float> cells, const data::Geometry& size) : x(size.nx), y(size.ny), z(size.nz) {
    const float* cell = cells.data();
    for (auto& column : x)
      for (auto& row : y)
        for (auto& layer : z) {
          const auto energy = static_cast<double>(*cell++);
          column += energy;
          row += energy;
          layer += energy;
          ecal += energy;
          if (energy > data::kHitThresholdGev) ++hits;
        }
  }

  /// The D numbers of model/profile_spec.hpp.
  void describe(double energy_gev, std::span<float> numbers) const {
    std::size_t next = 0;
    const auto put = [&](double number) { numbers[next++] = static_cast<float>(number); };
    const double whole = std::max(ecal, kLeastEcalGev);
    put(std::log(whole / energy_gev));
    for (const auto* profile : {&z, &x, &y}) {
      const auto n = profile->size();
      const auto axes = model::helmert_axes(static_cast<std::int64_t>(n));
      for (std::size_t axis = 0; axis + 1 < n; ++axis) {
        double along = 0;
        for (std::size_t i = 0; i < n; ++i)
          along += static_cast<double>(axes[axis * n + i]) * std::log((*profile)[i] / whole + model::kEmptyShare);
        put(along);
      }
    }
    put(std::log(hits + 1));
  }
};

/// Where a draw's cell lies in a shower: its layer l, its pixel `at` of (columns, rows).
std::size_t cell_of(const ToldDraw& draw, std::size_t l, std::size_t at, const data::Geometry& size) {
  const auto x = static_cast<std::size_t>(draw.of_x[at / draw.of_y.size()]);
  const auto y = static_cast<std::size_t>(draw.of_y[at % draw.of_y.size()]);
  return (x * size.ny + y) * size.nz + static_cast<std::size_t>(draw.of_z[l]);
}

}  // namespace

/// What a network of cells says of given showers.
struct CellLikelihood::Impl {
  class Density;
  Impl(ToldCells told_cells, const std::string& origin);
  std::span<float> row(std::map<std::string, std::vector<float>>& of, const std::string& value, std::size_t i);
  void tell(std::size_t i, double energy_gev, std::span<const float> cells, const data::Geometry& size);
  double nats(std::size_t i, std::span<const float> cells, const data::Geometry& size);

  ToldCells told;
  std::shared_ptr<const engine::Program> program;
  engine::Stream stream;
  std::string name;
  std::vector<Density> densities;
  std::map<std::string, std::vector<float>> inputs, outputs;
};

/// The density of a draw, ready to be asked.
class CellLikelihood::Impl::Density {
 public:
  explicit Density(const ToldDraw& draw)
      : bins_(draw.log_density.as<float>().size()), statistics_(static_cast<std::size_t>(draw.basis.shape[0])) {
    for (const float a : draw.log_density.as<float>()) log_density_.push_back(static_cast<double>(a));
    for (const float phi : draw.basis.as<float>()) basis_.push_back(static_cast<double>(phi));
    edges_.assign(draw.edges.as<float>().begin(), draw.edges.as<float>().end());
    logs_.resize(bins_);
  }

  /// Log of the density in log(E/GeV) of a hit; `theta`: the first of the statistics, `step` apart.
  double operator()(const float* theta, std::size_t step, float energy_gev) {
    logs_ = log_density_;
    for (std::size_t s = 0; s < statistics_; ++s) {
      const auto weight = static_cast<double>(theta[s * step]);
      for (std::size_t j = 0; j < bins_; ++j) logs_[j] += weight * basis_[s * bins_ + j];
    }
    const double largest = *std::max_element(logs_.begin(), logs_.end());
    double sum = 0;
    for (const double value : logs_) sum += std::exp(value - largest);
    // What lies outside the edges counts to the outer bins. In float32, as edges are: some of them are a hit's energy.
    const auto inner = std::lower_bound(edges_.begin() + 1, edges_.end() - 1, std::log(energy_gev));
    const auto bin = static_cast<std::size_t>(inner - edges_.begin()) - 1;
    return logs_[bin] - largest - std::log(sum) -
           std::log(std::max(static_cast<double>(edges_[bin + 1] - edges_[bin]), kLeastBinWidth));
  }

 private:
  std::size_t bins_, statistics_;
  std::vector<double> log_density_, basis_, logs_;
  std::vector<float> edges_;
};

CellLikelihood::Impl::Impl(ToldCells told_cells, const std::string& origin)
    : told(std::move(told_cells)),
      program(engine::Program::compile(told.graph, {kToldAtOnce, origin})),
      stream(program),
      name(origin) {
  for (const auto& draw : told.draws) densities.emplace_back(draw);
  const auto make_room = [](const std::vector<model::Value>& values, auto& memory) {
    for (const auto& value : values)
      memory[value.name].resize(kToldAtOnce * model::elements({value.shape.begin() + 1, value.shape.end()}));
  };
  make_room(program->inputs(), inputs);
  make_room(program->outputs(), outputs);
}

/// That of shower i of a batch; empty for the cells of the last draw, which no head sees.
std::span<float> CellLikelihood::Impl::row(std::map<std::string, std::vector<float>>& of, const std::string& value,
                                           std::size_t i) {
  const auto found = of.find(value);
  if (found == of.end()) return {};
  const auto size = found->second.size() / kToldAtOnce;
  return std::span(found->second).subspan(i * size, size);
}

void CellLikelihood::Impl::tell(std::size_t i, double energy_gev, std::span<const float> cells,
                                const data::Geometry& size) {
  const ShowerProfiles profiles(cells, size);
  row(inputs, "energy", i)[0] = static_cast<float>(energy_gev);
  const auto put = [&](const std::string& value, const std::vector<double>& numbers) {
    std::transform(numbers.begin(), numbers.end(), row(inputs, value, i).begin(),
                   [](double number) { return static_cast<float>(number); });
  };
  put(told.x, profiles.x);
  put(told.y, profiles.y);
  put(told.z, profiles.z);
  profiles.describe(energy_gev, row(inputs, told.description, i));
  for (const auto& draw : told.draws) {
    auto drawn = row(inputs, draw.cells, i);
    if (drawn.empty()) continue;
    const auto colour = draw.colour.as<float>();
    for (std::size_t l = 0; l < draw.of_z.size(); ++l)
      for (std::size_t at = 0; at < colour.size(); ++at)
        drawn[l * colour.size() + at] = colour[at] != 0 ? cells[cell_of(draw, l, at, size)] : 0;
  }
}

double CellLikelihood::Impl::nats(std::size_t i, std::span<const float> cells, const data::Geometry& size) {
  double sum = 0;
  for (std::size_t k = 0; k < told.draws.size(); ++k) {
    const auto& draw = told.draws[k];
    const auto values = row(outputs, draw.values, i);
    const auto colour = draw.colour.as<float>();
    const auto layer = colour.size();
    const auto layers = draw.of_z.size();
    for (std::size_t l = 0; l < layers; ++l)
      for (std::size_t at = 0; at < layer; ++at) {
        if (colour[at] == 0) continue;
        const float* value = values.data() + l * layer + at;
        const float energy = cells[cell_of(draw, l, at, size)];
        const auto logit = static_cast<double>(*value);
        sum += softplus(energy > 0 ? -logit : logit);
        if (energy > 0) sum -= densities[k](value + layers * layer, layers * layer, energy);
      }
  }
  return sum;
}

bool CellLikelihood::is_known_of(const model::Graph& graph) noexcept {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const auto& node) { return node.op == model::kDrawCells; });
}

CellLikelihood::CellLikelihood(const model::Graph& graph, const std::string& origin) {
  auto told = tell_cells(graph, origin);
  if (!told)
    throw bad_input(
        fmt::format("{}: its likelihood is not known (it draws cells in another way than octocal's "
                    "network of cells); judge it by `validate`",
                    origin));
  impl_ = std::make_unique<Impl>(std::move(*told), origin);
}

CellLikelihood::~CellLikelihood() = default;

std::vector<double> CellLikelihood::nats(const data::ShowerBatch& showers, std::size_t first, std::size_t count) {
  const auto& size = showers.geometry;
  auto& own = *impl_;
  const auto& image = own.told.image;
  if (image.x != static_cast<std::int64_t>(size.nx) || image.y != static_cast<std::int64_t>(size.ny) ||
      image.z != static_cast<std::int64_t>(size.nz))
    throw bad_input(
        fmt::format("{}: makes {} x {} x {} cells, the showers have {} x {} x {}; give showers of the "
                    "model's calorimeter",
                    own.name, image.x, image.y, image.z, size.nx, size.ny, size.nz));
  std::vector<std::span<const float>> inputs;
  for (const auto& input : own.program->inputs()) inputs.emplace_back(own.inputs.at(input.name));
  std::vector<std::span<float>> outputs;
  for (const auto& output : own.program->outputs()) outputs.emplace_back(own.outputs.at(output.name));
  std::vector<double> result;
  std::vector<std::vector<float>> cells(kToldAtOnce);
  for (std::size_t done = 0; done < count; done += kToldAtOnce) {
    throw_if_interrupted();
    const std::size_t batch = std::min(kToldAtOnce, count - done);
    for (std::size_t i = 0; i < batch; ++i) {
      const auto shower = showers.shower(first + done + i);
      cells[i].assign(shower.begin(), shower.end());
      for (float& cell : cells[i])
        if (!(cell >= data::kCellThresholdGev)) cell = 0;
      own.tell(i, static_cast<double>(showers.energy_gev[first + done + i]), cells[i], size);
    }
    own.stream.run(batch, inputs, outputs);
    for (std::size_t i = 0; i < batch; ++i) result.push_back(own.nats(i, cells[i], size));
  }
  return result;
}

physics::Number mean_nats(std::span<const double> nats) {
  const auto n = static_cast<double>(nats.size());
  double mean = 0, square = 0;
  for (const double one : nats) mean += one / n;
  for (const double one : nats) square += (one - mean) * (one - mean);
  return {mean, n > 1 ? std::sqrt(square / (n - 1) / n) : physics::kUndefined, physics::kUndefined};
}

}  // namespace octocal::study
