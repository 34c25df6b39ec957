// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "bindings.hpp"
#include "octocal/base/error.hpp"
#include "octocal/data/energy_response.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

using DoubleArray = py::array_t<double, py::array::c_style | py::array::forcecast>;

data::EnergyResponse fit(const FloatArray& energy_gev, const DoubleArray& ecal_gev, int degree) {
  if (energy_gev.ndim() != 1 || ecal_gev.ndim() != 1 || energy_gev.size() != ecal_gev.size())
    throw bad_input("`ecal_gev` must have the shape of `energy_gev`, (n): one sum of cells a shower; reshape it");
  if (degree < 0 || degree > 8)
    throw bad_input("`degree` " + std::to_string(degree) + ": must be from 0 to 8 (a polynomial of Ep)");
  const std::span<const double> ecal(ecal_gev.data(), static_cast<std::size_t>(ecal_gev.size()));
  const py::gil_scoped_release unlocked;
  return data::fit_energy_response(view(energy_gev), ecal, degree);
}

}  // namespace

void add_response(py::module_& module) {
  using data::EnergyResponse;
  py::class_<EnergyResponse>(
      module, "Response",
      "Mean ECAL, the sum of a shower's cells, as a polynomial of the primary energy Ep: the sum\n"
      "over k of coefficients[k] (Ep / 100 GeV)^k, in GeV; what octocal.response in a model is.")
      .def(py::init(&fit), py::arg("energy_gev"), py::arg("ecal_gev"), py::arg("degree") = 2,
           "Fits showers of energies Ep, (n), and sums of cells, (n), both in GeV, by least squares weighted with\n"
           "1/Ep^2. InputError if there are fewer than degree + 2 different energies.")
      .def(
          "__call__",
          [](const EnergyResponse& self, const DoubleArray& energy_gev) {
            return py::vectorize([&self](double energy) { return self.ecal_gev(energy); })(energy_gev);
          },
          py::arg("energy_gev"),
          "Mean ECAL in GeV at primary energies in GeV: a float for a number, float64 of the same shape for an array.")
      .def_readonly("coefficients", &EnergyResponse::coefficients, "In GeV, the constant first.")
      .def_property_readonly(
          "energy_range_gev",
          [](const EnergyResponse& self) { return std::pair(self.energy_min_gev, self.energy_max_gev); },
          "(lowest, highest) primary energy of the fit, in GeV.");
}

}  // namespace octocal::python
