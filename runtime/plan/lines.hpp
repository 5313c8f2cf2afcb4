#pragma once
/// The planning of functions of lines. A slab of a stage holds whole lines if their axis is one of the stage's domain.
/// If it is not (a median, an index of a running sum), an element of the domain takes a line each, and the executor
/// makes the lines in pieces.
#include <string>

#include "runtime/plan/plan.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// Bytes of lines, and of their results, that a thread holds at a time if they are shorter.
inline constexpr std::size_t held_lines_bytes = std::size_t{1} << 18;

/// Returns the bytes that a thread holds for the lines of a function whose result has this type.
[[nodiscard]] std::size_t line_bytes(const AlongNode& along, DType result);

/// Enlarges the read block of a stage so that slabs and tiles hold whole lines, and whole read blocks of the sources
/// below them if the plan reads whole blocks; finds the pieces of all functions of lines that the stage streams. Tiles
/// of a divisible plan hold whole blocks always.
void hold_lines(Plan& plan, Stage& stage, bool divisible);

/// Returns the elements of the first slabs to try for a plan: more than usual if lines are read from files, since a
/// chunk that lines run through is read once for each slab.
[[nodiscard]] std::int64_t first_slab_elements(const Plan& plan, std::int64_t usual, std::uint64_t limit);

/// Returns the shape of the pieces in which a box of whole lines is made.
[[nodiscard]] Shape piece_of_lines(const Plan& plan, const Node& node, const Shape& box);

/// Returns a bound for the elements of a piece of a function of lines.
[[nodiscard]] std::int64_t most_piece_elements(const Plan& plan, const Node& node, std::int64_t elements);

/// Returns "; a line of cumsum along axis 0 is 80,000,000,000 elements, which ...", of the longest line of a plan;
/// empty if it has none.
[[nodiscard]] std::string longest_line(const Plan& plan);

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
