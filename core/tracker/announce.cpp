#include "core/tracker/announce.h"
