// SPDX-License-Identifier: Apache-2.0
// The compiled part of the Python package octocal (docs/python.md): a front of engine, data and study, without logic of
// its own. octocal/__init__.py names everything here by the package.
#include "bindings.hpp"
#include "octocal/base/machine.hpp"

PYBIND11_MODULE(_octocal, module) {
  module.doc() = "Calorimeter showers from a reduced-precision generator. Energies and cells are in GeV.";
  module.attr("__version__") = octocal::version();
  octocal::python::add_errors(module);
  octocal::python::add_generator(module);
  octocal::python::add_report(module);
  octocal::python::add_response(module);
  octocal::python::add_shower_files(module);
  octocal::python::add_studies(module);
}
