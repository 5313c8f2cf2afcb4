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
set(netcdf_here ${CMAKE_BINARY_DIR}/aarch64)
set(ENV{PKG_CONFIG_LIBDIR} ${netcdf_here}:/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
# Debian has the development files of netcdf-c and HDF5 for one architecture at a time. Their headers are the same for
# both; the libraries are those that programs load, under the names that a linker looks for.
set(packages netcdf hdf5)
set(libraries netcdf hdf5_serial)
set(versions 19 103)
foreach(package library version IN ZIP_LISTS packages libraries versions)
  set(name lib${library}.so)
  set(file /usr/lib/aarch64-linux-gnu/${name}.${version})
  if(EXISTS ${file} AND NOT EXISTS ${netcdf_here}/${package}.pc)
    file(MAKE_DIRECTORY ${netcdf_here})
    file(CREATE_LINK ${file} ${netcdf_here}/${name} SYMBOLIC)
    file(CREATE_LINK ${file} ${netcdf_here}/${name}.${version} SYMBOLIC)
    file(WRITE ${netcdf_here}/${package}.pc "Name: ${package}\nDescription: ${package} for aarch64\nVersion: ${version}\n"
         "Cflags: -I/usr/include/hdf5/serial\nLibs: -L${netcdf_here} -l${library}\n")
  endif()
endforeach()
# Boost is headers only, those of any architecture.
if(NOT DEFINED Boost_DIR)
  file(GLOB boost /usr/lib/*-linux-gnu/cmake/Boost-1.*)
  if(boost)
    list(GET boost 0 boost)
    set(Boost_DIR ${boost} CACHE PATH "Boost's CMake package")
  endif()
endif()
