# Ends a process group when its owner has ended, whatever ended that: also `kill -9`.
#
# Argument: a folder to remove then, or nothing. Standard input is a pipe from the owner, who writes the number of the program
# that this is for, and nothing else: so the input ends when the owner does. This leads the group, and the program joins it.
# An owner that ends in good order kills the group, and this with it.
trap '' TERM INT HUP
read -r kept
read -r _
kill -TERM 0
# Where nobody waits for orphans, which a container may lack, one that has ended is still there.
runs() {
    kill -0 "$kept" && case "$(ps -o stat= -p "$kept")" in Z*) false ;; esac
}
tries=100
while [ "$tries" -gt 0 ] && [ -n "$kept" ] && runs; do
    sleep 0.1
    tries=$((tries - 1))
done
if [ -n "$1" ]; then rm -rf "$1"; fi
kill -KILL 0
