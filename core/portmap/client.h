// Client: has ports of ours forwarded by one gateway, by PCP (RFC 6887) or by NAT-PMP (RFC 6886).
//
//   map() -> asking --answer--> mapped --half its time--> asking (mapped goes on meanwhile)
//              |                   +---ran out, or refused after the gateway began anew--> Lost
//              +--refused, silence--> Failed, and asked again after a pause
//   unmap() -> taking back --answer, or three tries--> forgotten
//
// PCP is tried first. A gateway that says that it speaks another version, or nothing to three
// tries, is asked by NAT-PMP (IPv4 only): the external address, then the mappings. One request is
// under way at a time, as RFC 6886, 3.1 wants it. Sent again: PCP after 3 s, doubling up to 1024 s,
// each +-10 % (RFC 6887, 8.1.1); NAT-PMP after 250 ms, doubling, nine tries; a mapping is taken
// back in three tries from 250 ms on in either, because a program that ends cannot wait.
//
// A gateway that began anew (Epoch) has lost all: Restarted says so, and all is asked for anew.
// What it gives again stays mapped without a Lost in between. A wanted mapping is never given up.
//
// Heard is only who has the gateway's address and port; with PCP only who knows the nonce, with
// NAT-PMP only what was asked, or the external address, which is announced too.
//
// Bounds: mappings_max; each input gives at most one Send, one Restarted and two other events a
// mapping.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/portmap/epoch.h"
#include "core/portmap/local_port.h"
#include "core/portmap/nat_pmp.h"
#include "core/portmap/pcp.h"

namespace seed::portmap {

/// Ports mapped at once: TCP and UDP of a few listeners. Beyond: map() refuses.
inline constexpr std::size_t mappings_max = 16;

class Client {
 public:
  struct Options {
    Endpoint gateway;  ///< its port is gateway_port
    /// Where our datagrams to it come from: PCP has it in the request.
    IpAddress local;
    /// Of io::Entropy. Nonces are made of it: one that is kept over a restart lets us have our own
    /// mappings again after a crash; a new one is refused until they run out.
    std::array<std::uint8_t, 16> secret{};
    /// Asked for; the gateway may give less. RFC 6886, 3.3 recommends two hours. Twenty minutes,
    /// asked for anew each ten, notice a restart or a new address of the gateway sooner, and leave
    /// nothing behind for long.
    std::chrono::seconds lifetime = 20min;
  };
  /// Give this to the socket. A lost one is not reported back: it is sent again in time.
  struct Send {
    Endpoint to;
    Buffer datagram;
    bool operator==(const Send&) const = default;
  };
  /// The gateway forwards `external` to the port. Told at each answer, also if nothing changed.
  struct Mapped {
    LocalPort port;
    Endpoint external;
    std::chrono::seconds lifetime{};
    bool operator==(const Mapped&) const = default;
  };
  /// It does no more; it is being asked for anew.
  struct Lost {
    LocalPort port;
    std::string text;
    bool operator==(const Lost&) const = default;
  };
  /// A port that is not mapped stays so for now. Fault: refused; timed_out: the gateway is silent;
  /// unsupported: it speaks neither protocol. It is asked again after a pause, and this told again.
  struct Failed {
    LocalPort port;
    Fault fault;
    bool operator==(const Failed&) const = default;
  };
  /// The gateway has forgotten what was mapped.
  struct Restarted {
    bool operator==(const Restarted&) const = default;
  };
  using Event = std::variant<Send, Mapped, Lost, Failed, Restarted>;
  enum class Language : std::uint8_t { pcp, nat_pmp };

  Client(const Options& options, Rng rng);

  /// Wants `port` forwarded, from `external_port` if that may be had, 0 for any. Asked for already:
  /// nothing changes. False when there are mappings_max.
  bool map(const LocalPort& port, std::uint16_t external_port, Instant now);
  /// Takes a mapping back. No event but Send follows; done() tells when all are gone.
  void unmap(const LocalPort& port, Instant now);
  void unmap_all(Instant now);
  /// Nothing is wanted, mapped or being taken back.
  bool done() const { return mappings_.empty(); }

  void on_datagram(Bytes datagram, const Endpoint& from, Instant now);
  void on_deadline(Instant now);

  std::optional<Event> next_event();
  std::optional<Instant> deadline() const;

  /// How the gateway is spoken to, and whether it has answered so.
  Language language() const { return language_; }
  bool heard() const { return heard_; }

 private:
  struct Mapping {
    std::uint16_t wanted_port = 0;     ///< external
    IpAddress wanted_address;          ///< external; what was given last
    std::optional<Endpoint> external;  ///< while it is mapped
    Instant expires = never;
    Instant due{};         ///< when to ask (again)
    bool asked = false;    ///< the gateway may know of it
    bool doubted = false;  ///< mapped before the gateway began anew
    bool leaving = false;
  };
  using Mappings = std::map<LocalPort, Mapping>;
  enum class Request : std::uint8_t { address, map, unmap };
  struct Exchange {
    Request request = Request::map;
    LocalPort port;
    int sent = 0;
    Duration wait{};
    Instant again{};
  };
  /// Where a count of seconds came from.
  struct Source {
    std::optional<LocalPort> fresh{};  ///< whose answer it is, which is not lost
    Duration wait_max{};               ///< before the rest is asked for anew
  };

  // client.cpp: what is asked, and when.
  void advance(Instant now);
  void begin(Request request, const LocalPort& port, Instant now);
  void send(Instant now);
  Buffer encode(const Exchange& exchange);
  Buffer encode_pcp(const LocalPort& port, const Mapping& mapping, std::chrono::seconds lifetime);
  void lengthen_wait();
  int tries_max() const;
  void give_up(Instant now);
  void leave(Instant now);
  void lapse(Instant now);
  void lose(const LocalPort& port, Mapping& mapping, std::string_view why);
  void on_silence(Instant now);
  void speak(Language language, Instant now);
  Mappings::iterator next_due(Instant now);
  pcp::Nonce nonce_of(const LocalPort& port) const;
  bool none_mapped() const;

  // client_answers.cpp: what comes of an answer.
  void on_pcp(Bytes datagram, Instant now);
  void on_map_answer(const pcp::Answer& answer, const pcp::MapAnswer& map, Instant now);
  void on_nat_pmp(Bytes datagram, Instant now);
  void on_address(const nat_pmp::Answer& answer, Instant now);
  void on_map_answer(const nat_pmp::Answer& answer, Instant now);
  void on_version_refused(std::uint8_t theirs, Instant now);
  void on_epoch(std::uint32_t seconds, Epoch::Rule rule, const Source& source, Instant now);
  void doubt(Mapping& mapping, Instant when);
  void mapped(const LocalPort& port, const Endpoint& external, std::chrono::seconds lifetime,
              Instant now);
  void refused(const LocalPort& port, FaultCode code, std::string_view why, Duration pause,
               Instant now);
  void refused_all(FaultCode code, std::string_view why, Duration pause, Instant now);
  bool is_about(Request request, const LocalPort& port) const;

  Rng rng_;
  Options options_;
  Language language_ = Language::pcp;
  bool heard_ = false;
  Epoch epoch_;
  Instant doubted_ = Instant::min();      ///< when the gateway was last found to have begun anew
  std::optional<IpAddress> address_;      ///< NAT-PMP: external
  Instant address_due_ = Instant::min();  ///< NAT-PMP: when to ask for it again
  Mappings mappings_;
  std::optional<Exchange> exchange_;
  std::deque<Event> events_;
};

}  // namespace seed::portmap
