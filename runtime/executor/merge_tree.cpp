#include "runtime/executor/merge_tree.hpp"

#include <algorithm>
#include <cstring>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

/// Merges into states that nobody else sees.
void merge_into_own(reduce::State& left, const reduce::State& right) {
  if (left.memory.use_count() > 1) {
    reduce::State own(left.kind, left.element, left.outputs);
    own.count = left.count;
    std::memcpy(own.memory.get(), left.memory.get(), left.bytes());
    left = std::move(own);
  }
  reduce::merge(left, right);
}

}  // namespace

void merge(States& left, const States& right) {
  for (std::size_t k = 0; k < left.size(); ++k) merge_into_own(left[k], right[k]);
}

void merge(States& left, States&& right) {
  for (std::size_t k = 0; k < left.size(); ++k)
    if (reduce::is_absent(left[k]))
      left[k] = std::move(right[k]);
    else
      merge_into_own(left[k], right[k]);
}

void fold_in(States& folded, States next) {
  if (folded.empty())
    folded = std::move(next);
  else
    merge(folded, std::move(next));
}

std::pair<std::int64_t, std::int64_t> chunks_of(const Part& part, std::int64_t chunks, std::int64_t size) {
  const std::int64_t groups = (chunks + size - 1) / size;
  const auto below = [](std::int64_t i, std::int64_t n) { return i >= 0 && i < n; };
  switch (part.kind) {
    case Part::Kind::chunk:
      if (below(part.index, chunks)) return {part.index, part.index + 1};
      break;
    case Part::Kind::prefix:
      if (below(part.index, groups) && part.count >= 1 && part.count <= std::min(size, chunks - part.index * size))
        return {part.index * size, part.index * size + part.count};
      break;
    case Part::Kind::subtree:
      // A height is there if the one below it has more than one node.
      if (part.height < 0 || part.height > 62 || (part.height > 0 && (groups - 1) >> (part.height - 1) == 0)) break;
      if (below(part.index, ((groups - 1) >> part.height) + 1) && groups > 0)
        return {(part.index << part.height) * size,
                std::min(std::min((part.index + 1) << part.height, groups) * size, chunks)};
      break;
  }
  return {0, 0};
}

std::int64_t MergeTree::width(std::int32_t height) const { return ((groups_ - 1) >> height) + 1; }

std::int64_t MergeTree::length(std::int64_t group) const { return std::min(size_, chunks_ - group * size_); }

bool MergeTree::has(Place place) const {
  for (;; ++place.first, place.second /= 2) {
    if (nodes_.contains(place)) return true;
    if (width(place.first) == 1) return false;
  }
}

bool MergeTree::add_chunk(std::int64_t chunk, States states) {
  std::unique_lock lock(mutex_);
  const std::int64_t group = chunk / size_;
  const std::int64_t place = chunk % size_;
  // The states of a merge group that is being folded are nowhere else.
  auto fold = folds_.find(group);
  if (fold == folds_.end()) {
    if (has({0, group})) return false;
    fold = folds_.try_emplace(group).first;
  }
  if (place < fold->second.folded || !fold->second.waiting.try_emplace(place, std::move(states)).second) return false;
  return fold_waiting(lock, group, fold->second);
}

bool MergeTree::add_merge_group(std::int64_t group, States states) {
  return add_prefix(group, length(group), std::move(states));
}

bool MergeTree::add_prefix(std::int64_t group, std::int64_t count, States states) {
  std::unique_lock lock(mutex_);
  auto fold = folds_.find(group);
  if (fold == folds_.end()) {
    if (has({0, group})) return false;
    if (count == length(group)) return climb(lock, {0, group}, std::move(states));
    fold = folds_.try_emplace(group).first;
  }
  if (count <= std::max(fold->second.folded, fold->second.offered)) return false;
  fold->second.offered = count;
  fold->second.prefix = std::move(states);
  return fold_waiting(lock, group, fold->second);
}

bool MergeTree::add(Part part) {
  if (const auto [first, last] = chunks_of(part, chunks_, size_); first == last)
    throw Error(ErrorCode::invalid_argument,
                "a reduction over " + std::to_string(chunks_) + " chunks has no part of kind " +
                    std::to_string(static_cast<int>(part.kind)) + ", height " + std::to_string(part.height) +
                    ", index " + std::to_string(part.index) + ", count " + std::to_string(part.count));
  if (part.kind == Part::Kind::chunk) return add_chunk(part.index, std::move(part.states));
  if (part.kind == Part::Kind::prefix) return add_prefix(part.index, part.count, std::move(part.states));
  return add_subtree({part.height, part.index}, std::move(part.states));
}

bool MergeTree::add_subtree(Place place, States states) {
  std::unique_lock lock(mutex_);
  if (has(place)) return false;
  // The parts that it is made of go. A node that is being merged at this moment finds its mark gone, or its merge group
  // dropped, and goes then.
  const std::int64_t first = place.second << place.first;
  const std::int64_t last = std::min((place.second + 1) << place.first, groups_);
  for (auto it = folds_.lower_bound(first); it != folds_.end() && it->first < last;) {
    it->second.dropped = true;
    it = it->second.busy ? std::next(it) : folds_.erase(it);
  }
  if (place.first > 0)
    std::erase_if(nodes_, [&](const auto& node) {
      const std::int64_t begins = node.first.second << node.first.first;
      return node.first.first < place.first && begins >= first && begins < last;
    });
  return climb(lock, place, std::move(states));
}

bool MergeTree::fold_waiting(std::unique_lock<std::mutex>& lock, std::int64_t group, MergeGroup& fold) {
  if (fold.busy) return false;
  fold.busy = true;
  for (;;) {
    if (fold.offered > fold.folded) {
      fold.states = std::move(fold.prefix);
      fold.folded = fold.offered;
      fold.waiting.erase(fold.waiting.begin(), fold.waiting.lower_bound(fold.folded));
    }
    if (fold.waiting.empty() || fold.waiting.begin()->first != fold.folded) break;
    const auto next = fold.waiting.extract(fold.waiting.begin());
    if (fold.folded++ == 0) {
      fold.states = std::move(next.mapped());
      continue;
    }
    lock.unlock();
    merge(fold.states, std::move(next.mapped()));
    lock.lock();
  }
  fold.busy = false;
  if (!fold.dropped && fold.folded < length(group)) return false;
  MergeGroup done = std::move(folds_.extract(group).mapped());
  return !done.dropped && climb(lock, {0, group}, std::move(done.states));
}

bool MergeTree::climb(std::unique_lock<std::mutex>& lock, Place place, States states) {
  for (;; ++place.first, place.second /= 2) {
    auto& [height, index] = place;
    if (width(height) == 1) break;
    if (index % 2 == 0 && index + 1 == width(height)) continue;
    const auto sibling = nodes_.find({height, index ^ 1});
    if (sibling == nodes_.end() || sibling->second.empty()) break;
    States other = std::move(sibling->second);
    nodes_.erase(sibling);
    const auto mark = nodes_.try_emplace({height + 1, index / 2}).first->first;
    lock.unlock();
    if (index % 2 == 1) std::swap(states, other);
    merge(states, std::move(other));
    lock.lock();
    if (nodes_.erase(mark) == 0) return false;
  }
  const bool root = width(place.first) == 1;
  nodes_[place] = std::move(states);
  return root;
}

States MergeTree::take_root() {
  const std::scoped_lock lock(mutex_);
  for (auto& [place, states] : nodes_)
    if (width(place.first) == 1) return std::exchange(states, {});
  return {};
}

Parts MergeTree::take_parts() {
  const std::scoped_lock lock(mutex_);
  Parts parts;
  for (auto& [place, states] : nodes_)
    if (!states.empty()) parts.push_back({Part::Kind::subtree, place.first, place.second, 0, std::move(states)});
  for (auto& [group, fold] : folds_) {
    if (fold.folded > 0) parts.push_back({Part::Kind::prefix, 0, group, fold.folded, std::move(fold.states)});
    for (auto& [place, states] : fold.waiting)
      parts.push_back({Part::Kind::chunk, 0, group * size_ + place, 0, std::move(states)});
  }
  nodes_.clear();
  folds_.clear();
  return parts;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
