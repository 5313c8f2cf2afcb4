#pragma once
/// The arithmetic of windows along lines that lie side by side (op/line/windows.hpp). A window is defined in
/// docs/semantics.md as the state of the last elements of one block merged with that of the first elements of the next.
/// Included by tiles.cpp, once for each instruction set, so all of it has internal linkage.
#include "chunkwise/op/line/windows.hpp"
#include "runtime/line/tiles.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {
namespace {

/// What the value of a window depends on beside its state.
struct OfWindow {
  double size, ddof;
};

// States of windows are a few numbers each: `of` makes that of one element, `merge` takes the state of what follows
// into one.

struct WindowSum {
  static constexpr std::size_t fields = 1;
  static CHUNKWISE_INLINE void of(double x, double (&s)[1]) { s[0] = x; }
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) { a[0] += b[0]; }
  static CHUNKWISE_INLINE double finish(const double (&s)[1], OfWindow) { return s[0]; }
};
struct WindowMean : WindowSum {
  static CHUNKWISE_INLINE double finish(const double (&s)[1], OfWindow of) { return s[0] / of.size; }
};
struct WindowNanSum {
  static constexpr std::size_t fields = 2;
  static CHUNKWISE_INLINE void of(double x, double (&s)[2]) {
    s[0] = x == x ? x : 0.0;
    s[1] = x == x ? 1.0 : 0.0;
  }
  static CHUNKWISE_INLINE void merge(double (&a)[2], const double (&b)[2]) {
    a[0] += b[0];
    a[1] += b[1];
  }
  static CHUNKWISE_INLINE double finish(const double (&s)[2], OfWindow) { return s[0]; }
};
struct WindowNanMean : WindowNanSum {
  static CHUNKWISE_INLINE double finish(const double (&s)[2], OfWindow) { return s[0] / s[1]; }
};
struct WindowCount : WindowSum {
  static CHUNKWISE_INLINE void of(double x, double (&s)[1]) { s[0] = x == x ? 1.0 : 0.0; }
};
struct WindowProduct : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) { a[0] *= b[0]; }
};
struct WindowNanProduct : WindowProduct {
  static CHUNKWISE_INLINE void of(double x, double (&s)[1]) { s[0] = x == x ? x : 1.0; }
};
template <bool Wanted>
struct WindowIfAnyIs : WindowSum {
  static CHUNKWISE_INLINE void of(double x, double (&s)[1]) { s[0] = (x != 0.0) == Wanted ? 1.0 : 0.0; }
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) { a[0] = b[0] > a[0] ? b[0] : a[0]; }
  static CHUNKWISE_INLINE double finish(const double (&s)[1], OfWindow) { return (s[0] != 0.0) == Wanted ? 1.0 : 0.0; }
};
struct WindowMinimum : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) {
    a[0] = ((a[0] < b[0]) | (a[0] != a[0])) ? a[0] : b[0];
  }
};
struct WindowMaximum : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) {
    a[0] = ((a[0] > b[0]) | (a[0] != a[0])) ? a[0] : b[0];
  }
};
struct WindowNanMinimum : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) {
    a[0] = ((a[0] < b[0]) | (b[0] != b[0])) ? a[0] : b[0];
  }
};
struct WindowNanMaximum : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) {
    a[0] = ((a[0] > b[0]) | (b[0] != b[0])) ? a[0] : b[0];
  }
};
struct WindowFirst : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&)[1], const double (&)[1]) {}
};
struct WindowLast : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) { a[0] = b[0]; }
};
struct WindowNanFirst : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) { a[0] = a[0] == a[0] ? a[0] : b[0]; }
};
struct WindowNanLast : WindowSum {
  static CHUNKWISE_INLINE void merge(double (&a)[1], const double (&b)[1]) { a[0] = b[0] == b[0] ? b[0] : a[0]; }
};
/// How many elements, their mean, and the squares of their deviations from it, merged as Chan, Golub and LeVeque (1983)
/// have it.
template <bool SkipsNan>
struct WindowVariance {
  static constexpr std::size_t fields = 3;
  static CHUNKWISE_INLINE void of(double x, double (&s)[3]) {
    const bool counts = !SkipsNan | (x == x);
    s[0] = counts ? 1.0 : 0.0;
    s[1] = counts ? x : 0.0;
    s[2] = counts ? x - x : 0.0;  // NaN of an infinite element, and so in all that it is merged with
  }
  static CHUNKWISE_INLINE void merge(double (&a)[3], const double (&b)[3]) {
    const double n = a[0] + b[0];
    const double share = b[0] / n;
    const double delta = b[1] - a[1];
    const double mean = a[1] + delta * share;
    const double squares = (a[2] + b[2]) + (delta * delta) * (a[0] * share);
    const bool left_is_all = SkipsNan & (b[0] == 0.0);
    const bool right_is_all = SkipsNan & (a[0] == 0.0);
    a[1] = left_is_all ? a[1] : right_is_all ? b[1] : mean;
    a[2] = left_is_all ? a[2] : right_is_all ? b[2] : squares;
    a[0] = n;
  }
  static CHUNKWISE_INLINE double finish(const double (&s)[3], OfWindow of) {
    const double freedom = s[0] - of.ddof;
    const double divided = s[2] / (freedom < 0.0 ? 0.0 : freedom);
    return SkipsNan & (freedom <= 0.0) ? __builtin_nan("") : divided;
  }
};
template <bool SkipsNan>
struct WindowDeviation : WindowVariance<SkipsNan> {
  static CHUNKWISE_INLINE double finish(const double (&s)[3], OfWindow of) {
    return __builtin_sqrt(WindowVariance<SkipsNan>::finish(s, of));
  }
};

/// The states of an aggregate's windows.
template <class Aggregate>
struct StatesOf;
#define CHUNKWISE_WINDOW_STATES(AGGREGATE, ...) \
  template <>                                   \
  struct StatesOf<aggregate::AGGREGATE> {       \
    using type = __VA_ARGS__;                   \
  };
CHUNKWISE_WINDOW_STATES(Sum, WindowSum)
CHUNKWISE_WINDOW_STATES(Mean, WindowMean)
CHUNKWISE_WINDOW_STATES(Variance, WindowVariance<false>)
CHUNKWISE_WINDOW_STATES(StandardDeviation, WindowDeviation<false>)
CHUNKWISE_WINDOW_STATES(Minimum, WindowMinimum)
CHUNKWISE_WINDOW_STATES(Maximum, WindowMaximum)
CHUNKWISE_WINDOW_STATES(Count, WindowCount)
CHUNKWISE_WINDOW_STATES(NanSum, WindowNanSum)
CHUNKWISE_WINDOW_STATES(NanMean, WindowNanMean)
CHUNKWISE_WINDOW_STATES(NanVariance, WindowVariance<true>)
CHUNKWISE_WINDOW_STATES(NanStandardDeviation, WindowDeviation<true>)
CHUNKWISE_WINDOW_STATES(NanMinimum, WindowNanMinimum)
CHUNKWISE_WINDOW_STATES(NanMaximum, WindowNanMaximum)
CHUNKWISE_WINDOW_STATES(Product, WindowProduct)
CHUNKWISE_WINDOW_STATES(NanProduct, WindowNanProduct)
CHUNKWISE_WINDOW_STATES(Any, WindowIfAnyIs<true>)
CHUNKWISE_WINDOW_STATES(All, WindowIfAnyIs<false>)
CHUNKWISE_WINDOW_STATES(First, WindowFirst)
CHUNKWISE_WINDOW_STATES(Last, WindowLast)
CHUNKWISE_WINDOW_STATES(NanFirst, WindowNanFirst)
CHUNKWISE_WINDOW_STATES(NanLast, WindowNanLast)
#undef CHUNKWISE_WINDOW_STATES

/// Makes the windows of lines, block by block.
template <class W, class T>
class WindowRunner {
 public:
  explicit WindowRunner(const WindowLines& lines)
      : lines_(lines),
        n_(lines.length),
        size_(lines.size),
        width_(lines.width),
        of_{static_cast<double>(lines.size), static_cast<double>(lines.ddof)},
        outside_(lines.memory),
        prefix_(outside_ + row_),
        suffixes_(prefix_ + row_) {}

  void run() {
    set(outside_, nullptr);
    const std::int64_t end = n_ + lines_.offset;  // of the starts of windows
    for (std::int64_t begin = lines_.offset < 0 ? -size_ : 0; begin < end; begin += size_) {
      const std::int64_t from = begin < lines_.offset ? lines_.offset : begin;
      const std::int64_t to = begin + size_ < end ? begin + size_ : end;
      make_suffixes(begin, from);
      make_windows(begin, from, to);
    }
  }

 private:
  static constexpr std::size_t fields = W::fields;
  static CHUNKWISE_INLINE void load(const double* row, std::size_t width, std::size_t l, double (&s)[fields]) {
    for (std::size_t f = 0; f < fields; ++f) s[f] = row[f * width + l];
  }
  static CHUNKWISE_INLINE void store(double* row, std::size_t width, std::size_t l, const double (&s)[fields]) {
    for (std::size_t f = 0; f < fields; ++f) row[f * width + l] = s[f];
  }
  /// The elements at an index of the lines; null outside.
  [[nodiscard]] const T* elements(std::int64_t index) const {
    return index < n_ ? static_cast<const T*>(lines_.in) + index * lines_.in_step : nullptr;
  }
  [[nodiscard]] double* suffix(std::int64_t index, std::int64_t begin) const {
    return suffixes_ + static_cast<std::size_t>(index - begin) * row_;
  }

  /// Makes the states of single elements.
  void set(double* to, const T* in) const {
    const std::size_t width = width_;
    for (std::size_t l = 0; l < width; ++l) {
      double s[fields];
      W::of(in ? static_cast<double>(in[l]) : __builtin_nan(""), s);
      store(to, width, l, s);
    }
  }

  /// Makes the states of a block from each element on, from its last one back to `from`.
  void make_suffixes(std::int64_t begin, std::int64_t from) const {
    CHUNKWISE_STRICT_FLOATS
    if (begin < 0) return;
    const std::size_t width = width_;
    const bool is_cut = begin + size_ > n_;
    const double* next = is_cut ? outside_ : nullptr;
    for (std::int64_t k = (is_cut ? n_ : begin + size_) - 1; k >= from; --k) {
      const T* const in = elements(k);
      double* const to = suffix(k, begin);
      if (!next) {
        set(to, in);
      } else {
        CHUNKWISE_INDEPENDENT
        for (std::size_t l = 0; l < width; ++l) {
          double s[fields], rest[fields];
          W::of(static_cast<double>(in[l]), s);
          load(next, width, l, rest);
          W::merge(s, rest);
          store(to, width, l, s);
        }
      }
      next = to;
    }
  }

  /// Adds an element to the first ones of a block.
  void add(std::int64_t index, bool is_first) const {
    CHUNKWISE_STRICT_FLOATS
    const T* const in = elements(index);
    if (is_first) return set(prefix_, in);
    const std::size_t width = width_;
    for (std::size_t l = 0; l < width; ++l) {
      double s[fields], x[fields];
      load(prefix_, width, l, s);
      W::of(in ? static_cast<double>(in[l]) : __builtin_nan(""), x);
      W::merge(s, x);
      store(prefix_, width, l, s);
    }
  }

  /// Makes the windows that begin in a block, at `from` to `to`.
  void make_windows(std::int64_t begin, std::int64_t from, std::int64_t to) const {
    CHUNKWISE_STRICT_FLOATS
    using R = typename Windows::result<T>;
    const std::size_t width = width_;
    const std::int64_t next = begin + size_;
    // What the first window has of the next block, but for its last element.
    const std::int64_t had = from + size_ - 1;
    for (std::int64_t e = next; e < had && e <= n_; ++e) add(e, e == next);
    for (std::int64_t s = from; s < to; ++s) {
      R* const out = static_cast<R*>(lines_.out) + (s - lines_.offset) * lines_.out_step;
      const double* const left = s < 0 ? outside_ : suffix(s, begin);
      const std::int64_t last = s + size_ - 1;
      if (last < next) {
        CHUNKWISE_INDEPENDENT
        for (std::size_t l = 0; l < width; ++l) {
          double state[fields];
          load(left, width, l, state);
          out[l] = static_cast<R>(W::finish(state, of_));
        }
        continue;
      }
      const T* const in = elements(last);
      if (last == next || !in) {
        add(last, last == next);
        CHUNKWISE_INDEPENDENT
        for (std::size_t l = 0; l < width; ++l) {
          double state[fields], prefix[fields];
          load(left, width, l, state);
          load(prefix_, width, l, prefix);
          W::merge(state, prefix);
          out[l] = static_cast<R>(W::finish(state, of_));
        }
        continue;
      }
      CHUNKWISE_INDEPENDENT
      for (std::size_t l = 0; l < width; ++l) {
        double state[fields], prefix[fields], x[fields];
        W::of(static_cast<double>(in[l]), x);
        load(prefix_, width, l, prefix);
        W::merge(prefix, x);
        store(prefix_, width, l, prefix);
        load(left, width, l, state);
        W::merge(state, prefix);
        out[l] = static_cast<R>(W::finish(state, of_));
      }
    }
  }

  const WindowLines& lines_;
  std::int64_t n_, size_;
  std::size_t width_;
  std::size_t row_ = fields * width_;  ///< numbers of the states of all lines
  OfWindow of_;
  double *outside_, *prefix_, *suffixes_;
};

template <class W, class T>
void run_windows(const WindowLines& lines) {
  WindowRunner<W, T>(lines).run();
}

template <class T, class... A>
constexpr void add_windows(detail::WindowKernel (&to)[window_aggregates], aggregate::List<A...> /*all*/) {
  std::size_t place = 0;
  ((to[place++] = {&run_windows<typename StatesOf<A>::type, T>, StatesOf<A>::type::fields}), ...);
}

}  // namespace
}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
