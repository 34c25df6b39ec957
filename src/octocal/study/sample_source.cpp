// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/sample_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/data/shower_check.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/study/latent_identity.hpp"

namespace octocal::study {
namespace {

std::string stem(const std::string& file) { return std::filesystem::path(file).stem().string(); }

class FileSource final : public SampleSource {
 public:
  FileSource(const std::vector<std::string>& patterns, const std::string& kind, std::size_t most)
      : reader_(data::expand_shower_files(patterns)) {
    energies_gev_ = reader_.energies();
    if (most > energies_gev_.size() && kind == "reference") {
      throw bad_input(fmt::format("`showers` {}: {} has {} showers; ask for as many at most", most, patterns.front(),
                                  energies_gev_.size()));
    }
    if (most > 0) energies_gev_.resize(std::min(most, energies_gev_.size()));
    geometry_ = reader_.geometry();
    identity_.kind = kind;
    identity_.file = reader_.files().front();
    identity_.name = stem(identity_.file);
    identity_.file_bytes = std::filesystem::file_size(identity_.file);
    for (const auto& name : reader_.attribute_names()) identity_.metadata[name] = reader_.attribute(name);
    describe_origin();
  }

  void read(std::size_t first, std::size_t count, data::ShowerBatch& batch) override {
    reader_.read(first, count, batch);
  }

  std::string files_hash() const override { return reader_.hash(); }

 private:
  /// What `octocal generate` says of itself in the file.
  void describe_origin() {
    const auto text = [this](const char* key) -> std::optional<std::string> {
      const auto found = identity_.metadata.find(key);
      if (found == identity_.metadata.end()) return std::nullopt;
      return found->second;
    };
    identity_.model_hash = text("octocal.model_hash");
    identity_.precision = text("octocal.precision");
    identity_.latents = text("octocal.latents").value_or("");
    if (const auto seed = text("octocal.seed")) {
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(seed->data(), seed->data() + seed->size(), number);
      if (error == std::errc() && end == seed->data() + seed->size()) identity_.seed = number;
    }
  }

  data::ShowerReader reader_;
};

class ModelSource final : public SampleSource {
 public:
  ModelSource(const OpenModel& model, const EngineSettings& engine, std::uint64_t seed, std::vector<float> energies_gev)
      : generator_(make_generator(model, engine, seed)), batch_(engine.batch) {
    energies_gev_ = std::move(energies_gev);
    geometry_ = {model.info.nx, model.info.ny, model.info.nz};
    identity_.kind = "model";
    identity_.file = model.file;
    identity_.precision = generator_->program().precision();
    identity_.name = model.format.empty() ? *identity_.precision : model.format;
    identity_.file_bytes = model.format.empty() ? std::filesystem::file_size(model.file) : model.bytes;
    identity_.model_hash = model.hash;
    identity_.seed = seed;
    identity_.latents = latent_identity(seed, model.info);
    for (const auto& [key, value] : model.graph.metadata) {
      if (key.starts_with("octocal.")) identity_.metadata[key] = value;
    }
    identity_.layers = generator_->program().layers();
    if (CellLikelihood::is_known_of(model.graph))
      likelihood_ = std::make_unique<CellLikelihood>(model.graph, model.file);
  }

  CellLikelihood* likelihood() override { return likelihood_.get(); }

  void read(std::size_t first, std::size_t count, data::ShowerBatch& batch) override {
    OCTOCAL_EXPECT(first + count <= energies_gev_.size());
    batch.geometry = geometry_;
    batch.resize(count);
    std::copy_n(energies_gev_.begin() + static_cast<std::ptrdiff_t>(first), count, batch.energy_gev.begin());
    const auto start = std::chrono::steady_clock::now();
    generator_->generate(first, batch.energy_gev, batch.cells_gev);
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    made_ += count;
    if (first == 0) data::warn_of_model_units(identity_.file, batch);
  }

  std::optional<Timing> timing() const override { return Timing{seconds_, made_, generator_->streams(), batch_}; }

 private:
  std::unique_ptr<engine::ShowerGenerator> generator_;
  std::unique_ptr<CellLikelihood> likelihood_;
  std::size_t batch_;
  double seconds_ = 0;
  std::uint64_t made_ = 0;
};

template <typename NameOf>
void rename_where_equal(const std::vector<std::unique_ptr<SampleSource>>& sources, NameOf name_of) {
  std::vector<std::string> names;
  for (const auto& source : sources) names.push_back(source->identity().name);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    // The reference keeps its name.
    if (i > 0 && std::count(names.begin(), names.end(), names[i]) > 1) sources[i]->rename(name_of(i));
  }
}

}  // namespace

std::unique_ptr<SampleSource> open_shower_files(const std::vector<std::string>& patterns, const std::string& kind,
                                                std::size_t most) {
  return std::make_unique<FileSource>(patterns, kind, most);
}

std::unique_ptr<SampleSource> open_model_source(const OpenModel& model, const EngineSettings& engine,
                                                std::uint64_t seed, std::vector<float> energies_gev) {
  const auto [least, most] = std::minmax_element(energies_gev.begin(), energies_gev.end());
  check_energy_range(model, static_cast<double>(*least), static_cast<double>(*most), engine.extrapolate);
  return std::make_unique<ModelSource>(model, engine, seed, std::move(energies_gev));
}

void name_samples(const std::vector<std::unique_ptr<SampleSource>>& sources) {
  rename_where_equal(sources, [&](std::size_t i) { return stem(sources[i]->identity().file); });
  rename_where_equal(sources, [&](std::size_t i) { return fmt::format("{} ({})", sources[i]->identity().name, i); });
}

}  // namespace octocal::study
