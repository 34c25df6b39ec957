// SPDX-License-Identifier: Apache-2.0
// Python front: generate showers into numpy arrays, read and write shower files. No logic of its own.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/onnx_file.hpp"

namespace py = pybind11;

namespace {

using FloatArray = py::array_t<float, py::array::c_style | py::array::forcecast>;

std::span<const float> view(const FloatArray& array) { return {array.data(), static_cast<std::size_t>(array.size())}; }

/// A model opened for generation, with the model's metadata beside it.
class PyGenerator {
 public:
  PyGenerator(const std::string& file, int streams, std::size_t batch, std::uint64_t seed,
              const std::map<std::string, std::string>& metadata)
      : PyGenerator(octocal::model::read_onnx(file), file, {streams, batch, seed}, metadata) {}

  py::object generate(const FloatArray& energy_gev, std::uint64_t first, bool keep_latents) {
    const auto& info = generator_.info();
    const auto n = static_cast<py::ssize_t>(energy_gev.size());
    py::array_t<float> cells(
        {n, static_cast<py::ssize_t>(info.nx), static_cast<py::ssize_t>(info.ny), static_cast<py::ssize_t>(info.nz)});
    py::array_t<float> latents({keep_latents ? n : py::ssize_t{0}, static_cast<py::ssize_t>(info.latent_size)});
    const std::span<float> cells_out(cells.mutable_data(), static_cast<std::size_t>(cells.size()));
    const std::span<float> latents_out(latents.mutable_data(), static_cast<std::size_t>(latents.size()));
    {
      const py::gil_scoped_release unlocked;
      generator_.generate(first, view(energy_gev), cells_out, latents_out);
    }
    if (keep_latents) return py::make_tuple(cells, latents);
    return cells;
  }

  py::list layers() const {
    py::list rows;
    for (const auto& layer : generator_.program().layers()) {
      py::dict row;
      row["layer"] = layer.layer;
      row["ops"] = layer.ops;
      row["asked"] = layer.asked;
      row["ran"] = layer.ran;
      row["kernel"] = layer.kernel;
      row["reason"] = layer.reason;
      row["macs"] = layer.macs;
      rows.append(row);
    }
    return rows;
  }

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::pair<double, double> energy_range() const {
    return {generator_.info().energy_min_gev, generator_.info().energy_max_gev};
  }

 private:
  PyGenerator(const octocal::model::Graph& graph, const std::string& file,
              const octocal::engine::GeneratorOptions& options, const std::map<std::string, std::string>& metadata)
      : generator_(graph, octocal::model::read_generator_info(graph, file, metadata), options),
        metadata_(graph.metadata) {
    octocal::model::warn_of_assumptions(generator_.info(), file);
  }

  octocal::engine::ShowerGenerator generator_;
  std::map<std::string, std::string> metadata_;
};

py::tuple read_showers(const std::vector<std::string>& files, std::size_t first, py::object count) {
  octocal::data::ShowerReader reader(octocal::data::expand_shower_files(files));
  if (first > reader.size())
    throw octocal::bad_input("read_showers: first is beyond the last shower; the files hold " +
                             std::to_string(reader.size()));
  const std::size_t left = reader.size() - first;
  const std::size_t n = count.is_none() ? left : std::min(left, count.cast<std::size_t>());
  octocal::data::ShowerBatch batch;
  reader.read(first, n, batch);
  const auto& g = batch.geometry;
  return py::make_tuple(py::array_t<float>(batch.energy_gev.size(), batch.energy_gev.data()),
                        py::array_t<float>({batch.size(), g.nx, g.ny, g.nz}, batch.cells_gev.data()));
}

void write_showers(const std::string& file, const FloatArray& energy_gev, const FloatArray& cells_gev) {
  if (cells_gev.ndim() != 4 || cells_gev.shape(0) != energy_gev.size())
    throw octocal::bad_input(file + ": cells_gev must have the shape (len(energy_gev), nx, ny, nz); reshape it");
  octocal::data::WriterOptions options;
  options.geometry = {static_cast<std::size_t>(cells_gev.shape(1)), static_cast<std::size_t>(cells_gev.shape(2)),
                      static_cast<std::size_t>(cells_gev.shape(3))};
  octocal::data::ShowerBatch batch;
  batch.geometry = options.geometry;
  batch.energy_gev.assign(view(energy_gev).begin(), view(energy_gev).end());
  batch.cells_gev.assign(view(cells_gev).begin(), view(cells_gev).end());
  octocal::data::ShowerWriter writer(file, options);
  writer.append(batch);
  writer.finish();
}

}  // namespace

PYBIND11_MODULE(octocal, module) {
  module.doc() = "Calorimeter showers from a reduced-precision generator.";
  module.attr("__version__") = octocal::version();
  py::register_exception<octocal::Error>(module, "Error", PyExc_RuntimeError);

  py::class_<PyGenerator>(module, "Generator", "A generator model, compiled for this machine.")
      .def(py::init<const std::string&, int, std::size_t, std::uint64_t, const std::map<std::string, std::string>&>(),
           py::arg("model"), py::arg("streams") = 0, py::arg("batch") = 8, py::arg("seed") = 1,
           py::arg("metadata") = std::map<std::string, std::string>{},
           "model: ONNX file; streams: 0 = one a core; metadata: octocal.* keys that the file lacks.")
      .def("generate", &PyGenerator::generate, py::arg("energy_gev"), py::arg("first") = 0,
           py::arg("keep_latents") = false,
           "Showers first, first + 1, ... of this seed at the given primary energies: float32 (n, nx, ny, nz) in GeV;\n"
           "with keep_latents a pair (cells, latents).")
      .def_property_readonly("energy_range_gev", &PyGenerator::energy_range)
      .def_property_readonly("metadata", &PyGenerator::metadata)
      .def_property_readonly("layers", &PyGenerator::layers, "What runs, per layer: asked, ran, kernel, reason.");
  module.def("read_showers", &read_showers, py::arg("files"), py::arg("first") = 0, py::arg("count") = py::none(),
             "(energy_gev, cells_gev) of CLIC HDF5 files; file names or globs.");
  module.def("write_showers", &write_showers, py::arg("file"), py::arg("energy_gev"), py::arg("cells_gev"),
             "Writes a CLIC HDF5 file; it is complete or absent.");
}
