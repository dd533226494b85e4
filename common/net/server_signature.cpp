#include "common/net/server_signature.hpp"

#include <openssl/pem.h>

#include "common/net/openssl_handles.hpp"
#include "common/net/tls_errors.hpp"

namespace ndisk::net {
namespace {

// The Edwards curves hash by themselves and take no digest.
const EVP_MD* digest_for(const EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  return type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
}

Bytes public_key_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  Bytes bytes(der, der + length);
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

void SigningKeyDeleter::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

Result<ServerSigner> ServerSigner::create(const ServerIdentity& identity) {
  const BioHandle key_in(BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size())));
  const BioHandle certificate_in(
      BIO_new_mem_buf(identity.certificate_pem.data(), static_cast<int>(identity.certificate_pem.size())));
  Key key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr));
  const CertificateHandle certificate(PEM_read_bio_X509(certificate_in.get(), nullptr, nullptr, nullptr));
  if (!key || !certificate || X509_check_private_key(certificate.get(), key.get()) != 1) {
    return fail_openssl(ErrorCode::kInvalid, "reading the server's key and certificate");
  }
  auto public_key = public_key_of(certificate.get());
  if (public_key.empty()) return fail_openssl(ErrorCode::kInvalid, "reading the public key of a certificate");
  return ServerSigner(std::move(key), std::move(public_key));
}

Result<Bytes> ServerSigner::sign(ByteView text) const {
  const DigestContextHandle context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest_for(key_.get()), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, text.data(), text.size()) != 1) {
    return fail_openssl(ErrorCode::kInternal, "signing with the server's key");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) != 1) {
    return fail_openssl(ErrorCode::kInternal, "signing with the server's key");
  }
  signature.resize(size);
  return signature;
}

bool signature_of_server_is_valid(ByteView public_key_der, ByteView signature, ByteView text) {
  const unsigned char* at = public_key_der.data();
  const KeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key_der.size())));
  const bool whole = key && at == public_key_der.data() + public_key_der.size();
  const DigestContextHandle context(EVP_MD_CTX_new());
  const bool valid = whole && context &&
                     EVP_DigestVerifyInit(context.get(), nullptr, digest_for(key.get()), nullptr, key.get()) == 1 &&
                     EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(), text.size()) == 1;
  if (!valid) static_cast<void>(take_openssl_error(""));
  return valid;
}

Digest pin_of_public_key(ByteView public_key_der) { return sha256(public_key_der); }

}  // namespace ndisk::net
