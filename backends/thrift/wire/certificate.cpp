#include "backends/thrift/wire/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* owned) const { Free(owned); }
};
void free_bio(BIO* bio) { (void)BIO_free(bio); }
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, &EVP_PKEY_free>>;
using Made = std::unique_ptr<X509, Freed<X509, &X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO, &free_bio>>;

void require(bool done, const char* what) {
  if (!done) throw Error(ErrorCode::io, std::string("OpenSSL cannot make the cluster's certificate: ") + what);
}

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, &X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

std::string text_of(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Certificate make_certificate(const std::string& name) {
  constexpr long day = 86400;
  constexpr long most_name = 64;  // bytes of a common name
  const Key key(EVP_EC_gen("P-256"));
  const Made certificate(X509_new());
  require(key && certificate, "no key");
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1, "no random bytes");
  serial[0] &= 0x7f;  // serial numbers are positive
  const std::unique_ptr<BIGNUM, Freed<BIGNUM, &BN_free>> number(
      BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  X509* const made = certificate.get();
  require(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made)) != nullptr, "no serial number");
  require(X509_set_version(made, X509_VERSION_3) == 1, "no version");
  // Clocks of other machines may be behind.
  require(X509_gmtime_adj(X509_getm_notBefore(made), -day) != nullptr &&
              X509_gmtime_adj(X509_getm_notAfter(made), 3650 * day) != nullptr,
          "no time");
  const std::string common = name.substr(0, most_name);
  X509_NAME* const subject = X509_get_subject_name(made);
  require(
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.data()),
                                 static_cast<int>(common.size()), -1, 0) == 1,
      "no name");
  require(X509_set_issuer_name(made, subject) == 1 && X509_set_pubkey(made, key.get()) == 1, "no subject");
  add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made, NID_key_usage, "critical,digitalSignature,keyCertSign");
  add_extension(made, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(made, NID_subject_key_identifier, "hash");
  require(X509_sign(made, key.get(), EVP_sha256()) > 0, "no signature");

  const Memory certificate_out(BIO_new(BIO_s_mem())), key_out(BIO_new(BIO_s_mem()));
  require(certificate_out && key_out && PEM_write_bio_X509(certificate_out.get(), made) == 1 &&
              PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "no memory");
  return {text_of(certificate_out.get()), text_of(key_out.get())};
}

}  // namespace chunkwise::wire
