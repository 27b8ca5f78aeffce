# How this project's libraries, programs and tests are put together. Every folder's sources are globbed
# (CONFIGURE_DEPENDS), so that a new file needs no line here.
include_guard()

option(NOODSTOP_TESTS "Build the tests" ON)
set(NOODSTOP_SANITIZE "" CACHE STRING "Comma-separated sanitizers, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(NOODSTOP_CCACHE ccache)
if(NOODSTOP_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${NOODSTOP_CCACHE}")
endif()

add_library(noodstop_options INTERFACE)
target_include_directories(noodstop_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(noodstop_options INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wswitch-enum -Wnon-virtual-dtor -Woverloaded-virtual
    -Wno-missing-field-initializers -fstack-protector-strong)
# Every Boost.Asio unit sees the same configuration.
target_compile_definitions(noodstop_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_definitions(noodstop_options INTERFACE _FORTIFY_SOURCE=2)
endif()
# Of files compiled as one, a local name may be another file's global one, and an anonymous type looks like a header's.
if(CMAKE_UNITY_BUILD)
    target_compile_options(noodstop_options INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()
# GCC 12 sees null and overflow problems in the standard library's own inlined code (PR 105329 and others).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(noodstop_options INTERFACE -Wno-pedantic -Wno-restrict -Wno-stringop-overflow
        -Wno-stringop-overread -Wno-maybe-uninitialized -Wno-array-bounds -Wno-null-dereference
        -Wno-free-nonheap-object)
else()
    target_compile_options(noodstop_options INTERFACE -Wno-gnu-anonymous-struct -Wno-pedantic)
endif()
if(NOODSTOP_SANITIZE)
    target_compile_options(noodstop_options INTERFACE -fsanitize=${NOODSTOP_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    target_link_options(noodstop_options INTERFACE -fsanitize=${NOODSTOP_SANITIZE})
endif()

# noodstop_library(FOLDER [APART name...] [LINK ...]): all FOLDER/*.cpp as a static library named like the path
# (agent_core), but for those named APART, which noodstop_part() makes a library of their own.
function(noodstop_library folder)
    cmake_parse_arguments(ARG "" "" "APART;LINK" ${ARGN})
    string(REPLACE "/" "_" name "${folder}")
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
    foreach(apart ${ARG_APART})
        list(REMOVE_ITEM sources "${CMAKE_SOURCE_DIR}/${folder}/${apart}.cpp")
    endforeach()
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC noodstop_options ${ARG_LINK})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE noodstop_options ${ARG_LINK})
    endif()
endfunction()

# noodstop_part(NAME FOLDER PARTS name... [LINK ...]): these sources of a folder as the library NAME.
function(noodstop_part name folder)
    cmake_parse_arguments(ARG "" "" "PARTS;LINK" ${ARGN})
    list(TRANSFORM ARG_PARTS PREPEND "${CMAKE_SOURCE_DIR}/${folder}/")
    list(TRANSFORM ARG_PARTS APPEND ".cpp")
    add_library(${name} STATIC ${ARG_PARTS})
    target_link_libraries(${name} PUBLIC noodstop_options ${ARG_LINK})
endfunction()

# noodstop_program(NAME SOURCES ... | DIRECTORY folder [LINK ...])
function(noodstop_program name)
    cmake_parse_arguments(ARG "" "DIRECTORY" "SOURCES;LINK" ${ARGN})
    set(sources)
    if(ARG_DIRECTORY)
        file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${ARG_DIRECTORY}/*.cpp")
    endif()
    foreach(source ${ARG_SOURCES})
        if(EXISTS "${CMAKE_SOURCE_DIR}/${source}")
            list(APPEND sources "${CMAKE_SOURCE_DIR}/${source}")
        endif()
    endforeach()
    if(sources)
        add_executable(${name} ${sources})
        target_link_libraries(${name} PRIVATE noodstop_options ${ARG_LINK})
    endif()
endfunction()

# noodstop_descriptor_set(NAME HEADER ... FUNCTION ... IMPORT_DIRS ... PROTOS ...): a library with the FUNCTION that
# HEADER declares: the descriptors of these protos and all that they import, as protoc writes them, as bytes.
function(noodstop_descriptor_set name)
    cmake_parse_arguments(ARG "" "HEADER;FUNCTION" "IMPORT_DIRS;PROTOS" ${ARGN})
    set(bytes "${CMAKE_BINARY_DIR}/generated/${name}.bin")
    set(source "${CMAKE_BINARY_DIR}/generated/${name}.cpp")
    list(TRANSFORM ARG_IMPORT_DIRS PREPEND "-I" OUTPUT_VARIABLE imports)
    add_custom_command(OUTPUT "${source}"
        COMMAND protobuf::protoc ${imports} --include_imports "--descriptor_set_out=${bytes}" ${ARG_PROTOS}
        COMMAND "${CMAKE_COMMAND}" -D "INPUT=${bytes}" -D "OUTPUT=${source}" -D "HEADER=${ARG_HEADER}"
            -D "FUNCTION=${ARG_FUNCTION}" -P "${CMAKE_SOURCE_DIR}/cmake/embed_bytes.cmake"
        DEPENDS ${ARG_PROTOS} "${CMAKE_SOURCE_DIR}/cmake/embed_bytes.cmake" VERBATIM)
    add_library(${name} STATIC "${source}")
    target_link_libraries(${name} PUBLIC noodstop_options)
endfunction()

# noodstop_test(NAME FOLDER [LINK ...]): all FOLDER/*.cpp as one doctest program; each test case is a ctest of its own
# only by suite: one process per program keeps the run short.
function(noodstop_test name folder)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
    if(sources)
        add_executable(${name} ${sources})
        target_link_libraries(${name} PRIVATE noodstop_options doctest_main ${ARG_LINK})
        target_precompile_headers(${name} PRIVATE <doctest/doctest.h> <string> <vector>)
        set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)  # the files of a test program share names
        add_test(NAME ${name} COMMAND ${name} --no-intro WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
        set_tests_properties(${name} PROPERTIES TIMEOUT 300)
    endif()
endfunction()
