# rigbisect_room(NAME SOURCES a.cpp ... LINKS rooms-and-libraries ...)
# One static library per room, called rigbisect_NAME. It links only what it names.
function(rigbisect_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(ROOM_SOURCES)
    add_library(rigbisect_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(rigbisect_${name}
      PUBLIC rigbisect_settings ${ROOM_LINKS} PRIVATE rigbisect_warnings ${ROOM_PRIVATE_LINKS})
  else()
    add_library(rigbisect_${name} INTERFACE)
    target_link_libraries(rigbisect_${name} INTERFACE rigbisect_settings ${ROOM_LINKS})
  endif()
endfunction()

# rigbisect_test(NAME SOURCES a.cpp ... LINKS ...): a doctest program test-NAME, one ctest entry.
# The timeout is for a hang on a busy machine under a sanitizer; each takes milliseconds to seconds on its own.
# Tests find their data through RIGBISECT_SOURCE_DIR; scratch files go to a directory of their own.
add_custom_target(unit-tests)
add_custom_target(fuzz-targets)

function(rigbisect_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(test-${name} ${PROJECT_SOURCE_DIR}/tests/main.cpp ${TEST_SOURCES})
  target_link_libraries(test-${name} PRIVATE rigbisect_settings rigbisect_warnings doctest::doctest ${TEST_LINKS})
  target_compile_definitions(test-${name} PRIVATE RIGBISECT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND test-${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 600)
  add_dependencies(unit-tests test-${name})
endfunction()

# rigbisect_fuzz(NAME SOURCES a.cpp LINKS ...): a libFuzzer program fuzz-NAME, built by the fuzz preset only.
function(rigbisect_fuzz name)
  if(NOT RIGBISECT_FUZZ)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(fuzz-${name} ${FUZZ_SOURCES})
  target_link_libraries(fuzz-${name} PRIVATE rigbisect_settings rigbisect_warnings ${FUZZ_LINKS})
  target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz-targets fuzz-${name})
endfunction()
