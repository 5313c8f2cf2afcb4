# Shared libraries beside the static ones, of the same objects: chunkwise::chunkwise_shared, chunkwise::netcdf_shared
# and so on. A program takes either kind for all parts; CMake refuses one that mixes them, since it would have two
# registries of kernels.

# What a shared library exports: the names of this interface's version. Templates of the standard library and of others,
# which could have been compiled with other flags elsewhere, stay its own.
file(STRINGS ${PROJECT_SOURCE_DIR}/include/chunkwise/core/config.hpp abi REGEX "#define CHUNKWISE_ABI ")
string(REGEX REPLACE ".* " "" abi "${abi}")
set(chunkwise_exports ${PROJECT_BINARY_DIR}/exports.map)
configure_file(${PROJECT_SOURCE_DIR}/cmake/exports.map.in ${chunkwise_exports} @ONLY)

# chunkwise_linkage(target static|shared)
# Has CMake refuse targets that are linked with both kinds, or with parts of different versions.
function(chunkwise_linkage target linkage)
  set_target_properties(${target} PROPERTIES
    INTERFACE_CHUNKWISE_LINKAGE ${linkage}
    INTERFACE_CHUNKWISE_VERSION ${PROJECT_VERSION})
  set_property(TARGET ${target} APPEND PROPERTY COMPATIBLE_INTERFACE_STRING CHUNKWISE_LINKAGE CHUNKWISE_VERSION)
endfunction()

# chunkwise_shared(target part...)
# The shared library <target>_shared of the objects of the static library and of its parts, which have no header and are
# no library of their own. It needs what they need, of chunkwise in the shared kind.
function(chunkwise_shared target)
  set(shared ${target}_shared)
  set(parts ${target} ${ARGN})
  add_library(${shared} SHARED)
  foreach(part IN LISTS parts)
    get_target_property(more ${part} CHUNKWISE_OBJECTS)
    if(NOT more)
      set(more "")
    endif()
    foreach(objects IN LISTS part more)
      target_sources(${shared} PRIVATE $<TARGET_OBJECTS:${objects}>)
    endforeach()
    get_target_property(libraries ${part} LINK_LIBRARIES)
    foreach(library IN LISTS libraries)
      if(library IN_LIST parts OR library MATCHES "^\\$<")  # of headers and warnings, no object of it
        continue()
      elseif(TARGET ${library}_shared)
        target_link_libraries(${shared} PUBLIC ${library}_shared)
      else()
        target_link_libraries(${shared} PRIVATE ${library})
      endif()
    endforeach()
  endforeach()
  target_link_libraries(${shared} INTERFACE Boost::headers)
  target_include_directories(${shared} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${shared} INTERFACE cxx_std_20)
  foreach(property INTERFACE_COMPILE_OPTIONS INTERFACE_LINK_OPTIONS)
    get_target_property(value ${target} ${property})
    if(value)
      set_target_properties(${shared} PROPERTIES ${property} "${value}")
    endif()
  endforeach()
  if(NOT target STREQUAL "chunkwise")
    # A program knows of files and clusters by tables that refer to these libraries weakly: none may be left out because
    # the program itself names nothing of it.
    target_link_options(${shared} INTERFACE LINKER:--no-as-needed)
  endif()
  # Functions of its own are called directly, as in a program that is linked with the static library.
  target_link_options(${shared} PRIVATE
    LINKER:--version-script=${chunkwise_exports} LINKER:-Bsymbolic-functions LINKER:--no-undefined)
  string(REGEX REPLACE "^chunkwise_" "" name ${shared})
  set_target_properties(${shared} PROPERTIES
    OUTPUT_NAME ${target}
    EXPORT_NAME ${name}
    LINKER_LANGUAGE CXX
    LINK_DEPENDS ${chunkwise_exports}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN")
  if(target STREQUAL "chunkwise")
    set_target_properties(${shared} PROPERTIES EXPORT_NAME chunkwise_shared)
  endif()
  get_target_property(name ${shared} EXPORT_NAME)
  add_library(chunkwise::${name} ALIAS ${shared})
  chunkwise_linkage(${shared} shared)
endfunction()
