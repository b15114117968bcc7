# Two interface targets that all our own code links privately, and third-party code never:
# rigbisect_settings (language, sanitizers) and rigbisect_warnings.

option(RIGBISECT_DEV "Warnings are errors (the dev, asan, tsan and fuzz presets turn it on)" OFF)
option(RIGBISECT_UNITY "Compile a room's files a few at a time, in half the time (the release preset turns it on)" OFF)
option(RIGBISECT_FUZZ "Build the fuzz targets (needs clang)" OFF)
set(RIGBISECT_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Lines and function names are what a backtrace needs; everything a debugger could ask for costs 28 % more compile time.
string(REPLACE "-g " "-g1 " CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Ninja has the compiler list what it reads; without being told to use that, ccache runs the preprocessor first, a sixth of
  # the time of a file that it does not know.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(rigbisect_settings INTERFACE)
target_compile_features(rigbisect_settings INTERFACE cxx_std_20)
target_include_directories(rigbisect_settings INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/firmware-host)
if(RIGBISECT_SANITIZE)
  target_compile_options(rigbisect_settings INTERFACE
    -fsanitize=${RIGBISECT_SANITIZE} -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rigbisect_settings INTERFACE -fsanitize=${RIGBISECT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU) # finds uninitialised members of std::regex that are not (GCC bug 105562)
    target_compile_options(rigbisect_settings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

add_library(rigbisect_warnings INTERFACE)
target_compile_options(rigbisect_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  $<$<BOOL:${RIGBISECT_DEV}>:-Werror>)
if(RIGBISECT_UNITY) # what is hidden in one file is seen by those that come after it
  target_compile_options(rigbisect_warnings INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
