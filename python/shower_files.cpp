// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "octocal/base/error.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/shower_writer.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

/// A numpy array that owns the vector: no copy is made.
py::array_t<float> array_of(std::vector<float>&& values, std::vector<std::size_t> shape) {
  auto owner = std::make_unique<std::vector<float>>(std::move(values));
  const float* data = owner->data();
  const py::capsule free(owner.release(), [](void* vector) { delete static_cast<std::vector<float>*>(vector); });
  return py::array_t<float>(std::move(shape), data, free);
}

py::tuple read_showers(const Names& files, std::size_t first, std::optional<std::size_t> count) {
  data::ShowerBatch batch;
  {
    const py::gil_scoped_release unlocked;
    data::ShowerReader reader(data::expand_shower_files(files));
    if (first > reader.size())
      throw bad_input("`first` " + std::to_string(first) + ": the files hold " + std::to_string(reader.size()) +
                      " showers; begin at one of them");
    const std::size_t left = reader.size() - first;
    reader.read(first, std::min(left, count.value_or(left)), batch);
  }
  const auto& g = batch.geometry;
  const std::size_t n = batch.size();
  return py::make_tuple(array_of(std::move(batch.energy_gev), {n}),
                        array_of(std::move(batch.cells_gev), {n, g.nx, g.ny, g.nz}));
}

void write_showers(const Name& file, const FloatArray& energy_gev, const FloatArray& cells_gev,
                   const std::map<std::string, std::string>& attributes, const std::string& compression) {
  if (energy_gev.ndim() != 1 || cells_gev.ndim() != 4 || cells_gev.shape(0) != energy_gev.size())
    throw bad_input(file + ": `cells_gev` must have the shape (len(energy_gev), nx, ny, nz); reshape it");
  data::WriterOptions options;
  options.geometry = {static_cast<std::size_t>(cells_gev.shape(1)), static_cast<std::size_t>(cells_gev.shape(2)),
                      static_cast<std::size_t>(cells_gev.shape(3))};
  options.compression = data::Compression::parse(compression);
  const py::gil_scoped_release unlocked;
  data::ShowerWriter writer(file, options);
  writer.append(view(energy_gev), view(cells_gev));
  for (const auto& [name, value] : attributes) writer.set_attribute(name, value);
  writer.finish();
}

}  // namespace

void add_shower_files(py::module_& module) {
  module.def("read_showers", &read_showers, py::arg("files"), py::arg("first") = 0, py::arg("count") = py::none(),
             "(energy_gev, cells_gev) of CLIC HDF5 files: float32 (n) and (n, nx, ny, nz) in GeV. files: a name or\n"
             "glob, or a list of them, which are one sample; count: None for all from first on.");
  module.def("write_showers", &write_showers, py::arg("file"), py::arg("energy_gev"), py::arg("cells_gev"),
             py::arg("attributes") = std::map<std::string, std::string>{},
             py::arg("compression") = data::Compression{}.text(),
             "Writes a CLIC HDF5 file; it is complete or absent. attributes: texts of its root group; compression:\n"
             "'runs' (fast, as small as gzip:6), 'gzip:1' to 'gzip:12' or 'none'.");
}

}  // namespace octocal::python
