#include "core/tracker/announcer.h"
