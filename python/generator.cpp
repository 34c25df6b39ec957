// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "bindings.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/study/layers_json.hpp"
#include "octocal/study/open_model.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

/// Showers between two looks for Ctrl-C.
constexpr std::size_t kAtOnce = 1024;

/// A model opened for generation, with the model's metadata beside it.
class Generator {
 public:
  Generator(const std::string& file, study::EngineSettings settings, std::uint64_t seed)
      : Generator(study::open_model(file, settings.model_info), settings, seed) {}

  py::object generate(const FloatArray& energy_gev, std::uint64_t first, bool keep_latents) {
    const auto& info = generator_->info();
    const auto n = energy_gev.size();
    const auto size = [](std::size_t number) { return static_cast<py::ssize_t>(number); };
    py::array_t<float> cells({n, size(info.nx), size(info.ny), size(info.nz)});
    py::array_t<float> latents({keep_latents ? n : 0, size(info.latent_size)});
    const auto energies = view(energy_gev);
    const std::span<float> all_cells(cells.mutable_data(), static_cast<std::size_t>(cells.size()));
    const std::span<float> all_latents(latents.mutable_data(), static_cast<std::size_t>(latents.size()));
    {
      const py::gil_scoped_release unlocked;
      const InterruptScope interrupts;
      const std::size_t in_shower = info.nx * info.ny * info.nz, columns = keep_latents ? info.latent_size : 0;
      for (std::size_t start = 0; start < energies.size(); start += kAtOnce) {
        throw_if_interrupted();
        const std::size_t count = std::min(kAtOnce, energies.size() - start);
        generator_->generate(first + start, energies.subspan(start, count),
                             all_cells.subspan(start * in_shower, count * in_shower),
                             all_latents.subspan(start * columns, count * columns));
      }
    }
    if (keep_latents) return py::make_tuple(cells, latents);
    return py::object(cells);
  }

  py::object layers() const { return to_python(study::layers_json(generator_->program().layers())); }

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::pair<double, double> energy_range() const {
    return {generator_->info().energy_min_gev, generator_->info().energy_max_gev};
  }
  py::tuple shape() const {
    const auto& info = generator_->info();
    return py::make_tuple(info.nx, info.ny, info.nz);
  }
  int streams() const { return generator_->streams(); }
  const std::string& model_hash() const { return hash_; }

 private:
  Generator(const study::OpenModel& model, const study::EngineSettings& settings, std::uint64_t seed)
      : generator_(study::make_generator(model, settings, seed)), metadata_(model.graph.metadata), hash_(model.hash) {}

  std::unique_ptr<engine::ShowerGenerator> generator_;
  std::map<std::string, std::string> metadata_;
  std::string hash_;
};

}  // namespace

void add_generator(py::module_& module) {
  py::class_<Generator>(module, "Generator", "A generator model, compiled for this machine. Any thread may call it.")
      .def(py::init([](const std::string& model, int streams, std::size_t batch, std::uint64_t seed,
                       const std::map<std::string, std::string>& metadata, bool extrapolate,
                       const std::string& affinity) {
             study::EngineSettings settings;
             settings.streams = streams;
             settings.batch = batch;
             settings.model_info = metadata;
             settings.extrapolate = extrapolate;
             settings.affinity = engine::affinity_from(affinity);
             return std::make_unique<Generator>(model, settings, seed);
           }),
           py::arg("model"), py::arg("streams") = 0, py::arg("batch") = 8, py::arg("seed") = 1,
           py::arg("metadata") = std::map<std::string, std::string>{}, py::arg("extrapolate") = false,
           py::arg("affinity") = "none",
           "model: ONNX file; streams: 1 = in the calling thread, 0 = one a core; metadata: octocal.* keys that the\n"
           "file lacks; extrapolate: allow energies outside the model's range; affinity: cores of several streams,\n"
           "'none', 'compact' or 'spread'. Calls from several threads wait for each other; for calls at the same time\n"
           "make one generator a thread, streams=1.")
      .def("generate", &Generator::generate, py::arg("energy_gev"), py::arg("first") = 0,
           py::arg("keep_latents") = false,
           "Showers first, first + 1, ... of this seed at the given primary energies: float32 (n, nx, ny, nz) in GeV;\n"
           "with keep_latents a pair (cells, latents).")
      .def_property_readonly("energy_range_gev", &Generator::energy_range)
      .def_property_readonly("shape", &Generator::shape, "(nx, ny, nz) of a shower.")
      .def_property_readonly("streams", &Generator::streams)
      .def_property_readonly("metadata", &Generator::metadata)
      .def_property_readonly("model_hash", &Generator::model_hash)
      .def_property_readonly("layers", &Generator::layers, "What runs, per layer: asked, ran, kernel, reason.");
}

}  // namespace octocal::python
