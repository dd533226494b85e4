// The one place that knows where Catch2 is.
#pragma once

#include <catch2/catch.hpp>
