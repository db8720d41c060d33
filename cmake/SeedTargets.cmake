# seed_library and seed_program: one folder is one target, and its link list is the law of who may
# include whom (design, section 3).

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(seed_options INTERFACE)
target_include_directories(seed_options INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(seed_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -fno-strict-aliasing)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns wrongly of std::variant and std::vector moves when it inlines them.
  target_compile_options(seed_options INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-free-nonheap-object -Wno-dangling-reference)
else()
  # libstdc++ 12 calls its own deprecated get_temporary_buffer in std::stable_sort, and clang says so.
  target_compile_options(seed_options INTERFACE -Wno-deprecated-declarations)
endif()
if(SEED_EXPENSIVE_CHECKS)
  target_compile_definitions(seed_options INTERFACE SEED_EXPENSIVE_CHECKS)
endif()
if(SEED_MARKS)
  target_compile_definitions(seed_options INTERFACE SEED_MARKS)
endif()
if(SEED_SANITIZE)
  target_compile_options(seed_options INTERFACE -fsanitize=${SEED_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(seed_options INTERFACE -fsanitize=${SEED_SANITIZE})
endif()
if(SEED_FUZZ)
  target_compile_options(seed_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SEED_COVERAGE)
  target_compile_options(seed_options INTERFACE --coverage)
  target_link_options(seed_options INTERFACE --coverage)
endif()

# seed_library(<name> SOURCES ... [LINK <targets its headers need>...] [PRIVATE <targets>...])
# A folder without sources is headers only.
function(seed_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  if(ARG_SOURCES)
    add_library(seed_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(seed_${name} PUBLIC seed_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(seed_${name} INTERFACE)
    target_link_libraries(seed_${name} INTERFACE seed_options ${ARG_LINK})
  endif()
  add_library(seed::${name} ALIAS seed_${name})
endfunction()

# seed_program(<name> SOURCES ... LINK ...)
function(seed_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE seed_options ${ARG_LINK})
endfunction()
