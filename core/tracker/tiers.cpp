#include "core/tracker/tiers.h"
