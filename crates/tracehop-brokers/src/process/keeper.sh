# Becomes a command that does not outlive who started it, whatever ends that process: also `kill -9`.
#
# Arguments: a folder to remove when the owner has ended, or nothing; the command. Standard input is a pipe from the owner.
# Nothing is written to it, so it ends when the owner does. This is the leader of its process group. An owner that ends in good
# order kills the group, and with it the part in parentheses.
scratch=$1
shift
exec 3<&0 </dev/null
(
    trap '' TERM INT HUP
    exec >/dev/null 2>&1
    read -r _ <&3
    kill -TERM 0
    # Where nobody waits for orphans, which a container may lack, one that has ended is still there.
    runs() {
        kill -0 "$$" && case "$(ps -o stat= -p "$$")" in Z*) false ;; esac
    }
    tries=100
    while [ "$tries" -gt 0 ] && runs; do
        sleep 0.1
        tries=$((tries - 1))
    done
    if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
    kill -KILL 0
) &
exec 3<&-
# Not the other way round: a shell starts what is in the background so that it does not hear interruptions.
exec "$@"
