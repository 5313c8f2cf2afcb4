#pragma once
/// Definitions that every header of chunkwise uses: the version, the few compiler words we need, and the floating-point
/// rules under which results are defined. Holds no types. Next: core/dtype.hpp.

#if defined(__FAST_MATH__)
#error "chunkwise: -ffast-math changes results; compile the files that include chunkwise without it"
#elif defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "chunkwise: -ffinite-math-only takes away NaN; compile the files that include chunkwise without it"
#endif

#define CHUNKWISE_VERSION_MAJOR 0
#define CHUNKWISE_VERSION_MINOR 1
#define CHUNKWISE_VERSION_PATCH 0

/// Marks a function whose body must become part of its caller: an element's operation inside a kernel's loop.
#define CHUNKWISE_INLINE __attribute__((always_inline)) inline

/// First statement of every function that computes with floating point: no contraction of a * b + c into one rounding.
/// g++ has no such pragma; its kernels carry the rule as a function attribute (kernel/native.hpp).
#ifdef __clang__
#define CHUNKWISE_STRICT_FLOATS _Pragma("clang fp contract(off)")
#else
#define CHUNKWISE_STRICT_FLOATS
#endif

/// Before a loop whose iterations are independent: lets the compiler vectorise without testing pointers for overlap.
#ifdef __clang__
#define CHUNKWISE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define CHUNKWISE_INDEPENDENT _Pragma("GCC ivdep")
#endif

/// Marks a type that is one type in all libraries of a process, also if a file is compiled with -fvisibility=hidden: a
/// type that is thrown, or that a user's class derives from. Functions need no mark; a shared library exports all of
/// this version.
#define CHUNKWISE_API __attribute__((visibility("default")))

/// The inline namespace carries the binary interface's version: objects built against different ones do not link.
#define CHUNKWISE_ABI v1
