#include "common/net/tls_errors.hpp"

#include <openssl/err.h>

namespace ndisk::net {

std::string take_openssl_error(const char* otherwise) {
  const auto first = ERR_get_error();
  ERR_clear_error();
  const char* reason = first == 0 ? nullptr : ERR_reason_error_string(first);
  return reason == nullptr ? otherwise : reason;
}

std::unexpected<Error> fail_openssl(ErrorCode code, const char* what) {
  return fail(code, std::string(what) + ": " + take_openssl_error("unknown cause"));
}

}  // namespace ndisk::net
