# Flags, in one place: what users inherit, what is ours alone, and what kernels get.

# Warnings are for what is built here; they are not exported.
add_library(chunkwise_warnings INTERFACE)
target_compile_options(chunkwise_warnings INTERFACE
  $<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-Wall;-Wextra;-Wpedantic;-Wconversion>
  $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>
  # g++ 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wshadow>
  $<$<BOOL:${CHUNKWISE_WERROR}>:-Werror>)

# A sanitizer must see every object of a program, so it is the one thing set for whole directories.
if(CHUNKWISE_SANITIZE)
  add_compile_options(-fsanitize=${CHUNKWISE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CHUNKWISE_SANITIZE_WITHOUT)
    add_compile_options(-fno-sanitize=${CHUNKWISE_SANITIZE_WITHOUT})
  endif()
  add_link_options(-fsanitize=${CHUNKWISE_SANITIZE})
endif()

# chunkwise_library(target)
# What the libraries have in common.
function(chunkwise_library target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  # One answer on every machine and backend: no a * b + c is contracted into one rounding, in users' files neither.
  target_compile_options(${target} PUBLIC $<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-ffp-contract=off>)
  # Shared libraries are made of the same objects; cmake/exports.map.in says what these export. Nobody replaces a function
  # of ours, so the compiler may make one part of another.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU,Clang>:-fno-semantic-interposition>)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  # The runtime's own headers are "runtime/..." and "backends/...".
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:chunkwise_warnings>)
endfunction()

# chunkwise_batches(target [size])
# With CHUNKWISE_BATCHES, sources of the target are compiled so many at a time, ten if nothing is said: what they include
# is read, and the templates that they share are compiled, once for all of a batch. A source whose local names another
# one has too, or that says something before it includes anything, is left out of it with SKIP_UNITY_BUILD_INCLUSION.
function(chunkwise_batches target)
  if(CHUNKWISE_BATCHES)
    set(size 10)
    if(ARGC GREATER 1)
      set(size ${ARGV1})
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
    # A batch looks to g++ like a source that includes sources, whose local types then are those of a header.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# chunkwise_component(name header...)
# The library chunkwise_<name>, chunkwise::<name> to others and in the package, with its public headers.
function(chunkwise_component name)
  add_library(chunkwise_${name} STATIC)
  add_library(chunkwise::${name} ALIAS chunkwise_${name})
  set_target_properties(chunkwise_${name} PROPERTIES EXPORT_NAME ${name})
  chunkwise_library(chunkwise_${name})
  chunkwise_batches(chunkwise_${name})
  target_sources(chunkwise_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${ARGN})
  target_link_libraries(chunkwise_${name} PUBLIC chunkwise)
endfunction()

# chunkwise_kernels(target source...)
# Compiles the sources once for each instruction set, with CHUNKWISE_LEVEL = baseline, avx2, avx512, and adds the
# objects to the library; which of them runs is decided at run time. Never FMA: results have the same bits everywhere.
# For sanitizers, baseline alone, and not made into vectors: it is the same source, and takes minutes otherwise.
function(chunkwise_kernels target)
  set(levels baseline)
  set(options -O3 -fno-math-errno -fno-trapping-math)
  if(CHUNKWISE_SANITIZE)
    list(REMOVE_ITEM options -O3)
    target_compile_definitions(${target} PRIVATE CHUNKWISE_ONLY_BASELINE)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    list(APPEND levels avx2 avx512)
    list(APPEND options -mno-fma)
    # After -mno-fma: clang takes -mavx512f back when -mno-fma follows. It brings FMA; -ffp-contract=off keeps it unused.
    set(options_avx2 -mavx2)
    set(options_avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
  endif()
  foreach(level IN LISTS levels)
    set(objects ${target}_kernels_${level})
    add_library(${objects} OBJECT ${ARGN})
    chunkwise_library(${objects})
    target_compile_definitions(${objects} PRIVATE CHUNKWISE_LEVEL=${level})
    target_compile_options(${objects} PRIVATE ${options} ${options_${level}})
    target_include_directories(${objects} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${objects} PRIVATE Boost::headers PkgConfig::SLEEF)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
    set_property(TARGET ${target} APPEND PROPERTY CHUNKWISE_OBJECTS ${objects})
  endforeach()
endfunction()
