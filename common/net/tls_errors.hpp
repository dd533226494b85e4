// OpenSSL's error queue as words. Used by the files of net/ that wrap OpenSSL.
#pragma once

#include <string>

#include "common/error.hpp"

namespace ndisk::net {

// The first error of this thread's queue ("no application protocol"), which is emptied; `otherwise` if it is empty.
[[nodiscard]] std::string take_openssl_error(const char* otherwise);
// "what: reason", with that error.
[[nodiscard]] std::unexpected<Error> fail_openssl(ErrorCode code, const char* what);

}  // namespace ndisk::net
