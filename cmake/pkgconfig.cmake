# pkg-config files: chunkwise, chunkwise-netcdf and so on for the kind that is preferred, the shared one if it is built,
# and chunkwise-static, chunkwise-netcdf-static for the archives. Each asks for the others in its very version.

# Where the files lie tells the prefix, so that an installation may be moved.
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH up /prefix/${pkgconfig_dir} /prefix)
string(REGEX REPLACE "/$" "" up ${up})

# chunkwise_pkgconfig(name library description KIND shared|static LIBS flag... REQUIRES name... FOREIGN name...)
# REQUIRES are files of this project, FOREIGN those of others.
function(chunkwise_pkgconfig name description)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LIBS;REQUIRES;FOREIGN")
  list(TRANSFORM arg_REQUIRES APPEND " = ${PROJECT_VERSION}")
  list(JOIN arg_LIBS " " libs)
  set(requires ${arg_REQUIRES} ${arg_FOREIGN})
  list(JOIN requires ", " requires)
  set(file ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc)
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
prefix=${pcfiledir}/@up@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: @name@
Description: @description@
Version: @PROJECT_VERSION@
Requires: @requires@
Cflags: -I${includedir} -ffp-contract=off
Libs: -L${libdir} @libs@
]])
  install(FILES ${file} DESTINATION ${pkgconfig_dir})
endfunction()

set(team_libs "")
if(CHUNKWISE_TEAM STREQUAL "openmp")
  set(team_libs ${OpenMP_CXX_LIB_NAMES})
  list(TRANSFORM team_libs PREPEND -l)
endif()

set(description_chunkwise "${PROJECT_DESCRIPTION}")
set(description_netcdf "NetCDF files as arrays of chunkwise, and its results as NetCDF files")
set(description_sample "Files to try chunkwise with")
set(description_plot "Pictures of arrays of chunkwise")
set(description_thrift "Clusters that compute arrays of chunkwise")
set(description_explore "Arrays of chunkwise in a browser")
set(description_mpi "MPI jobs that compute arrays of chunkwise")
# What an archive needs beside those of chunkwise, and what takes out of it what only tables refer to, weakly.
set(foreign_chunkwise sleef)
set(libs_chunkwise ${team_libs} -pthread)
set(libs_netcdf -ldl -pthread)
set(anchor_netcdf -Wl,-u,chunkwise_netcdf_format)
set(libs_sample -pthread)
set(foreign_plot cairo)
set(foreign_thrift thrift openssl)
set(foreign_explore cpp-httplib)
set(libs_explore -pthread)
set(libs_thrift -l:libchunkwise_cluster.a -pthread)
set(anchor_thrift -Wl,-u,chunkwise_thrift_backend)
set(libs_mpi -l:libchunkwise_cluster.a ${MPI_CXX_LIBRARIES} -pthread)
set(anchor_mpi -Wl,-u,chunkwise_mpi_backend)
set(requires_sample chunkwise-netcdf)
if(CHUNKWISE_NETCDF)
  set(requires_plot chunkwise-netcdf)
  set(requires_thrift chunkwise-netcdf)
  set(requires_mpi chunkwise-netcdf)
  set(requires_explore chunkwise-netcdf)
endif()

foreach(library IN LISTS libraries)
  string(REGEX REPLACE "^chunkwise_" "" part ${library})
  string(REPLACE "_" "-" name ${library})
  set(requires "")
  if(NOT library STREQUAL "chunkwise")
    set(requires ${requires_${part}} chunkwise)  # in the order of linking
  endif()
  list(TRANSFORM requires APPEND -static OUTPUT_VARIABLE static_requires)
  set(archives ${anchor_${part}} -l:lib${library}.a ${libs_${part}})
  chunkwise_pkgconfig(${name}-static "${description_${part}} (static library)"
    LIBS ${archives} REQUIRES ${static_requires} FOREIGN ${foreign_${part}})
  if(shared_libraries)
    # No linker may leave out a library that only a table refers to, weakly.
    chunkwise_pkgconfig(${name} "${description_${part}}"
      LIBS "-Wl,--push-state,--no-as-needed,-l${library},--pop-state" REQUIRES ${requires})
  else()
    chunkwise_pkgconfig(${name} "${description_${part}}"
      LIBS ${archives} REQUIRES ${requires} FOREIGN ${foreign_${part}})
  endif()
endforeach()
