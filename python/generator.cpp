// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/layers_json.hpp"
#include "octocal/study/open_model.hpp"
#include "octocal/study/shipped_files.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

/// Showers between two looks for Ctrl-C.
constexpr std::size_t kAtOnce = 1024;
constexpr const char* kShippedModel = "models/cells-int8.onnx";

/// A model opened for generation, with the model's metadata beside it.
class Generator {
 public:
  Generator(const std::string& file, study::EngineSettings settings, std::uint64_t seed)
      : Generator(study::open_model(file, settings.model_info), settings, seed) {}

  py::object generate(const FloatArray& energy_gev, std::uint64_t first, bool keep_latents,
                      const std::optional<py::array>& out) {
    const auto energies = energies_of(energy_gev);
    py::array_t<float> cells = out ? checked_output(*out, energies.size()) : new_cells(energies.size());
    const auto latent_size = static_cast<py::ssize_t>(generator_->info().latent_size);
    py::array_t<float> latents({keep_latents ? energy_gev.size() : 0, latent_size});
    make(energies, first, cells, latents);
    if (keep_latents) return py::make_tuple(cells, latents);
    return py::object(cells);
  }

  /// Fills the arrays, without Python's lock.
  void make(std::span<const float> energies, std::uint64_t first, py::array_t<float>& cells,
            py::array_t<float>& latents) {
    const auto& info = generator_->info();
    const std::span<float> all_cells(cells.mutable_data(), static_cast<std::size_t>(cells.size()));
    const std::span<float> all_latents(latents.mutable_data(), static_cast<std::size_t>(latents.size()));
    const py::gil_scoped_release unlocked;
    const InterruptScope interrupts;
    const std::size_t in_shower = info.nx * info.ny * info.nz, columns = all_latents.empty() ? 0 : info.latent_size;
    for (std::size_t start = 0; start < energies.size(); start += kAtOnce) {
      throw_if_interrupted();
      const std::size_t count = std::min(kAtOnce, energies.size() - start);
      generator_->generate(first + start, energies.subspan(start, count),
                           all_cells.subspan(start * in_shower, count * in_shower),
                           all_latents.subspan(start * columns, count * columns));
    }
  }

  py::array_t<float> new_cells(std::size_t showers) const { return py::array_t<float>(shape_of(showers)); }

  static std::span<const float> energies_of(const FloatArray& energy_gev) {
    if (energy_gev.ndim() != 1)
      throw bad_input("`energy_gev` has " + std::to_string(energy_gev.ndim()) +
                      " axes (one energy a shower is wanted); give an array or a list of shape (n)");
    return view(energy_gev);
  }

  py::object layers() const { return to_python(study::layers_json(generator_->program().layers())); }

  const std::string& file() const { return file_; }
  std::uint64_t seed() const { return seed_; }
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
      : generator_(study::make_generator(model, settings, seed)),
        metadata_(model.graph.metadata),
        hash_(model.hash),
        file_(model.file),
        seed_(seed) {}

  std::vector<py::ssize_t> shape_of(std::size_t showers) const {
    const auto& info = generator_->info();
    return {static_cast<py::ssize_t>(showers), static_cast<py::ssize_t>(info.nx), static_cast<py::ssize_t>(info.ny),
            static_cast<py::ssize_t>(info.nz)};
  }

  /// The caller's own memory for the cells: no copy is made, so its form has to be right.
  py::array_t<float> checked_output(const py::array& out, std::size_t showers) const {
    const auto wanted = shape_of(showers);
    const bool fits = py::isinstance<py::array_t<float, py::array::c_style>>(out) && out.writeable() &&
                      std::equal(wanted.begin(), wanted.end(), out.shape(), out.shape() + out.ndim());
    if (!fits)
      throw bad_input("`out` must be a writeable float32 array in C order of shape " +
                      py::str(py::tuple(py::cast(wanted))).cast<std::string>() +
                      " (the cells are written into it); make it with np.empty");
    return py::reinterpret_borrow<py::array_t<float>>(out);
  }

  std::unique_ptr<engine::ShowerGenerator> generator_;
  std::map<std::string, std::string> metadata_;
  std::string hash_, file_;
  std::uint64_t seed_;
};

/// An iterator over a sample, some showers at a time; without end if nothing says how many there are.
class Batches {
 public:
  Batches(Generator& generator, const std::variant<std::string, FloatArray>& energy,
          std::optional<std::uint64_t> showers, std::uint64_t size, std::uint64_t first)
      : generator_(generator), size_(size), next_(first) {
    if (size == 0) throw bad_input("`size` 0: a batch has at least one shower; give a number above 0");
    std::optional<std::uint64_t> known;
    if (const auto* text = std::get_if<std::string>(&energy)) {
      drawn_ = study::Energies::parse(*text, generator.seed());
      if (drawn_->count()) known = *drawn_->count() - std::min<std::uint64_t>(*drawn_->count(), first);
    } else {
      listed_ = std::get<FloatArray>(energy);
      known = Generator::energies_of(*listed_).size();
    }
    if (showers && known && *showers > *known)
      throw bad_input("`showers` " + std::to_string(*showers) + ": there are energies of " + std::to_string(*known) +
                      "; ask for fewer");
    left_ = showers ? showers : known;
  }

  py::tuple next() {
    // Python's lock is held here: threads that share an iterator get different batches.
    const auto count = static_cast<std::size_t>(std::min(size_, left_.value_or(size_)));
    if (count == 0) throw py::stop_iteration();
    const auto first = next_;
    py::array_t<float> energies(std::vector<py::ssize_t>{static_cast<py::ssize_t>(count)});
    const std::span<float> into(energies.mutable_data(), count);
    if (drawn_) {
      drawn_->fill(first, into);
    } else {
      const auto from = view(*listed_).subspan(taken_, count);
      std::copy(from.begin(), from.end(), into.begin());
    }
    next_ += count;
    taken_ += count;
    if (left_) *left_ -= count;
    auto cells = generator_.new_cells(count);
    py::array_t<float> no_latents(std::vector<py::ssize_t>{0});
    generator_.make(into, first, cells, no_latents);
    return py::make_tuple(energies, cells);
  }

 private:
  Generator& generator_;
  std::optional<study::Energies> drawn_;
  std::optional<FloatArray> listed_;
  std::optional<std::uint64_t> left_;  ///< nothing: without end
  std::uint64_t size_, next_;
  std::size_t taken_ = 0;
};

}  // namespace

void add_generator(py::module_& module) {
  module.def(
      "shipped_model", [] { return study::shipped_file(kShippedModel); },
      "Path of the int8 generator that ships with octocal: electrons of 100 to 500 GeV, 25 x 25 x 25 cells.");

  py::class_<Generator> generator(
      module, "Generator",
      "A generator model, compiled for this machine. Any thread may call it; Python's lock\n"
      "is free while showers are made.");
  py::class_<Batches> batches(module, "Batches", "What Generator.batches gives: an iterator over a sample.");

  generator
      .def(py::init([](const std::optional<Name>& model, int streams, std::size_t batch, std::uint64_t seed,
                       const std::map<std::string, std::string>& metadata, bool extrapolate,
                       const std::string& affinity) {
             study::EngineSettings settings;
             settings.streams = streams;
             settings.batch = batch;
             settings.model_info = metadata;
             settings.extrapolate = extrapolate;
             settings.affinity = engine::affinity_from(affinity);
             const py::gil_scoped_release unlocked;
             return std::make_unique<Generator>(model ? std::string(*model) : study::shipped_file(kShippedModel),
                                                settings, seed);
           }),
           py::arg("model") = py::none(), py::arg("streams") = 0, py::arg("batch") = 8, py::arg("seed") = 1,
           py::arg("metadata") = std::map<std::string, std::string>{}, py::arg("extrapolate") = false,
           py::arg("affinity") = "none",
           "model: ONNX file; None: the shipped one (shipped_model()). streams: 1 = in the calling thread, 0 = one a\n"
           "core; batch: showers a stream computes at once; neither changes a shower. metadata: octocal.* keys that "
           "the\n"
           "file lacks; extrapolate: allow energies outside the model's range; affinity: cores of several streams,\n"
           "'none', 'compact' or 'spread'. Calls from several threads wait for each other; for calls at the same time\n"
           "make one generator a thread, streams=1.")
      .def(
          "generate", &Generator::generate, py::arg("energy_gev"), py::arg("first") = 0,
          py::arg("keep_latents") = false, py::arg("out") = py::none(),
          "Showers first, first + 1, ... of this seed at primary energies energy_gev, float32 (n), in GeV: cells,\n"
          "float32 (n, nx, ny, nz), in GeV. With keep_latents a pair (cells, latents), latents float32 (n, L). out: a\n"
          "writeable float32 array (n, nx, ny, nz) in C order that is filled and returned, without a copy.")
      .def(
          "batches",
          [](Generator& self, const std::variant<std::string, FloatArray>& energy, std::optional<std::uint64_t> showers,
             std::uint64_t size,
             std::uint64_t first) { return std::make_unique<Batches>(self, energy, showers, size, first); },
          py::keep_alive<0, 1>(), py::arg("energy"), py::arg("showers") = py::none(), py::arg("size") = 1000,
          py::arg("first") = 0,
          "Iterates over showers first, first + 1, ... of this seed, `size` at a time: pairs (energy_gev, cells_gev),\n"
          "float32 (m) and (m, nx, ny, nz), in GeV; memory does not grow. energy: an array (n) in GeV, or what\n"
          "octocal generate --energy takes ('100:500', '250', '100,200', a file), which gives its showers. showers:\n"
          "None for as many as there are energies, without end for '100:500' and the like.")
      .def_property_readonly("energy_range_gev", &Generator::energy_range,
                             "(lowest, highest) primary energy that the model was made for, in GeV.")
      .def_property_readonly("shape", &Generator::shape, "(nx, ny, nz): cells of a shower.")
      .def_property_readonly("seed", &Generator::seed, "Seed of the showers.")
      .def_property_readonly("model", &Generator::file, "Path of the model's file.")
      .def_property_readonly("streams", &Generator::streams, "Threads that make showers.")
      .def_property_readonly("metadata", &Generator::metadata, "The file's metadata: texts by their keys.")
      .def_property_readonly("model_hash", &Generator::model_hash, "Hash of the network, 32 hexadecimal digits.")
      .def_property_readonly("layers", &Generator::layers, "What runs, a dict a layer: asked, ran, kernel, reason.");

  batches.def("__iter__", [](py::object self) { return self; })
      .def("__next__", &Batches::next, "The next pair (energy_gev, cells_gev); StopIteration behind the last.");
}

}  // namespace octocal::python
