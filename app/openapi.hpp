// The description of the interface of HTTP for programs: docs/openapi.json, put into the program when it is built.
#pragma once

#include <string_view>

namespace livedata {

extern const std::string_view openapi_document;

} // namespace livedata
