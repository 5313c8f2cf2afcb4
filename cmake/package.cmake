# Debian packages, by `cpack` in the build folder: chunkwise, the command, and libchunkwise-dev, the library. What the
# command is linked with is found by dpkg-shlibdeps, and here what it loads while it runs; what a user of the library
# needs to build stands here too.

# The packages of the netcdf-c and the libdeflate found, which programs load when they first use them.
set(loaded_packages "")
if(CHUNKWISE_NETCDF)
  foreach(libraries NETCDF_LINK_LIBRARIES DEFLATE_LINK_LIBRARIES)
    list(GET ${libraries} 0 file)
    file(REAL_PATH ${file} file)
    execute_process(COMMAND dpkg-query --search ${file} OUTPUT_VARIABLE owner ERROR_QUIET)
    if(owner MATCHES "^([^:]+):")
      string(APPEND loaded_packages ", ${CMAKE_MATCH_1}")
    endif()
  endforeach()
endif()

set(CPACK_PACKAGE_NAME chunkwise)
set(CPACK_PACKAGE_VENDOR "the chunkwise developers")
set(CPACK_PACKAGE_CONTACT "the chunkwise developers <chunkwise@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_COMPONENTS_ALL command development)

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME chunkwise)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "fonts-dejavu-core | fontconfig${loaded_packages}")
set(CPACK_COMPONENT_COMMAND_DESCRIPTION "Formulas in NumPy's notation over NetCDF files, from a shell.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libchunkwise-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libboost-dev, libsleef-dev, libcairo2-dev, libthrift-dev, libssl-dev, pkgconf${loaded_packages}")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Headers and static libraries of ${PROJECT_DESCRIPTION}.")

include(CPack)
