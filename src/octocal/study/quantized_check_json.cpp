// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantized_check_json.hpp"

#include <nlohmann/json.hpp>

namespace octocal::study {

nlohmann::json to_json(const Int8Difference& difference) {
  nlohmann::json json = {{"showers", difference.showers},
                         {"ecal_shift", difference.ecal_shift},
                         {"ecal_shift_error", difference.ecal_shift_error},
                         {"pixel_difference_over_ecal", difference.pixel_difference},
                         {"projection_mse_to_float32", difference.projection_mse}};
  if (difference.lost_nats) {
    json["lost_nats"] = difference.lost_nats->value;
    json["lost_nats_error"] = difference.lost_nats->error;
  }
  return json;
}

}  // namespace octocal::study
