// What the REST API answers for each kind of path.
#pragma once

#include <reel/kv.h>

#include <string_view>

#include "tools/http/message.h"
#include "tools/routes/namespaces.h"

namespace reel::routes {

/// GET and POST of all namespaces.
http::Answer AllNamespaces(Namespaces* namespaces, const http::Request& request);

/// GET, PUT and DELETE of one.
http::Answer OneNamespace(Namespaces* namespaces, const http::Request& request,
                          std::string_view id);

/// GET of `keys`.
http::Answer RestKeys(KvNamespace* entries, const http::Request& request);

/// GET, PUT and DELETE of `values/KEY`; `segment` is the key as it stands in the path.
http::Answer RestValue(KvNamespace* entries, const http::Request& request,
                       std::string_view segment);

/// GET of `metadata/KEY`.
http::Answer RestMetadata(KvNamespace* entries, std::string_view segment);

/// PUT and DELETE of `bulk`.
http::Answer RestBulk(KvNamespace* entries, const http::Request& request);

/// POST of `bulk/delete`.
http::Answer RestBulkDelete(KvNamespace* entries);

/// POST of `bulk/get`.
http::Answer RestBulkGet(KvNamespace* entries);

}  // namespace reel::routes
