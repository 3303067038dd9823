#!/usr/bin/env bash
# Takes the assets of the pages from npm: vendor.sh SWAGGER_UI_VERSION REDOC_VERSION
set -euo pipefail
assets=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent "swagger-ui-dist@$1" "redoc@$2"
# Without the names of source maps, which are not served; without a time, for the same bytes again.
compress() {
    tar -xzOf "$1"-*.tgz "package/$2" | grep -v '^/[/*]# sourceMappingURL' | gzip -9 -n > "$assets/$(basename "$2").gz"
}
compress swagger-ui-dist swagger-ui-bundle.js
compress swagger-ui-dist swagger-ui.css
compress redoc bundles/redoc.standalone.js
tar -xzOf swagger-ui-dist-*.tgz package/LICENSE > "$assets/swagger-ui.LICENSE"
tar -xzOf swagger-ui-dist-*.tgz package/NOTICE > "$assets/swagger-ui.NOTICE"
tar -xzOf redoc-*.tgz package/LICENSE > "$assets/redoc.LICENSE"
tar -xzOf redoc-*.tgz package/bundles/redoc.standalone.js.LICENSE.txt > "$assets/redoc.standalone.js.LICENSE"
