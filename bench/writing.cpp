// SPDX-License-Identifier: Apache-2.0
// What writing showers costs, and where its ceiling is: the packers alone on showers of Geant4, then all of
// `octocal generate` with a model that computes almost nothing. See README.md here.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/base/run_program.hpp"
#include "octocal/data/cell_packer.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/generate_to_file.hpp"
#include "octocal/study/shipped_files.hpp"

namespace octocal {
namespace {

constexpr std::size_t kMeasured = 7;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// Of all threads of this process so far, in the kernel's share, too.
double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void time_packers() {
  data::ShowerReader reader({study::shipped_file("data/electrons_000.h5")});
  data::ShowerBatch batch;
  const std::size_t in_chunk = data::showers_in_chunk(reader.geometry());
  reader.read(0, reader.size() / in_chunk * in_chunk, batch);
  const std::size_t chunk_cells = in_chunk * batch.geometry.cells();
  fmt::print("{} showers of Geant4, {} in a chunk; median of {}\n\n{:<12}{:>14}{:>14}\n", batch.size(), in_chunk,
             kMeasured, "compression", "ms a shower", "bytes");
  for (const auto* name :
       {"none", "runs", "gzip:1", "gzip:2", "gzip:3", "gzip:4", "gzip:5", "gzip:6", "gzip:9", "gzip:12"}) {
    data::CellPacker packer(batch.geometry, data::Compression::parse(name));
    data::PackedCells packed;
    std::vector<double> times;
    std::size_t bytes = 0;
    const std::size_t repeats = std::string(name) == "gzip:12" ? 1 : kMeasured;
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      bytes = 0;
      const double start = thread_seconds();
      for (std::size_t first = 0; first < batch.cells_gev.size(); first += chunk_cells) {
        packer.pack(std::span(batch.cells_gev).subspan(first, chunk_cells), packed);
        bytes += packed.bytes.size();
      }
      times.push_back(thread_seconds() - start);
    }
    const auto showers = static_cast<double>(batch.size());
    fmt::print("{:<12}{:>14.4f}{:>14.0f}\n", name, 1e3 * median(times) / showers, static_cast<double>(bytes) / showers);
  }
}

/// cells = |latent| * a shower of Geant4.
void write_idle_model(const std::string& file) {
  data::ShowerReader reader({study::shipped_file("data/electrons_000.h5")});
  data::ShowerBatch batch;
  reader.read(0, 1, batch);
  const auto& [nx, ny, nz] = batch.geometry;
  const auto cells = static_cast<std::int64_t>(batch.geometry.cells());
  const std::vector<std::int64_t> shape = {-1, static_cast<std::int64_t>(nx), static_cast<std::int64_t>(ny),
                                           static_cast<std::int64_t>(nz)};
  model::Graph graph;
  graph.inputs = {{"latent", model::DataType::kFloat32, {model::kBatch, 1}}};
  graph.outputs = {{"cells", model::DataType::kFloat32, {model::kBatch, shape[1], shape[2], shape[3]}}};
  graph.constants["image"] = model::make_tensor({1, cells}, batch.cells_gev);
  graph.constants["shape"] = model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(shape));
  graph.nodes = {{"scale", "Abs", {"latent"}, {"scale:out"}, {}},
                 {"scaled", "Mul", {"scale:out", "image"}, {"scaled:out"}, {}},
                 {"cells", "Reshape", {"scaled:out", "shape"}, {"cells"}, {}}};
  model::GeneratorInfo info;
  info.latent = model::LatentConvention::kPaper;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = nx;
  info.ny = ny;
  info.nz = nz;
  info.latent_size = 1;
  model::write_generator_info(info, graph);
  model::write_onnx(graph, file);
}

struct Cost {
  double showers_per_second = 0, processor_ms = 0;
};

Cost cost_of(study::GenerateSettings settings, int streams, const char* compression) {
  settings.engine.streams = streams;
  settings.no_output = compression == nullptr;
  if (compression != nullptr) settings.compression = data::Compression::parse(compression);
  std::vector<double> rates, times;
  for (std::size_t repeat = 0; repeat < kMeasured; ++repeat) {
    const double start = processor_seconds();
    const auto result = study::generate_to_file(settings);
    times.push_back(1e3 * (processor_seconds() - start) / static_cast<double>(result.showers));
    rates.push_back(result.showers_per_second());
  }
  return {median(rates), median(times)};
}

void time_pipeline(const std::string& folder, std::int64_t showers) {
  study::GenerateSettings settings;
  settings.model = folder + "/idle.onnx";
  settings.output = folder + "/idle.h5";
  settings.showers = showers;
  write_idle_model(settings.model);
  fmt::print("\n{} showers of a model that computes almost nothing, on {} cores; median of {}\n\n", showers,
             usable_cores(), kMeasured);
  fmt::print("{:<9}{:<12}{:>12}{:>24}\n", "streams", "written", "showers/s", "processor ms a shower");
  for (const int streams : {1, 2, 4, 8, 16, 32}) {
    if (streams > 2 * usable_cores()) break;
    for (const char* compression : {static_cast<const char*>(nullptr), "runs", "gzip:1", "none"}) {
      const auto cost = cost_of(settings, streams, compression);
      fmt::print("{:<9}{:<12}{:>12.0f}{:>24.4f}\n", streams, compression == nullptr ? "no" : compression,
                 cost.showers_per_second, cost.processor_ms);
    }
  }
  std::filesystem::remove(settings.model);
  std::filesystem::remove(settings.output);
}

}  // namespace
}  // namespace octocal

int main(int count, char** arguments) {
  return octocal::run_program(
      [&] {
        octocal::time_packers();
        const std::string folder = count > 1 ? arguments[1] : std::filesystem::temp_directory_path().string();
        octocal::time_pipeline(folder, count > 2 ? std::atoll(arguments[2]) : 8000);
      },
      "measure fewer showers");
}
