# The toolchain for aarch64 on Debian: cmake -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake, with the packages of the group
# "aarch64" in cmake/packages.txt. Programs run under qemu-aarch64-static where the machine is another.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Libraries are those of Debian's second architecture; headers, programs and many packages of CMake are the same for all.
# The C++ library that comes with the cross compiler lies where no loader looks.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -E LD_LIBRARY_PATH=/usr/aarch64-linux-gnu/lib)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
# Boost is headers only, those of any architecture.
if(NOT DEFINED Boost_DIR)
  file(GLOB boost /usr/lib/*-linux-gnu/cmake/Boost-1.*)
  if(boost)
    list(GET boost 0 boost)
    set(Boost_DIR ${boost} CACHE PATH "Boost's CMake package")
  endif()
endif()
