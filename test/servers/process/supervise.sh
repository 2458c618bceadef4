#!/bin/sh
# supervise.sh LOG SCRATCH COMMAND...: runs a command, its output appended to LOG, and says its process id.
# Standard input is held open by whoever started this. When it ends, however that came (a crash of the tests included),
# the command is killed and SCRATCH removed. Ends by itself when the command does, with its exit code.
log=$1 scratch=$2
shift 2
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
command=$!
(
  trap '' TERM
  cat <&3 >/dev/null
  kill -KILL "$command" $$ 2>/dev/null
  rm -rf "$scratch"
) >/dev/null 2>&1 &
watch=$!
exec 3<&-
echo "$command"
wait "$command"
code=$?
kill -KILL "$watch" 2>/dev/null
exit "$code"
