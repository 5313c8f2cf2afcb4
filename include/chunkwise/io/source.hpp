#pragma once
/// The origin of data. A Source is a lazy, constant array: it knows its shape, type and chunks at once and reads a
/// region when asked. Files, memory and generators are sources; docs/adding_a_source.md tells how to write one.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The way from stored elements to elements of the array: the parameters of the load stage. Applied in this order:
/// reinterpret the sign, compare with the missing values and the valid range (in the stored type), scale and offset in
/// float64, cast. A missing element becomes NaN, so an encoding with missing values needs a floating result.
struct Encoding {
  DType stored = DType::float64;  ///< type of the elements that Source::read delivers, in native byte order
  std::vector<Scalar> missing;    ///< stored values that mean "missing", each of type `stored`; at most 255
  bool has_valid_range = false;   ///< stored values outside [valid_min, valid_max] are missing
  Scalar valid_min, valid_max;    ///< of type `stored`
  bool scaled = false;            ///< value = stored * scale + offset, in float64
  double scale = 1.0;
  double offset = 0.0;

  /// Returns true if some stored values mean "missing".
  [[nodiscard]] bool has_missing() const { return !missing.empty() || has_valid_range; }
  /// Returns true if elements need a cast at most.
  [[nodiscard]] bool is_plain() const { return !scaled && !has_missing(); }
  bool operator==(const Encoding&) const = default;
};

/// The description by which another process makes the same source: a kind that is known there (io/source_kinds.hpp),
/// and the bytes that its opener needs.
struct SourceDescription {
  std::string kind;                   ///< empty: the source cannot leave its process
  std::vector<std::byte> parameters;  ///< read by the opener of that kind
};

/// A lazy constant array. Thread-safe: any member may be called from several threads at a time.
class CHUNKWISE_API Source {
 public:
  virtual ~Source() = default;
  /// Returns the type of the elements after decoding.
  [[nodiscard]] virtual DType dtype() const = 0;
  /// Returns the shape.
  [[nodiscard]] virtual const Shape& shape() const = 0;
  /// Returns the chunks of an array of this source.
  [[nodiscard]] virtual const ChunkGrid& grid() const = 0;
  /// Returns how stored elements become elements of dtype().
  [[nodiscard]] virtual const Encoding& encoding() const = 0;
  /// Returns its name for people: "t2m of weather/t2m_2015-01-01.nc".
  [[nodiscard]] virtual std::string describe() const = 0;
  /// Returns the whole array if it lies in memory as elements of dtype(), so that nothing needs to be read; else data
  /// is null.
  [[nodiscard]] virtual UntypedNdArray in_memory() const { return {}; }
  /// Returns the elements of `region` if they lie in memory in one piece, as elements of dtype(); else data is null. A
  /// source of many chunks in memory returns a part of one of them.
  [[nodiscard]] virtual UntypedNdArray view(const Region& region) const {
    const UntypedNdArray whole = in_memory();
    return whole.data ? part_of(whole, region) : UntypedNdArray{};
  }
  /// Returns the box that has to be read at once for one of its elements (a compressed chunk); all ones if any element
  /// can be read alone. Plans cut their work along it.
  [[nodiscard]] virtual Shape read_block() const { return Shape::filled(shape().rank(), 1); }
  /// Reads the elements of `region` as `encoding().stored`, row-major without gaps, into `out`. Steps may be negative.
  /// Throws io, corrupt or changed with the file, the variable and the region.
  virtual void read(const Region& region, void* out) const = 0;
  /// Returns a text that only sources of the same elements share, which are then read once. Empty: the source equals
  /// itself only.
  [[nodiscard]] virtual std::string identity() const { return {}; }
  /// Returns true if reading costs arithmetic and no input (a generator): its bytes are not counted as read.
  [[nodiscard]] virtual bool is_generated() const { return false; }
  /// Returns how another process can have the same source.
  [[nodiscard]] virtual SourceDescription description() const { return {}; }
  /// Returns the URI of the backend that keeps the elements, if they were persisted; empty: any backend can read them.
  [[nodiscard]] virtual std::string home() const { return {}; }
};

/// A shared source.
using SourcePtr = std::shared_ptr<const Source>;

}  // namespace chunkwise::inline CHUNKWISE_ABI
