// Assertions of the fuzz targets. They hold in every build, with NDEBUG too.
#pragma once

#include <cstdio>
#include <cstdlib>

#define REEL_REQUIRE(condition)                                                           \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
