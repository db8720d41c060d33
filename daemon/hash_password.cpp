#include "daemon/hash_password.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <string>

#include "config/password.h"
#include "config/settings_row.h"
#include "core/uv/entropy.h"

namespace seed::daemon {

namespace {

/// Whoever looks over the shoulder does not see the password.
class Unseen {
 public:
  Unseen() : on_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!on_terminal_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    std::fputs("Password: ", stderr);
  }
  ~Unseen() {
    if (!on_terminal_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
  bool on_terminal_;
};

std::string read_password() {
  const Unseen unseen;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

}  // namespace

int hash_password() {
  const std::string password = read_password();
  if (password.empty() || password.size() > config::text_bytes_max) {
    std::fputs("seedd: --hash-password: give the password as one line\n", stderr);
    return 2;
  }
  std::array<std::uint8_t, config::password_salt_bytes> salt{};
  uv::Entropy().fill(salt);
  std::printf("%s\n", config::hash_password(password, salt).c_str());
  return 0;
}

}  // namespace seed::daemon
