#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/net/openssl_handles.hpp"
#include "common/net/tls.hpp"
#include "common/net/tls_errors.hpp"
#include "common/random.hpp"

namespace ndisk::net {
namespace {

// RFC 5280, section 4.1.2.5: the date for "no well-defined expiration". The pin is what counts.
constexpr char kNoExpiry[] = "99991231235959Z";

bool fill_certificate(X509* certificate, EVP_PKEY* key) {
  auto serial = random_bytes<8>();
  std::uint64_t number = 0;
  for (auto byte : serial) number = number << 8 | byte;
  auto* name = X509_get_subject_name(certificate);
  const auto* common_name = reinterpret_cast<const unsigned char*>("ndiskd");
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600) != nullptr &&
         ASN1_TIME_set_string(X509_getm_notAfter(certificate), kNoExpiry) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

Result<ServerIdentity> make_server_identity() {
  const KeyHandle key(EVP_EC_gen("P-256"));
  const CertificateHandle certificate(X509_new());
  if (!key || !certificate || !fill_certificate(certificate.get(), key.get())) {
    return fail_openssl(ErrorCode::kInternal, "making the server's key and certificate");
  }
  const BioHandle key_out(BIO_new(BIO_s_mem())), certificate_out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_out.get(), certificate.get()) != 1) {
    return fail_openssl(ErrorCode::kInternal, "writing the server's key and certificate");
  }
  return ServerIdentity{text_of(*key_out), text_of(*certificate_out)};
}

Result<Digest> pin_of(const std::string& certificate_pem) {
  const BioHandle in(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const CertificateHandle certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail_openssl(ErrorCode::kInvalid, "reading the server's certificate");
  return pin_of(certificate.get());
}

Result<Digest> pin_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return fail_openssl(ErrorCode::kInvalid, "reading the public key of a certificate");
  const auto digest = sha256({der, static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return digest;
}

}  // namespace ndisk::net
