// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <string>

#include "bindings.hpp"
#include "octocal/base/error.hpp"

namespace py = pybind11;

namespace octocal::python {
namespace {

// They live as long as the process: a module that is a static library's front is never unloaded.
PyObject* error_type = nullptr;
PyObject* input_error_type = nullptr;

/// A new exception class of the module. Its bases must be alive.
PyObject* add_exception(py::module_& module, const char* name, const char* doc, const py::tuple& bases) {
  PyObject* type = PyErr_NewExceptionWithDoc((std::string("octocal.") + name).c_str(), doc, bases.ptr(), nullptr);
  if (type == nullptr) throw py::error_already_set();
  module.attr(name) = py::handle(type);
  return type;
}

/// What the rooms below call model_info is the argument `metadata` here.
std::string for_python(std::string text) {
  const std::string theirs = "`model_info`", ours = "`metadata`";
  for (auto at = text.find(theirs); at != std::string::npos; at = text.find(theirs, at + 1))
    text.replace(at, theirs.size(), ours);
  return text;
}

}  // namespace

void add_errors(py::module_& module) {
  error_type = add_exception(module, "Error", "Any failure of octocal; the message is one sentence.",
                             py::make_tuple(py::handle(PyExc_RuntimeError)));
  input_error_type = add_exception(module, "InputError",
                                   "A file, a model or an argument is wrong; the message names it and what to do.",
                                   py::make_tuple(py::handle(error_type), py::handle(PyExc_ValueError)));
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted)
        PyErr_SetNone(PyExc_KeyboardInterrupt);
      else
        PyErr_SetString(error.code() == ErrorCode::kBadInput ? input_error_type : error_type,
                        for_python(error.what()).c_str());
    }
  });
}

}  // namespace octocal::python
