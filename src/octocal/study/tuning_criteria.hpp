// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/physics/number.hpp"
#include "octocal/quant/tuner.hpp"

namespace octocal::study {

/// One thing that a tuned model must keep: a quantity of its difference from float32, and the limit.
///
/// | quantity             | what it is                                                                               |
/// |----------------------|------------------------------------------------------------------------------------------|
/// | ecal                 | \|shift\| of the summed ECAL                                                              |
/// | profile_y, profile_z | largest relative difference of a pixel above 1 % of the profile's largest                 |
/// | mse                  | mean squared difference of the mean projections, relative (table 4 of the paper)          |
/// | mse_excess           | MSE to the reference over float32's own, less 1                                           |
/// | cells                | summed difference of cells over ECAL (table 5)                                            |
/// | hits                 | \|relative difference\| of the mean number of hits                                        |
/// | nats                 | log likelihood that a shower's cells lose, in nats (of a generator that draws its cells)  |
/// | score                | \|shift\| of ECAL + root of the mse, or with a reference of what is added to float32's    |
struct Criterion {
  std::string text;      ///< as it was given: "ecal<=0.5%"
  std::string quantity;  ///< of the table
  double limit = 0;      ///< as a share, or in nats
};

/// "ecal<=0.5%", "cells<=0.06", "profile<=2%" (y and z), "mse<=1.05x" (mse_excess), "nats<=5". Errors: bad_input for others.
std::vector<Criterion> parse_criteria(const std::vector<std::string>& texts);

/// What is wanted of a generator where nobody says otherwise: nats only of one whose likelihood is known.
std::vector<std::string> default_criteria(const model::Graph& graph);

/// Numbers of Table 4, 5 and profiles by name, as the tuner judges them. `numbers` of PairedShowers; a quantity
/// without a criterion is only told.
std::vector<quant::Quantity> judged(const std::map<std::string, physics::Number>& numbers,
                                    const std::vector<Criterion>& criteria);

/// Whether more showers would not change the verdict: a quantity is beyond its limit by more than three errors, or
/// each either has an error below a third of its limit or is below it by three errors.
bool decided(const std::vector<quant::Quantity>& quantities) noexcept;

/// Showers after which the errors of all quantities should be below a third of their limits, from those of `showers`.
double needed_showers(const std::vector<quant::Quantity>& quantities, double showers) noexcept;

}  // namespace octocal::study
