#!/bin/sh
# install-packages.sh CACHE COMMAND PACKAGE...: installs packages of the system where COMMAND fails. RUNLEVEL keeps
# their own services from starting. Of several that ask at the same time one works and the others wait.
cache=$1 is_there=$2
shift 2
mkdir -p "$cache"
exec 9>"$cache/packages.lock"
flock 9
sh -c "$is_there" >/dev/null && exit 0
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
apt-get update -qq -o Acquire::Retries=3 9>&- && apt-get install -y -o Acquire::Retries=3 -qq --no-install-recommends "$@" 9>&-
