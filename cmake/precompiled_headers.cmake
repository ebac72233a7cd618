# Most of a cold build goes into the headers of the standard library, of nlohmann/json and of GoogleTest. They are
# precompiled once for each set of compile options. Every source still includes what it uses: a build with
# -DJETKEEP_PCH=OFF shows it.
#
#   std        the standard library, tl/expected
#   json       with nlohmann/json; optimized less, because its templates cost the compiler most
#   test       with GoogleTest, not optimized
#   test_json  with both

set(JETKEEP_STD_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <functional> <map>
  <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <utility> <vector> <tl/expected.hpp>)
set(JETKEEP_HEADERS_std ${JETKEEP_STD_HEADERS})
set(JETKEEP_HEADERS_json ${JETKEEP_STD_HEADERS} <nlohmann/json.hpp>)
set(JETKEEP_HEADERS_test ${JETKEEP_STD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
set(JETKEEP_HEADERS_test_json ${JETKEEP_HEADERS_json} <gmock/gmock.h> <gtest/gtest.h>)
set(JETKEEP_OPTIONS_std "")
set(JETKEEP_OPTIONS_json -O1)
set(JETKEEP_OPTIONS_test -O0)
set(JETKEEP_OPTIONS_test_json -O0)
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  set(JETKEEP_OPTIONS_json "")
endif()

# What ccache needs to keep results that depend on a precompiled header.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(JETKEEP_PCH_OPTIONS -fpch-preprocess)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Wrong alarms about operator+ of std::string, silenced in system headers but not in precompiled ones.
    list(APPEND JETKEEP_PCH_OPTIONS
      -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
else()
  set(JETKEEP_PCH_OPTIONS "SHELL:-Xclang -fno-pch-timestamp")
endif()

# jetkeep_precompiled(target SET): compiles `target` with one of the sets above.
function(jetkeep_precompiled name headers)
  if(NOT JETKEEP_PCH)
    return()
  endif()
  set(options ${JETKEEP_OPTIONS_${headers}} ${JETKEEP_PCH_OPTIONS})
  if(NOT TARGET jetkeep_pch_${headers})
    set(source ${PROJECT_BINARY_DIR}/pch_${headers}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    add_library(jetkeep_pch_${headers} OBJECT EXCLUDE_FROM_ALL ${source})
    target_link_libraries(jetkeep_pch_${headers} PRIVATE jetkeep_options)
    target_compile_options(jetkeep_pch_${headers} PRIVATE ${options})
    target_precompile_headers(jetkeep_pch_${headers} PRIVATE ${JETKEEP_HEADERS_${headers}})
  endif()
  target_compile_options(${name} PRIVATE ${options})
  target_precompile_headers(${name} REUSE_FROM jetkeep_pch_${headers})
endfunction()
