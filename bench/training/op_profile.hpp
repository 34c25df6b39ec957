// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace octocal::bench {

/// Seconds by kind of work, from libtorch's own record of every operation: self times, so nothing counts twice.
///
/// | kind              | what                                                                                      |
/// |-------------------|-------------------------------------------------------------------------------------------|
/// | convolution       | convolutions and their gradients, with their own matrix products, transforms and panels    |
/// | copies, layouts   | contiguous, padding, permuted copies, zeros, casts: numbers moved, not computed             |
/// | activation, norm  | LeakyReLU, batch norm or both in one                                                        |
/// | dense             | matrix products outside convolutions                                                        |
/// | optimiser         | what runs inside an operation whose name holds "optimiser"                                  |
/// | other             | the rest, losses and sums; and time between operations                                       |
class OpProfile {
 public:
  OpProfile();   ///< starts to listen; one at a time
  ~OpProfile();  ///< stops
  OpProfile(const OpProfile&) = delete;
  OpProfile& operator=(const OpProfile&) = delete;

  /// Seconds since the start by kind; `wall` of it that no operation accounts for is counted as other.
  std::map<std::string, double> kinds(double wall) const;
  /// The same by name of the operation.
  const std::map<std::string, double>& operations() const;

 private:
  std::uint64_t handle_;
};

}  // namespace octocal::bench
