# rigbisect_room(NAME SOURCES a.cpp ... LINKS rooms-and-libraries ...)
# One static library per room, called rigbisect_NAME. It links only what it names.
function(rigbisect_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(ROOM_SOURCES)
    add_library(rigbisect_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(rigbisect_${name}
      PUBLIC rigbisect_settings ${ROOM_LINKS} PRIVATE rigbisect_warnings ${ROOM_PRIVATE_LINKS})
    set_target_properties(rigbisect_${name} PROPERTIES UNITY_BUILD ${RIGBISECT_UNITY})
  else()
    add_library(rigbisect_${name} INTERFACE)
    target_link_libraries(rigbisect_${name} INTERFACE rigbisect_settings ${ROOM_LINKS})
  endif()
endfunction()

# rigbisect_test(NAME [APART] SOURCES a.cpp ... LINKS ...): a doctest program test-NAME, one ctest entry. APART: its files use
# the same names for different things, so each is compiled for itself.
# The timeout is for a hang on a busy machine under a sanitizer; each takes milliseconds to seconds on its own.
# Tests find their data through RIGBISECT_SOURCE_DIR; scratch files go to a directory of their own.
add_custom_target(unit-tests)
add_custom_target(fuzz-targets)

# A test's own code is compiled far more often than it runs: not optimised, unless a sanitizer says how.
add_library(rigbisect_test_settings INTERFACE)
target_link_libraries(rigbisect_test_settings INTERFACE rigbisect_settings rigbisect_warnings doctest::doctest)
target_compile_definitions(rigbisect_test_settings INTERFACE RIGBISECT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
if(NOT RIGBISECT_SANITIZE)
  target_compile_options(rigbisect_test_settings INTERFACE -O0 -g1)
endif()
add_library(rigbisect_test_main OBJECT ${PROJECT_SOURCE_DIR}/tests/main.cpp)
target_link_libraries(rigbisect_test_main PRIVATE rigbisect_test_settings)

function(rigbisect_test name)
  cmake_parse_arguments(TEST "APART" "" "SOURCES;LINKS" ${ARGN})
  add_executable(test-${name} $<TARGET_OBJECTS:rigbisect_test_main> ${TEST_SOURCES})
  target_link_libraries(test-${name} PRIVATE rigbisect_test_settings ${TEST_LINKS})
  if(NOT TEST_APART)
    set_target_properties(test-${name} PROPERTIES UNITY_BUILD ${RIGBISECT_UNITY})
  endif()
  add_test(NAME ${name} COMMAND test-${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 600)
  add_dependencies(unit-tests test-${name})
endfunction()

# rigbisect_bench(NAME SOURCES a.cpp ... LINKS ...): a program bench-NAME that measures, for the release preset; built when
# asked for.
add_custom_target(benchmarks)
function(rigbisect_bench name)
  cmake_parse_arguments(BENCH "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(bench-${name} EXCLUDE_FROM_ALL ${BENCH_SOURCES})
  target_link_libraries(bench-${name} PRIVATE rigbisect_settings rigbisect_warnings ${BENCH_LINKS})
  add_dependencies(benchmarks bench-${name})
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
