// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/study/measurement.hpp"

namespace octocal::cli {

/// Tables 3, 4 and 5 of the paper, response and resolution, spreads, and the verdicts. The first sample is the
/// reference.
std::string table3_text(const std::vector<study::MeasuredSample>& samples);
std::string table4_text(const std::vector<study::MeasuredSample>& samples);
std::string table5_text(const std::vector<study::MeasuredSample>& samples);
/// What tables 3 and 4 change by from the sample that table 5 is counted from.
std::string change_text(const std::vector<study::MeasuredSample>& samples);
std::string response_text(const std::vector<study::MeasuredSample>& samples);
std::string spread_text(const std::vector<study::MeasuredSample>& samples);
std::string correlation_text(const std::vector<study::MeasuredSample>& samples);
std::string classifier_text(const std::vector<study::MeasuredSample>& samples);
/// FPD and KPD, separation power, and single cells with their neighbours.
std::string distance_text(const std::vector<study::MeasuredSample>& samples);
/// How likely models that draw their cells find the reference's.
std::string likelihood_text(const std::vector<study::MeasuredSample>& samples);
std::string separation_text(const std::vector<study::MeasuredSample>& samples);
std::string texture_text(const std::vector<study::MeasuredSample>& samples);
std::string neighbour_text(const std::vector<study::MeasuredSample>& samples);
std::string speed_text(const std::vector<study::MeasuredSample>& samples);
/// Every limit beside the value of every sample; and, in sentences, those that are missed.
std::string limits_text(const std::vector<study::MeasuredSample>& samples);
std::string verdict_text(const std::vector<study::MeasuredSample>& samples);

}  // namespace octocal::cli
