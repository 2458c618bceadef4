#!/bin/sh
# install-aiven-jdbc.sh CHECKOUT CONNECT DRIVER FOLDER: compiles Aiven's JDBC connectors from their sources against the jars
# of CONNECT, and puts them with the jars of DRIVER into FOLDER, once: of several that ask at the same time one works and the
# others wait. The folder appears whole or not at all.
set -e
checkout=$1 connect=$2 driver=$3 folder=$4
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] && exit 0
rm -rf "$folder.new" "$folder.classes"
mkdir "$folder.new" "$folder.classes"
find "$checkout/src/main/java" -name '*.java' >"$folder.sources"
javac -nowarn -proc:none -d "$folder.classes" -cp "$connect/*" "@$folder.sources" 9>&-
cp -r "$checkout/src/main/resources/." "$folder.classes/"
jar cf "$folder.new/aiven-jdbc.jar" -C "$folder.classes" . 9>&-
cp "$driver"/*.jar "$folder.new/"
rm -rf "$folder.classes" "$folder.sources"
mv "$folder.new" "$folder"
