// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

// Not installed. Huffman codes as RFC 1951 (deflate) wants them.

namespace octocal::data {

/// Lengths in bits of the shortest code for symbols that occur so often, none longer than `longest`; 0 for a symbol
/// that never occurs, 1 if there is only one. The same counts, the same lengths: ties go by the symbol.
/// Precondition: as many lengths as counts; at most 2^longest symbols that occur; their counts add up to less than 2^32.
void huffman_lengths(std::span<const std::uint32_t> counts, unsigned longest, std::span<std::uint8_t> lengths);

/// The canonical codes of these lengths (RFC 1951, 3.2.2), first bit lowest, as deflate writes them.
/// Precondition: lengths up to 15, of a code (Kraft's sum at most one).
void huffman_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes);

}  // namespace octocal::data
