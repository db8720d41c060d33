#include "core/tracker/host_schedule.h"
