#include "core/tracker/udp_trackers.h"
