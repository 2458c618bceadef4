#!/bin/sh
# install-archive.sh ARTIFACT FOLDER: puts what an archive of Maven Central (GROUP:NAME:VERSION:tar.gz:CLASSIFIER) holds
# into FOLDER, once: of several that ask at the same time one works and the others wait. The folder appears whole or not at all.
artifact=$1 folder=$2
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] && exit 0
rm -rf "$folder.new" "$folder.archive"
mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
  -Dartifact="$artifact" -DoutputDirectory="$folder.archive" </dev/null 9>&- &&
  mkdir "$folder.new" && tar -xzf "$folder.archive"/*.tar.gz -C "$folder.new" && rm -rf "$folder.archive" &&
  mv "$folder.new" "$folder"
