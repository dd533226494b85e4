# Warnings, sanitizers, compiler cache and linker, for every target of this project.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wconversion
                    -Wno-sign-conversion -Wno-missing-field-initializers)

if(NDISK_SANITIZE)
  add_compile_options(-fsanitize=${NDISK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NDISK_SANITIZE})
endif()

if(NDISK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(NDISK_CCACHE ccache)
if(NDISK_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${NDISK_CCACHE})
endif()

find_program(NDISK_MOLD mold)
if(NDISK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_definitions(NDISK_VERSION="${PROJECT_VERSION}")
