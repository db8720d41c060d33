#include "core/tracker/udp_packets.h"
