# Writes the file that tells ctest the suites of a test program, a process a suite.
#
#   cmake -D PROGRAM=file -D PREFIX=name. -D PROPERTIES="NAME value..." -D OUTPUT=file -P suites.cmake

execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE " +#[^\n]*" "" listed "${listed}")  # types and parameters
string(REPLACE "\n" ";" lines "${listed}")
set(entries "")
foreach(line IN LISTS lines)
  # Suites stand at the beginning of a line, their tests behind blanks.
  if(NOT line MATCHES "DISABLED_" AND line MATCHES "^([A-Za-z_][A-Za-z0-9_/]*)\\.$")
    set(suite ${CMAKE_MATCH_1})
    string(APPEND entries
      "add_test([==[${PREFIX}${suite}]==] [==[${PROGRAM}]==] [==[--gtest_filter=${suite}.*]==])\n"
      "set_tests_properties([==[${PREFIX}${suite}]==] PROPERTIES ${PROPERTIES})\n")
  endif()
endforeach()
if(NOT entries)
  message(FATAL_ERROR "${PROGRAM} lists no tests:\n${listed}")
endif()
file(WRITE ${OUTPUT} "${entries}")
