// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <string>

#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {

/// An instruction set for programs compiled while it lives. oneDNN takes its cap once a process, so it is woken
/// uncapped.
class CappedIsa {
 public:
  explicit CappedIsa(const char* isa) {
    GraphMaker make(1);
    make.output(make.convolution(make.input("x", {1, 3, 3}), {1, 1, 3, 3, 3}));
    static_cast<void>(Program::compile(make.graph()));
    const char* before = std::getenv("OCTOCAL_ISA");
    before_ = before == nullptr ? "" : before;  // empty is as good as absent
    setenv("OCTOCAL_ISA", isa, 1);
  }
  ~CappedIsa() { setenv("OCTOCAL_ISA", before_.c_str(), 1); }
  CappedIsa(const CappedIsa&) = delete;
  CappedIsa& operator=(const CappedIsa&) = delete;

 private:
  std::string before_;
};

}  // namespace octocal::engine::test
