// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/run_deflate.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "octocal/base/expect.hpp"
#include "octocal/data/internal/huffman_code.hpp"

namespace octocal::data {
namespace {

static_assert(std::endian::native == std::endian::little, "bytes are taken from the lowest one on");

constexpr std::size_t kPlanes = sizeof(float);  // one block of the stream for each byte of the numbers
constexpr std::size_t kLiterals = 256, kEndOfBlock = 256, kFirstLength = 257, kSymbols = 286;
/// Three codes of zeros, another code and what is left of a byte are written at once: 3 * 13 + 13 + 7 bits.
constexpr unsigned kLongestLiteral = 13, kLongestOfLengths = 7;
constexpr std::size_t kLongestMatch = 258, kShortestMatch = 3;
constexpr unsigned kDistanceBits = 1;  // the only distance, one byte back, is the code 0
/// Order in which deflate has the code of code lengths, and how many there are.
constexpr std::size_t kLengthSymbols = 19;
constexpr std::array<std::uint8_t, kLengthSymbols> kLengthOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                   11, 4,  12, 3, 13, 2, 14, 1, 15};

/// How deflate writes a match of some length.
struct Match {
  std::uint16_t symbol = 0;
  std::uint8_t extra_bits = 0, extra = 0;
};

/// RFC 1951, 3.2.5, for lengths up to kLongestMatch.
constexpr std::array<Match, kLongestMatch + 1> matches() {
  std::array<Match, kLongestMatch + 1> all{};
  std::size_t length = kShortestMatch;
  for (std::size_t symbol = kFirstLength; symbol + 1 < kSymbols; ++symbol) {
    const std::size_t extra_bits = symbol < kFirstLength + 8 ? 0 : (symbol - kFirstLength - 4) / 4;
    for (std::size_t extra = 0; extra < std::size_t{1} << extra_bits && length < kLongestMatch; ++extra, ++length)
      all[length] = {static_cast<std::uint16_t>(symbol), static_cast<std::uint8_t>(extra_bits),
                     static_cast<std::uint8_t>(extra)};
  }
  all[kLongestMatch] = {static_cast<std::uint16_t>(kSymbols - 1), 0, 0};
  return all;
}
constexpr auto kMatches = matches();

/// How a run of zeros is written: literals, longest matches, another match (0: none).
struct Run {
  std::size_t literals = 0, longest = 0, rest = 0;
};

Run run_of(std::size_t zeros) noexcept {
  if (zeros <= kShortestMatch) return {zeros, 0, 0};
  const std::size_t matched = zeros - 1, rest = matched % kLongestMatch;
  if (rest < kShortestMatch) return {1 + rest, matched / kLongestMatch, 0};
  return {1, matched / kLongestMatch, rest};
}

/// Runs that are one code from a table.
constexpr std::size_t kShortRuns = kLongestMatch + 1;

struct BitWriter {
  std::byte* out;
  std::uint64_t bits = 0;
  unsigned held = 0;

  /// Precondition: held + count <= 63.
  void put(std::uint64_t value, unsigned count) noexcept {
    bits |= value << held;
    held += count;
  }
  /// Leaves at most 7 bits. Writes 8 bytes, of which those that are full count.
  void flush() noexcept {
    std::memcpy(out, &bits, sizeof(bits));
    out += held / 8;
    bits >>= held & ~7U;
    held &= 7U;
  }
  void put_and_flush(std::uint64_t value, unsigned count) noexcept {
    put(value, count);
    flush();
  }
};

}  // namespace

/// One plane of bytes: its symbols, their code, and what it takes.
struct RunDeflater::Block {
  std::array<std::uint32_t, kSymbols> counts{};
  std::array<std::uint8_t, kSymbols> lengths{};
  std::array<std::uint16_t, kSymbols> codes{};
  std::array<std::uint8_t, kLengthSymbols> length_lengths{};
  std::array<std::uint16_t, kLengthSymbols> length_codes{};

  void count(const Run& run, std::uint32_t times) noexcept {
    counts[0] += static_cast<std::uint32_t>(run.literals) * times;
    counts[kSymbols - 1] += static_cast<std::uint32_t>(run.longest) * times;
    if (run.rest > 0) counts[kMatches[run.rest].symbol] += times;
  }

  void make_codes() {
    counts[kEndOfBlock] = 1;
    huffman_lengths(counts, kLongestLiteral, lengths);
    huffman_codes(lengths, codes);
    std::array<std::uint32_t, kLengthSymbols> often{};
    for (const auto length : lengths) ++often[length];
    ++often[kDistanceBits];
    // Two symbols at least: readers refuse a code of lengths with one.
    if (std::count(often.begin(), often.end(), 0U) == kLengthSymbols - 1) ++often[0];
    huffman_lengths(often, kLongestOfLengths, length_lengths);
    huffman_codes(length_lengths, length_codes);
  }

  std::size_t bits() const noexcept {
    std::size_t sum = 3 + 5 + 5 + 4 + 3 * kLengthSymbols + length_lengths[kDistanceBits];
    for (const auto length : lengths) sum += length_lengths[length];
    for (std::size_t s = 0; s < kSymbols; ++s) sum += std::size_t{counts[s]} * lengths[s];
    for (std::size_t length = kShortestMatch, last = 0; length <= kLongestMatch; ++length) {
      const auto& match = kMatches[length];
      if (match.symbol == last) continue;
      last = match.symbol;
      sum += std::size_t{counts[match.symbol]} * (match.extra_bits + kDistanceBits);
    }
    return sum;
  }

  void put_header(BitWriter& to, bool last) const noexcept {
    to.put_and_flush((last ? 1U : 0U) | 2U << 1U | (kSymbols - kFirstLength) << 3U | (kLengthSymbols - 4) << 13U, 17);
    for (const auto symbol : kLengthOrder) to.put_and_flush(length_lengths[symbol], 3);
    for (const auto length : lengths) to.put_and_flush(length_codes[length], length_lengths[length]);
    to.put_and_flush(length_codes[kDistanceBits], length_lengths[kDistanceBits]);
  }

  void put_match(BitWriter& to, std::size_t length) const noexcept {
    const auto& match = kMatches[length];
    to.put(codes[match.symbol], lengths[match.symbol]);
    to.put(match.extra, match.extra_bits + kDistanceBits);  // the distance's code is a bit that is 0
  }

  void put_run(BitWriter& to, std::size_t zeros) const noexcept {
    const auto run = run_of(zeros);
    for (std::size_t k = 0; k < run.literals; ++k) to.put_and_flush(codes[0], lengths[0]);
    for (std::size_t k = 0; k < run.longest; ++k) {
      put_match(to, kLongestMatch);
      to.flush();
    }
    if (run.rest == 0) return;
    put_match(to, run.rest);
    to.flush();
  }

  /// Everything behind the header: for each cell the zeros before it and one of its bytes.
  void put_bytes(BitWriter& to, std::span<const std::uint32_t> zeros_before, std::span<const std::uint32_t> bits,
                 unsigned shift, std::size_t zeros_behind) const noexcept {
    struct Code {
      std::uint64_t bits;
      std::uint64_t count;
    };
    std::array<Code, kShortRuns> runs;
    for (std::size_t zeros = 0; zeros < kShortRuns; ++zeros) {
      const auto run = run_of(zeros);
      BitWriter code{nullptr};
      for (std::size_t k = 0; k < run.literals; ++k) code.put(codes[0], lengths[0]);
      if (run.rest > 0) put_match(code, run.rest);
      runs[zeros] = {code.bits, code.held};
    }
    std::array<std::uint32_t, kLiterals> literals;
    for (std::size_t s = 0; s < kLiterals; ++s) literals[s] = codes[s] | std::uint32_t{lengths[s]} << 16U;
    BitWriter own = to;
    for (std::size_t k = 0; k < bits.size(); ++k) {
      const std::size_t zeros = zeros_before[k];
      if (zeros < kShortRuns)
        own.put(runs[zeros].bits, static_cast<unsigned>(runs[zeros].count));
      else
        put_run(own, zeros);
      const auto literal = literals[bits[k] >> shift & 0xFFU];
      own.put_and_flush(literal & 0xFFFFU, literal >> 16U);
    }
    put_run(own, zeros_behind);
    own.put_and_flush(codes[kEndOfBlock], lengths[kEndOfBlock]);
    to = own;
  }
};

void RunDeflater::find_filled(std::span<const float> cells, std::size_t all) {
  if (room_ < cells.size() + 1) {
    room_ = cells.size() + 1;
    zeros_before_ = std::make_unique_for_overwrite<std::uint32_t[]>(room_);
    bits_ = std::make_unique_for_overwrite<std::uint32_t[]>(room_);
  }
  // Without a branch: which cells are filled cannot be predicted.
  std::uint32_t* const places = zeros_before_.get();
  std::uint32_t* const bits = bits_.get();
  std::size_t n = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto cell = std::bit_cast<std::uint32_t>(cells[i]);
    places[n] = static_cast<std::uint32_t>(i);
    bits[n] = cell;
    n += cell != 0 ? 1U : 0U;
  }
  filled_ = n;
  std::uint32_t before = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const std::uint32_t place = places[k];
    places[k] = place - before;
    before = place + 1;
  }
  zeros_behind_ = static_cast<std::uint32_t>(all - before);
}

std::uint32_t RunDeflater::checksum(std::size_t all) const noexcept {
  // Adler-32 of n bytes d[i]: 1 + sum of d[i], and n + sum of (n - i) d[i]; the zeros add nothing. Byte p of cell c is
  // number p * all + c.
  constexpr std::uint64_t kModulus = 65521;
  constexpr std::size_t kBetweenDivisions = 4096;
  const std::uint64_t n = kPlanes * all;
  std::uint64_t sum = 0, weighted = 0, by_plane = 0, behind = n;
  for (std::size_t first = 0; first < filled_; first += kBetweenDivisions) {
    const std::size_t end = std::min(filled_, first + kBetweenDivisions);
    for (std::size_t k = first; k < end; ++k) {
      behind -= zeros_before_[k];
      const std::uint32_t cell = bits_[k];
      const std::uint32_t b1 = cell >> 8U & 0xFFU, b2 = cell >> 16U & 0xFFU, b3 = cell >> 24U;
      const std::uint32_t bytes = (cell & 0xFFU) + b1 + b2 + b3;
      sum += bytes;
      weighted += behind * bytes;
      by_plane += b1 + 2 * b2 + 3 * b3;
      --behind;
    }
    weighted %= kModulus;
  }
  const std::uint64_t low = (1 + sum) % kModulus;
  const std::uint64_t high =
      (n + weighted + (kModulus - (all % kModulus) * (by_plane % kModulus) % kModulus)) % kModulus;
  return static_cast<std::uint32_t>(high << 16U | low);
}

bool RunDeflater::deflate(std::span<const float> cells, std::size_t all, std::vector<std::byte>& stream) {
  OCTOCAL_EXPECT(cells.size() <= all && all > 0 && all < std::size_t{1} << 30U);
  find_filled(cells, all);
  std::array<Block, kPlanes> planes{};
  std::array<std::uint32_t, kShortRuns> short_runs{};
  Block long_runs;
  for (std::size_t k = 0; k < filled_; ++k) {
    const std::uint32_t cell = bits_[k];
    for (std::size_t p = 0; p < kPlanes; ++p) ++planes[p].counts[cell >> 8U * p & 0xFFU];
    if (zeros_before_[k] < kShortRuns)
      ++short_runs[zeros_before_[k]];
    else
      long_runs.count(run_of(zeros_before_[k]), 1);
  }
  for (std::size_t zeros = 0; zeros < kShortRuns; ++zeros) long_runs.count(run_of(zeros), short_runs[zeros]);
  long_runs.count(run_of(zeros_behind_), 1);
  std::size_t bits = 0;
  for (auto& plane : planes) {
    for (std::size_t s = 0; s < kSymbols; ++s) plane.counts[s] += long_runs.counts[s];
    plane.make_codes();
    bits += plane.bits();
  }
  const std::size_t bytes = 2 + (bits + 7) / 8 + 4;
  if (bytes >= sizeof(float) * all) return false;

  stream.resize(bytes + sizeof(std::uint64_t));
  BitWriter to{stream.data()};
  to.put_and_flush(0x0178, 16);  // deflate with a window of 32 KiB
  for (std::size_t p = 0; p < kPlanes; ++p) {
    planes[p].put_header(to, p + 1 == kPlanes);
    planes[p].put_bytes(to, {zeros_before_.get(), filled_}, {bits_.get(), filled_}, static_cast<unsigned>(8 * p),
                        zeros_behind_);
  }
  to.put_and_flush(0, (8 - to.held) % 8);
  const std::uint32_t sum = checksum(all);
  for (unsigned byte = 4; byte-- > 0;) to.put(sum >> 8U * byte & 0xFFU, 8);
  to.flush();
  OCTOCAL_EXPECT(to.out == stream.data() + bytes);
  stream.resize(bytes);
  return true;
}

}  // namespace octocal::data
