# One interface target carries the warnings and hardening of every own target;
# generated code (proto/) does not link it.
add_library(panvault_compile INTERFACE)
target_include_directories(panvault_compile INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(panvault_compile INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -fstack-protector-strong)
target_compile_definitions(panvault_compile INTERFACE _GLIBCXX_ASSERTIONS)

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
add_link_options(-pie -Wl,-z,relro,-z,now)

if(PANVAULT_SANITIZE)
  # Instrumented code takes the compiler two to four times as long at -O2, and
  # finds no more.
  set(CMAKE_CXX_FLAGS_RELEASE "-O1 -g1 -DNDEBUG")
  add_compile_options(-fsanitize=${PANVAULT_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PANVAULT_SANITIZE})
  if(PANVAULT_SANITIZE STREQUAL "thread")
    # Debian's libraries are not instrumented; see the ADR on sanitizers.
    add_compile_options(-Wno-unused-command-line-argument)
  endif()
else()
  # Fortified sources and ASan's interceptors do not go together.
  target_compile_options(panvault_compile INTERFACE
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
endif()

# Links each program as one: a call passes through dozens of small functions in
# as many files, and inlining them halves what panvault adds to gRPC's own work
# (bench/README.md). For what is shipped and measured (build/production); tests
# do without, since each of them would take half a minute to link.
option(PANVAULT_LTO "link-time optimisation" OFF)
if(PANVAULT_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  add_compile_options(-fno-plt)
endif()

# panvault_test(<folder>/<file> DEPS <targets> [TIMEOUT <s>] [LABELS <l>...])
# builds tests/<folder>/<file>_test.cc into one binary and one ctest entry, so
# that a failure names the file and tests run side by side.
function(panvault_test path)
  cmake_parse_arguments(T "" "TIMEOUT" "DEPS;LABELS;SOURCES" ${ARGN})
  string(REPLACE "/" "_" target "${path}_test")
  get_filename_component(name "${path}" NAME)
  add_executable(${target} "${CMAKE_SOURCE_DIR}/tests/${path}_test.cc" ${T_SOURCES})
  target_link_libraries(${target} PRIVATE ${T_DEPS} panvault_compile
                        GTest::gmock GTest::gtest_main)
  if(TARGET panvault_test_headers)
    # As gRPC asks for, and not all tests are with it.
    target_compile_options(${target} PRIVATE -O0 -pthread)
    target_precompile_headers(${target} REUSE_FROM panvault_test_headers)
  endif()
  add_test(NAME "${path}" COMMAND ${target})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  set_tests_properties("${path}" PROPERTIES TIMEOUT ${T_TIMEOUT})
  if(T_LABELS)
    set_tests_properties("${path}" PROPERTIES LABELS "${T_LABELS}")
  endif()
endfunction()
