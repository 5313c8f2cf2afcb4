#include "runtime/store/stored_source.hpp"

#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI::store {

StoredSource::StoredSource(std::shared_ptr<const ChunkStore> store, ArrayId id, DType dtype, const Shape& shape,
                           ChunkGrid grid, Fetch fetch)
    : store_(std::move(store)), id_(id), shape_(shape), grid_(std::move(grid)), fetch_(std::move(fetch)) {
  encoding_.stored = dtype;
}

std::string StoredSource::describe() const {
  return "persisted " + std::string(name_of(dtype())) + " " + to_string(shape_) + " of run " + std::to_string(id_.run);
}

UntypedNdArray StoredSource::view(const Region& region) const { return store_->view(id_, region); }

void StoredSource::read(const Region& region, void* out) const { store_->read(id_, region, out, fetch_); }

std::string StoredSource::identity() const {
  return "stored " + std::to_string(id_.run) + "." + std::to_string(id_.step) + " in " +
         std::to_string(reinterpret_cast<std::uintptr_t>(store_.get()));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
