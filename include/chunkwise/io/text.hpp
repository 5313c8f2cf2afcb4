#pragma once
/// Results as text for other programs, JSON and CSV, and as text in a file. Every number is written with the fewest
/// digits that read back to the same bits. For people there is to_string (core/ndarray.hpp), which rounds and leaves
/// out.
#include <ostream>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/ndarray.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Writes one JSON object on one line:
///
///     {"name":"t2m","dtype":"float64","shape":[2],"dimensions":["latitude"],
///      "coordinates":{"latitude":[90.0,89.75]},"attributes":{"units":"K"},"values":[244.5,"NaN"]}
///
/// `values` is nested as the axes are, and a bare number if there are none. NaN and infinities, which JSON lacks, are
/// the texts "NaN", "Infinity" and "-Infinity". An axis without a name is null; coordinates and attributes are left out
/// if there are none. Integers of 64 bits keep all their digits.
void write_json(std::ostream& out, const UntypedNdArray& array, const Labels& labels = {});

/// Writes a table with a line of names: a column for each axis, holding its coordinate or else the index, and one for
/// the element. Elements stand in row-major order; NaN and infinities are nan, inf and -inf.
void write_csv(std::ostream& out, const UntypedNdArray& array, const Labels& labels = {});

/// Writes the text of to_string for a file: every element, with the fewest digits that read back to the same bits, and
/// nothing left out. "[[244.5 nan]\n [-0. 5e-324]]"
void write_text(std::ostream& out, const UntypedNdArray& array);

}  // namespace chunkwise::inline CHUNKWISE_ABI
