#pragma once
/// The loops that stand beside functions of lines, windows, places and products: what a careful programmer would write
/// for rows of doubles in memory. They work on columns [begin, end), so that threads share them.
#include <cstddef>
#include <cstdint>

#include "bare_loops.hpp"

namespace chunkwise::bench::bare {

/// Running sums down the columns.
void running_sums(const Rows<double>& x, std::size_t begin, std::size_t end, double* out);
/// Means of `size` rows that end at each row, by adding the one that comes and taking off the one that goes.
void running_means(const Rows<double>& x, std::size_t begin, std::size_t end, std::size_t size, double* out);
/// The quantile q of each column by nth_element of a copy, in tiles of 16 columns; 0.5 is a median.
void quantiles(const Rows<double>& x, std::size_t begin, std::size_t end, double q, double* out);
/// The row of the largest element of each column, and of all of n elements.
void largest_rows(const Rows<double>& x, std::size_t begin, std::size_t end, std::int64_t* out);
std::int64_t largest_of(const double* x, std::size_t n);
/// Products down the columns, and of all of n elements.
void column_products(const Rows<double>& x, std::size_t begin, std::size_t end, double* out);
double product(const double* x, std::size_t n);
/// True if any of n elements is not zero, looking at all of them.
bool any(const double* x, std::size_t n);
/// c = a b for matrices of n rows and columns, rows [begin, end) of c, in blocks.
void product_of_matrices(const double* a, const double* b, std::size_t n, std::size_t begin, std::size_t end,
                         double* c);
/// The sum of f(x) of n elements, for some f.
double sum_of_roots(const double* x, std::size_t n);
double sum_of_floors(const double* x, std::size_t n);
double sum_of_squares(const double* x, std::size_t n);
/// The same for the functions of SLEEF that have the same bits everywhere, in the widest vectors that this machine has;
/// of libm on other machines than x86.
double sum_of_exp(const double* x, std::size_t n);
double sum_of_log(const double* x, std::size_t n);
double sum_of_sin(const double* x, std::size_t n);

}  // namespace chunkwise::bench::bare
