// load_peer: N peers in one process that load a client: seeds it downloads from, leeches it seeds
// to, or idle ones. All dial the client, each from an address of its own (127.1.0.1 on).
//
// Usage: load_peer seed|leech|idle ADDRESS:PORT INFO_HASH TOTAL PIECE_BYTES
//                  [--peers N] [--content FILE] [--bytes N] [--depth N] [--seconds N]
// Ends when a seed's client has lost interest in all, when the leeches have --bytes, or after
// --seconds (default 300; status 1, but for idle). Prints one line of JSON.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load_link.h"
#include "core/base/digest.h"

namespace seed::bench {
namespace {

volatile std::sig_atomic_t told_to_end = 0;

struct Options {
  sockaddr_in client{};
  std::uint32_t peers = 1;
  std::string content;
  double seconds = 300;
};

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "load_peer: %s (%s)\n", why, std::strerror(errno));
  std::exit(2);
}

Options parse(int argc, char** argv, Load& load) {
  if (argc < 6) give_up("too few arguments");
  Options options;
  const std::string_view mode = argv[1];
  load.mode = mode == "seed" ? Mode::seed : mode == "leech" ? Mode::leech : Mode::idle;
  const std::string where = argv[2];
  const auto colon = where.rfind(':');
  if (colon == where.npos) give_up("no port");
  options.client.sin_family = AF_INET;
  options.client.sin_port = htons(static_cast<std::uint16_t>(std::atoi(where.c_str() + colon + 1)));
  if (inet_pton(AF_INET, where.substr(0, colon).c_str(), &options.client.sin_addr) != 1)
    give_up("not an address");
  const auto hash = Sha1::parse_hex(argv[3]);
  if (!hash) give_up("not an info-hash");
  load.info_hash = hash->octets;
  load.total = load.wanted = std::strtoull(argv[4], nullptr, 10);
  load.piece_bytes = static_cast<std::uint32_t>(std::atoi(argv[5]));
  if (load.piece_bytes < 16384) give_up("pieces are too small");
  for (int i = 6; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--peers") options.peers = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
    if (name == "--content") options.content = argv[i + 1];
    if (name == "--bytes") load.wanted = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--depth") load.depth = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
    if (name == "--seconds") options.seconds = std::atof(argv[i + 1]);
  }
  return options;
}

void map_content(const Options& options, Load& load) {
  const int fd = open(options.content.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) give_up("no content");
  void* mapped = mmap(nullptr, load.total, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (mapped == MAP_FAILED) give_up("cannot map the content");
  load.content = static_cast<const std::uint8_t*>(mapped);
  close(fd);
}

int dial(const Options& options, std::uint32_t number) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) give_up("no socket");
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(0x7f010001u + number);
  // Less than a pipeline of requests fits between the two ends, so a client is never idle for want
  // of requests that are on their way (Transmission would sleep until its next half second).
  const int buffer = 1 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) give_up("cannot bind");
  if (connect(fd, reinterpret_cast<const sockaddr*>(&options.client), sizeof options.client) != 0)
    give_up("cannot connect");
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

class Run {
 public:
  Run(Load& load, const Options& options) : load_(load), options_(options) {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    for (std::uint32_t i = 0; i < options.peers; ++i) {
      links_.push_back(std::make_unique<LoadLink>(load, dial(options, i), i, options.peers));
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT;
      event.data.u32 = i;
      epoll_ctl(poll_, EPOLL_CTL_ADD, links_.back()->fd(), &event);
      writing_.push_back(true);
      // Handshakes go out in step with the dialling: clients bound how many they wait for.
      links_.back()->on_writable();
      if (i % 20 == 19) usleep(20'000);
    }
    begun_ = alive_since_ = now_seconds();
  }

  /// True when what was to be done is done.
  bool go() {
    while (!told_to_end && now_seconds() - begun_ < options_.seconds) {
      std::vector<epoll_event> events(64);
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) step(events[static_cast<std::size_t>(i)]);
      if (load_.leeches_done()) {
        load_.last = now_seconds();
        return true;
      }
      if (load_.mode == Mode::seed && load_.moved >= load_.total && all_content()) return true;
      if (load_.mode != Mode::idle && open_links() == 0) return false;
      if (now_seconds() - alive_since_ > 60) keep_alive();
    }
    return load_.mode == Mode::idle;
  }

  std::size_t open_links() const {
    std::size_t count = 0;
    for (const auto& link : links_) count += link && link->greeted() ? 1 : (link ? 1 : 0);
    return count;
  }

 private:
  void step(const epoll_event& event) {
    auto& link = links_[event.data.u32];
    if (!link) return;
    bool alive = true;
    if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) alive = link->on_readable();
    if (alive && link->wants_write()) alive = link->on_writable();
    if (!alive) {
      if (load_.mode == Mode::seed) load_.last = now_seconds();
      link.reset();
      return;
    }
    const bool write = link->wants_write();
    if (write == writing_[event.data.u32]) return;
    writing_[event.data.u32] = write;
    epoll_event wanted{};
    wanted.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    wanted.data.u32 = event.data.u32;
    epoll_ctl(poll_, EPOLL_CTL_MOD, link->fd(), &wanted);
  }

  bool all_content() const {
    for (const auto& link : links_)
      if (link && !link->content_with()) return false;
    return true;
  }

  void keep_alive() {
    alive_since_ = now_seconds();
    for (auto& link : links_) {
      if (!link) continue;
      link->keep_alive();
      if (!link->on_writable()) link.reset();
    }
  }

  Load& load_;
  const Options& options_;
  int poll_ = -1;
  std::vector<std::unique_ptr<LoadLink>> links_;
  std::vector<bool> writing_;
  double begun_ = 0, alive_since_ = 0;
};

int run(int argc, char** argv) {
  Load load;
  const Options options = parse(argc, argv, load);
  if (load.mode == Mode::seed) map_content(options, load);
  rlimit files{65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  std::signal(SIGTERM, [](int) { told_to_end = 1; });
  Run run(load, options);
  std::printf("connected\n");
  std::fflush(stdout);
  const bool done = run.go();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  std::printf(
      R"({"done": %s, "bytes": %llu, "seconds": %.4f, "cpu": %.3f, "links": %zu, "bad": %llu})"
      "\n",
      done ? "true" : "false", static_cast<unsigned long long>(load.moved), load.last - load.first,
      cpu, run.open_links(), static_cast<unsigned long long>(load.bad));
  return done ? 0 : 1;
}

}  // namespace
}  // namespace seed::bench

int main(int argc, char** argv) { return seed::bench::run(argc, argv); }
