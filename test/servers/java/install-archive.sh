#!/bin/sh
# install-archive.sh ARTIFACT FOLDER [FILES]: puts what an archive of Maven Central (GROUP:NAME:VERSION:TYPE:CLASSIFIER) holds
# into FOLDER, or of that the FILES (patterns with commas between them), once: of several that ask at the same time one works
# and the others wait. The folder appears whole or not at all.
artifact=$1 folder=$2 files=$3
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] && exit 0
rm -rf "$folder.new"
mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack \
  -Dartifact="$artifact" -DoutputDirectory="$folder.new" ${files:+-Dmdep.unpack.includes="$files"} </dev/null 9>&- &&
  mv "$folder.new" "$folder"
