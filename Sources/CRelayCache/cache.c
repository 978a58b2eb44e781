#include "CRelayCache.h"
