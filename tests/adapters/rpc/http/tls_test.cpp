#include "rpc/http/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "rpc/http/descriptor.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

/// A certificate and its key in two files, for as long as this is there.
class Pair {
 public:
  Pair() {
    std::filesystem::create_directory(folder_);
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    REQUIRE((key != nullptr && certificate != nullptr));
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
    std::FILE* file = std::fopen(files.certificate.c_str(), "w");
    REQUIRE(PEM_write_X509(file, certificate) == 1);
    std::fclose(file);
    file = std::fopen(files.key.c_str(), "w");
    REQUIRE(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Pair() { std::filesystem::remove_all(folder_); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("seedd-tls-" + std::to_string(::getpid()));

 public:
  const Tls::Files files{folder_ / "certificate.pem", folder_ / "key.pem"};
};

/// Two ends that have shaken hands.
struct Spoken {
  Pair pair;
  Tls tls;
  Descriptor server_end;
  Descriptor client_end;
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const client = SSL_new(context);
  std::unique_ptr<Transport> server;

  Spoken() {
    REQUIRE(tls.load(pair.files));
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    server_end = Descriptor(ends[0]);
    client_end = Descriptor(ends[1]);
    server = tls.transport(server_end.get());
    REQUIRE(SSL_set_fd(client, client_end.get()) == 1);
    SSL_set_connect_state(client);
    int done = 0;
    IoNeed need = IoNeed::readable;
    for (int i = 0; i < 20 && (done != 1 || need != IoNeed::nothing); ++i) {
      if (done != 1) done = SSL_do_handshake(client);
      if (need != IoNeed::nothing) need = server->hand_shake();
    }
    REQUIRE(done == 1);
    REQUIRE(need == IoNeed::nothing);
  }
  ~Spoken() {
    server.reset();
    SSL_free(client);
    SSL_CTX_free(context);
  }
  Spoken(const Spoken&) = delete;
  Spoken& operator=(const Spoken&) = delete;

  void update_keys() const {
    REQUIRE(SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(client) == 1);
  }
};

}  // namespace

TEST_CASE("octets go through TLS both ways") {
  Spoken spoken;
  REQUIRE(SSL_write(spoken.client, "abc", 3) == 3);
  std::array<char, 100> buffer{};
  const Moved moved = spoken.server->receive(buffer.data(), buffer.size());
  CHECK(std::string_view(buffer.data(), moved.bytes) == "abc");
  CHECK(spoken.server->send("defg").bytes == 4);
  CHECK(SSL_read(spoken.client, buffer.data(), static_cast<int>(buffer.size())) == 4);
}

TEST_CASE("of records that carry nothing for us no more than one is read in one go") {
  Spoken spoken;
  constexpr int updates = 50;
  for (int i = 0; i < updates; ++i) spoken.update_keys();
  REQUIRE(SSL_write(spoken.client, "abc", 3) == 3);
  std::array<char, 100> buffer{};
  int reads = 0;
  Moved moved;
  while (moved.bytes == 0 && reads < 2 * updates) {
    const std::size_t before = spoken.server->come();
    moved = spoken.server->receive(buffer.data(), buffer.size());
    REQUIRE((moved.bytes > 0 || moved.need == IoNeed::readable));
    // The socket has more, so that who waits for it is woken.
    if (moved.bytes == 0) CHECK((spoken.server->come() > 0 && spoken.server->come() < before));
    ++reads;
  }
  CHECK(std::string_view(buffer.data(), moved.bytes) == "abc");
  CHECK(reads > updates);
}

TEST_CASE("a connection outlives the certificate that it began with") {
  Spoken spoken;
  REQUIRE(spoken.tls.load(spoken.pair.files));
  REQUIRE(SSL_write(spoken.client, "abc", 3) == 3);
  std::array<char, 100> buffer{};
  CHECK(spoken.server->receive(buffer.data(), buffer.size()).bytes == 3);
}
