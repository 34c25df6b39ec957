// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "octocal/model/generator_builder.hpp"

namespace octocal::model {

/// What a network file says: the sizes of the calorimeter's images and the networks that are trained on them. The
/// output's transform and scale are the recipe's choice and not in the file.
struct NetworkSpec {
  GeneratorSpec generator;                                     ///< what is trained and exported
  DiscriminatorNetwork discriminator = paper_discriminator();  ///< of recipe paper only
};

/// Reads a network file (TOML; docs/networks.md). A key that is left out has the paper's value. The generator is
/// checked (check_network), the discriminator's fit to the image only where it is used. Errors: bad_input with one
/// sentence naming the file and the line or the layer.
NetworkSpec read_network(const std::filesystem::path& file);

/// The same from text; `origin` is used in messages.
NetworkSpec parse_network(const std::string& text, const std::string& origin);

/// The network as a file with comments, which reads back to the same network. Same network, same text.
std::string network_text(const NetworkSpec& network);

/// Checks what recipe best asks of a network: a profile network that fits the image, and more latents than it draws
/// numbers. Errors: bad_input with one sentence naming `origin`.
void check_profiles(const GeneratorSpec& spec, const std::string& origin);
/// Checks what recipe cells asks: sizes within bounds, and a profile network that fits the image. Errors: as above.
void check_cells(const GeneratorSpec& spec, const std::string& origin);

}  // namespace octocal::model
