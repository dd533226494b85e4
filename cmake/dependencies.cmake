# Libraries, all from the distribution's packages (scripts/install-packages names them).
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_path(NDISK_ASIO_INCLUDE asio.hpp REQUIRED)

add_library(ndisk_asio INTERFACE)
target_include_directories(ndisk_asio SYSTEM INTERFACE ${NDISK_ASIO_INCLUDE})
# asio 1.22.1 finds out by itself whether std::aligned_alloc is there, but only in files that include a standard header
# before it: without the definition files would disagree about how memory is allocated and freed.
target_compile_definitions(ndisk_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_HAS_STD_ALIGNED_ALLOC=1)
# A file on its way is a dozen coroutines: a thread keeps the frames of those that end for those that begin.
target_compile_definitions(ndisk_asio INTERFACE ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=32)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # asio 1.22.1 does not work these out for clang by itself.
  target_compile_definitions(ndisk_asio INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 mistakes asio's own allocation of coroutine frames for a mismatch.
  target_compile_options(ndisk_asio INTERFACE -Wno-mismatched-new-delete)
endif()
target_link_libraries(ndisk_asio INTERFACE Threads::Threads)
