#!/bin/sh
# install-jars.sh POM FOLDER: puts the jars that a pom's dependencies need into FOLDER, once: of several that ask at the
# same time one works and the others wait. The folder appears whole or not at all.
pom=$1 folder=$2
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] && exit 0
rm -rf "$folder.new"
mvn -q -B -Dstyle.color=never -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$folder.new" </dev/null 9>&- && mv "$folder.new" "$folder"
