#include "core/utp/mtu_search.h"

namespace seed::utp {
namespace {

constexpr std::size_t udp_header = 8;
constexpr std::size_t ip_header_v4 = 20;
constexpr std::size_t ip_header_v6 = 40;

}  // namespace

MtuSearch::MtuSearch(const IpAddress& to)
    : floor_(to.is_v4() ? ip_bytes_min_v4 - ip_header_v4 - udp_header
                        : ip_bytes_min_v6 - ip_header_v6 - udp_header),
      ceiling_(ip_bytes_max - (to.is_v4() ? ip_header_v4 : ip_header_v6) - udp_header),
      probe_(ceiling_) {}

void MtuSearch::choose() {
  probing_ = false;
  lost_ = 0;
  probe_ = floor_ + (ceiling_ - floor_ + 1) / 2;
}

void MtuSearch::lower() {
  ceiling_ = probe_ - 1;
  choose();
}

void MtuSearch::on_acked() {
  if (!probing_) return;
  floor_ = probe_;
  choose();
}

void MtuSearch::on_lost() {
  if (!probing_) return;
  probing_ = false;
  if (++lost_ >= tries) lower();
}

void MtuSearch::on_refused() {
  if (probing_) lower();
}

}  // namespace seed::utp
