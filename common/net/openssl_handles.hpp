// Owners for OpenSSL's objects. Only the files of net/ that wrap OpenSSL include this.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "common/digest.hpp"
#include "common/error.hpp"

namespace ndisk::net {

template <auto free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};

using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using BioHandle = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using DigestContextHandle = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;
using TlsHandle = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;

// What was written to a memory BIO.
[[nodiscard]] inline std::string text_of(BIO& memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(&memory, &data);
  return {data, static_cast<std::size_t>(length)};
}

// SHA-256 of the certificate's SubjectPublicKeyInfo.
[[nodiscard]] Result<Digest> pin_of(X509* certificate);

}  // namespace ndisk::net
