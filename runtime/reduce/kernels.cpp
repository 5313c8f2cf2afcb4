// Compiled once for each CHUNKWISE_LEVEL. Calls no function template that other files could also emit. The file is long
// because all kernels of a state stand beside each other, with internal linkage: each of them is a few loops over Step.
// Loops over lanes and over outputs are plain loops over independent elements: the compiler makes vectors of them, and
// since every lane does what the definition says, the width of the vectors cannot change a bit.
#include "runtime/reduce/own_states.hpp"
#include "runtime/reduce/placed_states.hpp"
#include "runtime/reduce/reduce.hpp"
#include "runtime/reduce/row_kernel.hpp"
#include "runtime/reduce/strip.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {
namespace {

using Sums = aggregate::SumState;
using IntegerSums = aggregate::IntegerSumState;
using Moments = aggregate::MomentsState;
using NanSums = aggregate::NanSumState;
using NanMoments = aggregate::NanMomentsState;
using Counts = aggregate::CountState;
using Smallest = aggregate::SmallestState<double>;  // or of another type
using Largest = aggregate::LargestState<double>;
using SmallestNumber = aggregate::SmallestNumberState;
using LargestNumber = aggregate::LargestNumberState;

/// True for the state S, whatever the type of its fields.
template <class K, class S>
constexpr bool is = K::code == S::code;

template <class S>
CHUNKWISE_INLINE S smaller(S a, S b) {
  return ((a < b) | (a != a)) ? a : b;
}
template <class S>
CHUNKWISE_INLINE S larger(S a, S b) {
  return ((a > b) | (a != a)) ? a : b;
}
// A state that is NaN has seen no number yet.
template <class S>
CHUNKWISE_INLINE S smaller_number(S a, S b) {
  return ((a < b) | (b != b)) ? a : b;
}
template <class S>
CHUNKWISE_INLINE S larger_number(S a, S b) {
  return ((a > b) | (b != b)) ? a : b;
}

/// Applies one element x to the fields a, b, c, d, e of a kind, in the order of the state's members (op/aggregate).
/// `Seeks` is true if the shift may still have to be found (rows); lanes have found it before.
template <class K, class T>
struct Step {
  using S = typename K::Field;
  template <bool Seeks>
  static CHUNKWISE_INLINE void apply(S& a, S& b, S& c, S& d, S& e, T element) {
    CHUNKWISE_STRICT_FLOATS
    const S x = static_cast<S>(element);
    if constexpr (is<K, Sums> || is<K, IntegerSums>)
      a += x;
    else if constexpr (is<K, Moments>) {
      const S distance = x - b;
      a += x;
      c += distance;
      d += distance * distance;
    } else if constexpr (is<K, NanSums>) {
      const bool number = x == x;
      a += number ? x : S{0};
      b += number ? S{1} : S{0};
    } else if constexpr (is<K, NanMoments>) {
      const bool number = x == x;
      if constexpr (Seeks) b = (b != b) ? x : b;
      const S distance = number ? x - b : S{0};
      a += number ? x : S{0};
      c += distance;
      d += distance * distance;
      e += number ? S{1} : S{0};
    } else
      a += (x == x) ? S{1} : S{0};
  }
};
template <class K, class T>
requires(is<K, Smallest> || is<K, Largest> || is<K, SmallestNumber> || is<K, LargestNumber>) struct Step<K, T> {
  using S = typename K::Field;
  template <bool>
  static CHUNKWISE_INLINE void apply(S& a, S&, S&, S&, S&, T element) {
    const S x = static_cast<S>(element);
    if constexpr (is<K, Smallest>)
      a = smaller(a, x);
    else if constexpr (is<K, Largest>)
      a = larger(a, x);
    else if constexpr (is<K, SmallestNumber>)
      a = smaller_number(a, x);
    else
      a = larger_number(a, x);
  }
};

/// Returns the value of a field before the first element.
template <class K, class S>
constexpr S before_first(std::size_t field) {
  if constexpr (is<K, Smallest> || is<K, Largest>) {
    constexpr bool low = is<K, Largest>;
    if constexpr (std::is_same_v<S, double>)
      return low ? -__builtin_inf() : __builtin_inf();
    else if constexpr (std::is_same_v<S, std::int64_t>)
      return low ? INT64_MIN : INT64_MAX;
    else
      return low ? 0 : UINT64_MAX;
  } else if constexpr (is<K, SmallestNumber> || is<K, LargestNumber>) {
    return __builtin_nan("");
  } else if constexpr (is<K, Moments> || is<K, NanMoments>) {
    return field == 1 ? __builtin_nan("") : S{};
  } else {
    return S{};
  }
}

/// The 32 lanes of each field of one output. Fields that a kind does not have are there and unused.
template <class S>
using Lanes = S[max_fields][lanes];

/// Finds the shift of an output among its elements, if it has none yet; returns false if there is no number among them.
template <class K, class T, class S>
CHUNKWISE_INLINE bool find_shift(S* shifts, const T* v, std::size_t n) {
  if (shifts[0] == shifts[0]) return true;
  // The shift is the output's first element in the chunk, or its first number if NaN is skipped.
  std::size_t first = 0;
  if constexpr (is<K, NanMoments>)
    while (first < n && v[first] != v[first]) ++first;
  if (first == n) return false;
  for (std::size_t l = 0; l < lanes; ++l) shifts[l] = static_cast<S>(v[first]);
  return true;
}

template <class K>
constexpr bool has_squares = is<K, Moments> || is<K, NanMoments>;

template <class T>
CHUNKWISE_INLINE bool is_infinite(T element) {
  if constexpr (std::is_floating_point_v<T>)
    return __builtin_fabs(static_cast<double>(element)) == __builtin_inf();
  else
    return false;
}

/// Tells apart squares that are infinite because an element is, and become NaN, from those that have left the range of
/// float64, and stay. Elements are looked at twice only if there are infinite squares.
template <class T, class S>
CHUNKWISE_INLINE void judge_lanes(Lanes<S>& local, const T* v, std::size_t n) {
  unsigned infinite = 0;
  for (std::size_t l = 0; l < lanes; ++l) infinite |= static_cast<unsigned>(local[3][l] == __builtin_inf());
  if (infinite == 0) return;
  for (std::size_t i = 0; i < n; ++i)
    if (is_infinite(v[i])) local[3][0] = __builtin_nan("");
}

/// The same for the squares of n outputs, of which each row has an element.
template <class T>
CHUNKWISE_INLINE void judge_rows(double* squares, const void* const* rows, std::size_t row_count, std::size_t n) {
  unsigned infinite = 0;
  for (std::size_t i = 0; i < n; ++i) infinite |= static_cast<unsigned>(squares[i] == __builtin_inf());
  if (infinite == 0) return;
  for (std::size_t r = 0; r < row_count; ++r) {
    const T* v = static_cast<const T*>(rows[r]);
    for (std::size_t i = 0; i < n; ++i)
      if (is_infinite(v[i])) squares[i] = __builtin_nan("");
  }
}

/// Adds n elements, the first of them to lane `lane`.
template <class K, class T, class S>
CHUNKWISE_INLINE void add_to_lanes(Lanes<S>& local, const T* v, std::size_t n, std::size_t lane) {
  CHUNKWISE_STRICT_FLOATS
  std::size_t i = 0;
  for (; lane != 0 && i < n; ++i, lane = (lane + 1) % lanes)
    Step<K, T>::template apply<false>(local[0][lane], local[1][lane], local[2][lane], local[3][lane], local[4][lane],
                                      v[i]);
  for (; i + lanes <= n; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l)
      Step<K, T>::template apply<false>(local[0][l], local[1][l], local[2][l], local[3][l], local[4][l], v[i + l]);
  for (; i < n; ++i, ++lane)
    Step<K, T>::template apply<false>(local[0][lane], local[1][lane], local[2][lane], local[3][lane], local[4][lane],
                                      v[i]);
}

template <class K, class T>
void accumulate_lanes(void* lane_state, const void* elements, std::size_t n, std::size_t lane,
                      std::int64_t /*position*/) {
  using S = typename Step<K, T>::S;
  constexpr std::size_t fields = field_count<K>;
  S* const state = static_cast<S*>(lane_state);
  const T* v = static_cast<const T*>(elements);
  if constexpr (is<K, Moments> || is<K, NanMoments>)
    if (!find_shift<K>(state + lanes, v, n)) return;
  Lanes<S> local;
  for (std::size_t f = 0; f < max_fields; ++f)
    for (std::size_t l = 0; l < lanes; ++l) local[f][l] = f < fields ? state[f * lanes + l] : S{};
  add_to_lanes<K>(local, v, n, lane);
  if constexpr (has_squares<K>) judge_lanes(local, v, n);
  for (std::size_t f = 0; f < fields; ++f)
    for (std::size_t l = 0; l < lanes; ++l) state[f * lanes + l] = local[f][l];
}

/// Adds the elements v[0][i], v[1][i], ... to output i, for n outputs and as many rows as the compiler knows, in their
/// order: states are loaded and stored once for all of them.
template <class K, std::size_t Rows, class T, class S>
CHUNKWISE_INLINE void add_rows(S* (&field)[max_fields], const T* const (&v)[Rows], std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  constexpr std::size_t count = field_count<K>;
  S* __restrict a = field[0];
  S* __restrict b = field[1];
  S* __restrict c = field[2];
  S* __restrict d = field[3];
  S* __restrict e = field[4];
  for (std::size_t begin = 0; begin < n; begin += prefetch_strip<T>) {
    const std::size_t end = n - begin < prefetch_strip<T> ? n : begin + prefetch_strip<T>;
    for (std::size_t r = 0; Rows > 1 && r < Rows; ++r) prefetch(v[r] + begin);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = begin; i < end; ++i) {
      S sa = a[i];
      S sb = count > 1 ? b[i] : S{};
      S sc = count > 2 ? c[i] : S{};
      S sd = count > 3 ? d[i] : S{};
      S se = count > 4 ? e[i] : S{};
      for (std::size_t r = 0; r < Rows; ++r) Step<K, T>::template apply<true>(sa, sb, sc, sd, se, v[r][i]);
      a[i] = sa;
      if constexpr (count == 2 || is<K, NanMoments>) b[i] = sb;
      if constexpr (count > 2) c[i] = sc;
      if constexpr (count > 3) d[i] = sd;
      if constexpr (count > 4) e[i] = se;
    }
  }
}

template <class K, class T>
void accumulate_rows(void* const* fields, const void* const* rows, std::size_t row_count, std::size_t n, bool first,
                     const std::int64_t* /*positions*/) {
  using S = typename Step<K, T>::S;
  S* field[max_fields];
  for (std::size_t f = 0; f < max_fields; ++f) field[f] = static_cast<S*>(fields[f < field_count<K> ? f : 0]);
  const auto row = [rows](std::size_t r) { return static_cast<const T*>(rows[r]); };
  if constexpr (is<K, Moments>)
    if (first)
      for (std::size_t i = 0; i < n; ++i) field[1][i] = static_cast<S>(row(0)[i]);
  std::size_t r = 0;
  for (; r + 4 <= row_count; r += 4) {
    const T* const v[] = {row(r), row(r + 1), row(r + 2), row(r + 3)};
    add_rows<K, 4>(field, v, n);
  }
  for (; r < row_count; ++r) {
    const T* const v[] = {row(r)};
    add_rows<K, 1>(field, v, n);
  }
  if constexpr (has_squares<K>) judge_rows<T>(field[3], rows, row_count, n);
}

/// Adds products of factors and the elements of as many rows as the compiler knows, one row after the other.
template <std::size_t Rows, class T>
CHUNKWISE_INLINE void add_products(double* __restrict sums, const T (&factor)[Rows], const T* const (&v)[Rows],
                                   std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  CHUNKWISE_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    double sum = sums[i];
    for (std::size_t r = 0; r < Rows; ++r) {
      const T product = factor[r] * v[r][i];
      sum += static_cast<double>(product);
    }
    sums[i] = sum;
  }
}

template <class T>
void accumulate_products(void* const* fields, const void* const* factors, const void* const* rows,
                         std::size_t row_count, std::size_t n) {
  auto* const sums = static_cast<double*>(fields[0]);
  const auto factor = [factors](std::size_t r) { return *static_cast<const T*>(factors[r]); };
  const auto row = [rows](std::size_t r) { return static_cast<const T*>(rows[r]); };
  std::size_t r = 0;
  for (; r + 8 <= row_count; r += 8) {
    const T f[] = {factor(r),     factor(r + 1), factor(r + 2), factor(r + 3),
                   factor(r + 4), factor(r + 5), factor(r + 6), factor(r + 7)};
    const T* const v[] = {row(r), row(r + 1), row(r + 2), row(r + 3), row(r + 4), row(r + 5), row(r + 6), row(r + 7)};
    add_products(sums, f, v, n);
  }
  for (; r < row_count; ++r) {
    const T f[] = {factor(r)};
    const T* const v[] = {row(r)};
    add_products(sums, f, v, n);
  }
}

/// The scalars of merging states of uniform counts.
struct MergeWeights {
  double left_inverse, right_inverse, right_count, weight;
  CHUNKWISE_INLINE MergeWeights(double left, double right)
      : left_inverse(1.0 / left),
        right_inverse(1.0 / right),
        right_count(right),
        weight(left * (right / (left + right))) {}
};

/// Returns merged squares: infinite, and not NaN, if only the way to them leaves the range of float64.
CHUNKWISE_INLINE double merged_squares(double both, double between) {
  CHUNKWISE_STRICT_FLOATS
  const double m2 = both + between;
  return ((m2 != m2) & (both == both)) ? __builtin_inf() : m2;
}

/// Chan, Golub and LeVeque (1983), with both means taken relative to their shifts, so that data far from zero lose
/// nothing in the difference of the means. {a, b, c, d} are the fields {sum, shift, deviation, m2}.
CHUNKWISE_INLINE void merge_moments(double& a, double b, double& c, double& d, double ra, double rb, double rc,
                                    double rd, const MergeWeights& w) {
  CHUNKWISE_STRICT_FLOATS
  const double between = rb - b;
  const double delta = (between + rc * w.right_inverse) - c * w.left_inverse;
  a += ra;
  d = merged_squares(d + rd, (delta * delta) * w.weight);
  c += rc + w.right_count * between;
}

template <class K, class S>
void merge_fields(void* const* left, void* const* right, std::size_t n, double left_count, double right_count) {
  CHUNKWISE_STRICT_FLOATS
  const auto field = [](void* const* fields, std::size_t i) { return static_cast<S*>(fields[i]); };
  S* __restrict a = field(left, 0);
  const S* __restrict ra = field(right, 0);
  if constexpr (is<K, Sums> || is<K, IntegerSums> || is<K, Counts>) {
    for (std::size_t i = 0; i < n; ++i) a[i] += ra[i];
  } else if constexpr (is<K, NanSums>) {
    S* __restrict b = field(left, 1);
    const S* __restrict rb = field(right, 1);
    for (std::size_t i = 0; i < n; ++i) a[i] += ra[i], b[i] += rb[i];
  } else if constexpr (is<K, Smallest>) {
    for (std::size_t i = 0; i < n; ++i) a[i] = smaller(a[i], ra[i]);
  } else if constexpr (is<K, Largest>) {
    for (std::size_t i = 0; i < n; ++i) a[i] = larger(a[i], ra[i]);
  } else if constexpr (is<K, SmallestNumber>) {
    for (std::size_t i = 0; i < n; ++i) a[i] = smaller_number(a[i], ra[i]);
  } else if constexpr (is<K, LargestNumber>) {
    for (std::size_t i = 0; i < n; ++i) a[i] = larger_number(a[i], ra[i]);
  } else {
    S* __restrict b = field(left, 1);
    S* __restrict c = field(left, 2);
    S* __restrict d = field(left, 3);
    const S* __restrict rb = field(right, 1);
    const S* __restrict rc = field(right, 2);
    const S* __restrict rd = field(right, 3);
    if constexpr (is<K, Moments>) {
      const MergeWeights weights(left_count, right_count);
      CHUNKWISE_INDEPENDENT
      for (std::size_t i = 0; i < n; ++i) merge_moments(a[i], b[i], c[i], d[i], ra[i], rb[i], rc[i], rd[i], weights);
    } else {
      S* __restrict e = field(left, 4);
      const S* __restrict re = field(right, 4);
      CHUNKWISE_INDEPENDENT
      for (std::size_t i = 0; i < n; ++i) {
        const double nl = e[i];
        const double nr = re[i];
        const double between = rb[i] - b[i];
        const double delta = (between + rc[i] / nr) - c[i] / nl;
        const double m2 = merged_squares(d[i] + rd[i], (delta * delta) * (nl * (nr / (nl + nr))));
        const double deviation = c[i] + (rc[i] + nr * between);
        // A side without numbers adds nothing; its shift is NaN.
        a[i] += ra[i];
        d[i] = nr == 0.0 ? d[i] : nl == 0.0 ? rd[i] : m2;
        c[i] = nr == 0.0 ? c[i] : nl == 0.0 ? rc[i] : deviation;
        b[i] = nl == 0.0 ? rb[i] : b[i];
        e[i] = nl + nr;
      }
    }
  }
}

/// Makes one state of the lanes: lane j with lane j + 16, then 8, 4, 2, 1.
template <class K, class S>
CHUNKWISE_INLINE void close_local(Lanes<S>& local, void* const* fields, double count) {
  CHUNKWISE_STRICT_FLOATS
  if constexpr (is<K, Moments> || is<K, NanMoments>) {
    // All lanes share one shift, so their fields simply add up; the squares are centred once, at the end.
    for (std::size_t half = lanes / 2; half > 0; half /= 2)
      for (std::size_t f = 0; f < field_count<K>; ++f)
        for (std::size_t l = 0; f != 1 && l < half; ++l) local[f][l] += local[f][l + half];
    const double n = is<K, NanMoments> ? local[4][0] : count;
    local[3][0] = n == 0.0 ? 0.0 : detail::centre(local[3][0], local[2][0], 1.0 / n);
  } else {
    for (std::size_t half = lanes / 2; half > 0; half /= 2) {
      void* left[max_fields];
      void* right[max_fields];
      for (std::size_t f = 0; f < field_count<K>; ++f) left[f] = local[f], right[f] = local[f] + half;
      merge_fields<K, S>(left, right, half, 0, 0);
    }
  }
  for (std::size_t f = 0; f < field_count<K>; ++f) *static_cast<S*>(fields[f]) = local[f][0];
}

template <class K, class S>
void close_lanes(void* const* fields, const void* lane_state, double count) {
  Lanes<S> local;
  __builtin_memcpy(local, lane_state, field_count<K> * lanes * sizeof(S));
  close_local<K>(local, fields, count);
}

template <class K, class T>
void reduce_lanes(void* const* fields, const void* elements, std::size_t n, std::int64_t /*position*/) {
  using S = typename Step<K, T>::S;
  const T* v = static_cast<const T*>(elements);
  Lanes<S> local;
  for (std::size_t f = 0; f < max_fields; ++f) {
    const S start = f < field_count<K> ? before_first<K, S>(f) : S{};
    for (std::size_t l = 0; l < lanes; ++l) local[f][l] = start;
  }
  bool counts = true;
  if constexpr (is<K, Moments> || is<K, NanMoments>) counts = find_shift<K>(local[1], v, n);
  if (counts) add_to_lanes<K>(local, v, n, 0);
  if constexpr (has_squares<K>) judge_lanes(local, v, n);
  close_local<K>(local, fields, static_cast<double>(n));
}

/// Outputs that fold_rows works on at a time: their states stay in the cache, and rows are taken in pieces that are
/// long enough for memory to keep up.
constexpr std::size_t fold_width = 1024;

/// fold_rows for numbers of rows and chunks that the compiler knows: the states of the chunks never leave the
/// registers, and those that they are folded into are loaded and stored once for all of them.
template <class K, class T, std::size_t Rows, std::size_t Chunks>
void fold_known_rows(void* const* folded, const void* const* rows, std::size_t n, double folded_count) {
  CHUNKWISE_STRICT_FLOATS
  const T* v[Chunks][Rows];
  for (std::size_t r = 0; r < Chunks * Rows; ++r) v[r / Rows][r % Rows] = static_cast<const T*>(rows[r]);
  constexpr bool moments = is<K, Moments>;
  static_assert(!moments || Chunks == 1);  // the weights are those of one
  double* __restrict a = static_cast<double*>(folded[0]);
  double* __restrict b = static_cast<double*>(folded[moments ? 1 : 0]);
  double* __restrict c = static_cast<double*>(folded[moments ? 2 : 0]);
  double* __restrict d = static_cast<double*>(folded[moments ? 3 : 0]);
  const bool first = folded_count == 0.0;
  const MergeWeights weights(first ? 1.0 : folded_count, static_cast<double>(Rows));
  const double inverse = 1.0 / static_cast<double>(Rows);
  const auto chunk = [&](const T* const(&row)[Rows], std::size_t i, double& sum, double& shift, double& deviation,
                         double& m2) __attribute__((always_inline)) {
    double unused = 0.0;
    sum = deviation = m2 = 0.0;
    shift = static_cast<double>(row[0][i]);
    for (std::size_t r = 0; r < Rows; ++r)
      Step<K, T>::template apply<true>(sum, shift, deviation, m2, unused, row[r][i]);
    if constexpr (moments) m2 = detail::centre(m2, deviation, inverse);
  };
  const auto fold_chunk = [&](std::size_t k, std::size_t i, double& sa, double& sb, double& sc, double& sd)
      __attribute__((always_inline)) {
    double sum, shift, deviation, m2;
    chunk(v[k], i, sum, shift, deviation, m2);
    if constexpr (moments)
      merge_moments(sa, sb, sc, sd, sum, shift, deviation, m2, weights);
    else
      sa += sum;
  };
  for (std::size_t begin = 0; begin < n; begin += prefetch_strip<T>) {
    const std::size_t end = n - begin < prefetch_strip<T> ? n : begin + prefetch_strip<T>;
    for (std::size_t r = 0; r < Chunks * Rows; ++r) prefetch(v[r / Rows][r % Rows] + begin);
    if (first) {
      CHUNKWISE_INDEPENDENT
      for (std::size_t i = begin; i < end; ++i) {
        double sa, sb, sc, sd;
        chunk(v[0], i, sa, sb, sc, sd);
        for (std::size_t k = 1; k < Chunks; ++k) fold_chunk(k, i, sa, sb, sc, sd);
        a[i] = sa;
        if constexpr (moments) b[i] = sb, c[i] = sc, d[i] = sd;
      }
    } else {
      CHUNKWISE_INDEPENDENT
      for (std::size_t i = begin; i < end; ++i) {
        double sa = a[i];
        double sb = moments ? b[i] : 0.0;
        double sc = moments ? c[i] : 0.0;
        double sd = moments ? d[i] : 0.0;
        for (std::size_t k = 0; k < Chunks; ++k) fold_chunk(k, i, sa, sb, sc, sd);
        a[i] = sa;
        if constexpr (moments) c[i] = sc, d[i] = sd;
      }
    }
  }
  if constexpr (moments) judge_rows<T>(d, rows, Chunks * Rows, n);
}

/// Folds chunks of as many rows each, several together if that pays.
template <class K, class T, std::size_t Rows>
void fold_known_chunks(void* const* folded, const void* const* rows, std::size_t chunks, std::size_t n,
                       double folded_count) {
  constexpr std::size_t together = chunks_together(is<K, Sums> && std::is_same_v<T, double>, Rows);
  std::size_t chunk = 0;
  const auto count = [&] { return folded_count + static_cast<double>(chunk * Rows); };
  for (; chunk + together <= chunks; chunk += together)
    fold_known_rows<K, T, Rows, together>(folded, rows + chunk * Rows, n, count());
  for (; chunk < chunks; ++chunk) fold_known_rows<K, T, Rows, 1>(folded, rows + chunk * Rows, n, count());
}

/// Rows that are given to accumulate_rows at a time.
constexpr std::size_t most_rows = 32;

/// fold_rows for one chunk of any number of rows.
template <class K, class T>
void fold_any_rows(void* const* folded, const void* const* rows, std::size_t row_count, std::size_t n,
                   double folded_count) {
  CHUNKWISE_STRICT_FLOATS
  using S = typename Step<K, T>::S;
  constexpr std::size_t fields = field_count<K>;
  alignas(64) S local[fields][fold_width];
  void* from[max_fields];
  void* to[max_fields];
  for (std::size_t f = 0; f < fields; ++f) from[f] = local[f];
  for (std::size_t begin = 0; begin < n; begin += fold_width) {
    const std::size_t width = n - begin < fold_width ? n - begin : fold_width;
    for (std::size_t f = 0; f < fields; ++f) {
      const S start = before_first<K, S>(f);
      for (std::size_t i = 0; i < fold_width; ++i) local[f][i] = start;
      to[f] = static_cast<S*>(folded[f]) + begin;
    }
    for (std::size_t r = 0; r < row_count; r += most_rows) {
      const void* v[most_rows];
      const std::size_t some = row_count - r < most_rows ? row_count - r : most_rows;
      for (std::size_t q = 0; q < some; ++q) v[q] = static_cast<const T*>(rows[r + q]) + begin;
      accumulate_rows<K, T>(from, v, some, width, r == 0, nullptr);
    }
    if constexpr (is<K, Moments>) {
      const double inverse = 1.0 / static_cast<double>(row_count);
      for (std::size_t i = 0; i < fold_width; ++i) local[3][i] = detail::centre(local[3][i], local[2][i], inverse);
    } else if constexpr (is<K, NanMoments>) {
      for (std::size_t i = 0; i < fold_width; ++i) {
        const double m2 = detail::centre(local[3][i], local[2][i], 1.0 / local[4][i]);
        local[3][i] = local[4][i] == 0.0 ? 0.0 : m2;
      }
    }
    if (folded_count == 0.0) {
      for (std::size_t f = 0; f < fields; ++f) __builtin_memcpy(to[f], local[f], width * sizeof(S));
    } else {
      merge_fields<K, S>(to, from, width, folded_count, static_cast<double>(row_count));
    }
  }
}

template <class K, class T>
void fold_rows(void* const* folded, const void* const* rows, std::size_t row_count, std::size_t chunks, std::size_t n,
               double folded_count, const std::int64_t* /*positions*/) {
  if constexpr ((is<K, Sums> || is<K, Moments>)&&std::is_floating_point_v<T>) {
    switch (row_kernel(true, row_count)) {
      case RowKernel::one_row:
        return fold_known_chunks<K, T, 1>(folded, rows, chunks, n, folded_count);
      case RowKernel::two_rows:
        return fold_known_chunks<K, T, 2>(folded, rows, chunks, n, folded_count);
      case RowKernel::four_rows:
        return fold_known_chunks<K, T, 4>(folded, rows, chunks, n, folded_count);
      case RowKernel::eight_rows:
        return fold_known_chunks<K, T, 8>(folded, rows, chunks, n, folded_count);
      case RowKernel::any_rows:
        break;
    }
  }
  for (std::size_t chunk = 0; chunk < chunks; ++chunk)
    fold_any_rows<K, T>(folded, rows + chunk * row_count, row_count, n,
                        folded_count + static_cast<double>(chunk * row_count));
}

template <class K, class T>
void begin(void* const* fields, std::size_t n) {
  using S = typename K::Field;
  for (std::size_t f = 0; f < field_count<K>; ++f) {
    const S start = before_first<K, S>(f);
    S* const to = static_cast<S*>(fields[f]);
    for (std::size_t i = 0; i < n; ++i) to[i] = start;
  }
}

template <class K, class T>
void begin_lanes(void* lane_states, std::size_t outputs) {
  using S = typename K::Field;
  S* to = static_cast<S*>(lane_states);
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t f = 0; f < field_count<K>; ++f, to += lanes) {
      void* const lanes_of_field = to;
      const S start = before_first<K, S>(f);
      for (std::size_t l = 0; l < lanes; ++l) static_cast<S*>(lanes_of_field)[l] = start;
    }
}

/// Returns the kernels of a state that has its own, over elements of T.
template <class K, class T>
constexpr detail::Kernels special_kernels() {
  using S = typename K::Field;
  detail::Kernels kernels;
  kernels.fields = field_count<K>;
  kernels.field_bytes = sizeof(S);
  kernels.lane_bytes = field_count<K> * lanes * sizeof(S);
  kernels.begin = &begin<K, T>;
  kernels.begin_lanes = &begin_lanes<K, T>;
  kernels.accumulate_lanes = &accumulate_lanes<K, T>;
  kernels.reduce_lanes = &reduce_lanes<K, T>;
  kernels.accumulate_rows = &accumulate_rows<K, T>;
  if constexpr (is<K, Sums> && std::is_floating_point_v<T>) kernels.accumulate_products = &accumulate_products<T>;
  kernels.close_lanes = &close_lanes<K, S>;
  kernels.merge = &merge_fields<K, S>;
  kernels.fold_rows = &fold_rows<K, T>;
  kernels.finish = &finish_fields<K, T>;
  return kernels;
}

template <class A, class T>
constexpr void add_kernels(detail::Table& table) {
  using S = typename A::template state<T>;
  detail::Kernels& kernels =
      table.kernels[static_cast<std::size_t>(state_code<A, T>)][static_cast<std::size_t>(dtype_of<T>)];
  if constexpr (aggregate::Special<S>)
    kernels = special_kernels<S, T>();
  else
    kernels = own_kernels<A, T>();
}

template <class... A>
constexpr detail::Table make_table(aggregate::List<A...> /*catalog*/) {
  detail::Table table{};
  const auto add = [&table]<class Each>(std::type_identity<Each>) {
    aggregate::detail::for_each_type([&table](auto... zeros) { (add_kernels<Each, decltype(zeros)>(table), ...); });
  };
  (add(std::type_identity<A>{}), ...);
  return table;
}

constexpr detail::Table the_table = make_table(aggregate::Catalog{});

}  // namespace

namespace CHUNKWISE_LEVEL {
const detail::Table& table() { return the_table; }
}  // namespace CHUNKWISE_LEVEL

}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
