#pragma once
/// An array of a chunk store as a Source: chunks that are here are seen in place, others are fetched.
#include <memory>

#include "chunkwise/io/source.hpp"
#include "runtime/store/chunk_store.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

class StoredSource final : public Source {
 public:
  /// The array need not be in the store: then all of its chunks are elsewhere. Without `fetch`, reading a chunk that is
  /// not here throws not_found.
  StoredSource(std::shared_ptr<const ChunkStore> store, ArrayId id, DType dtype, const Shape& shape, ChunkGrid grid,
               Fetch fetch = nullptr);

  [[nodiscard]] ArrayId id() const { return id_; }
  [[nodiscard]] DType dtype() const override { return encoding_.stored; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] UntypedNdArray view(const Region& region) const override;
  void read(const Region& region, void* out) const override;
  [[nodiscard]] std::string identity() const override;
  /// A kept array is no input any more.
  [[nodiscard]] bool is_generated() const override { return true; }

 private:
  std::shared_ptr<const ChunkStore> store_;
  ArrayId id_;
  Shape shape_;
  ChunkGrid grid_;
  Encoding encoding_;
  Fetch fetch_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
