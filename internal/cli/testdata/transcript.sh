# Runs each command on standard input, and prints it with what it writes to
# standard error. What differs from run to run is replaced: ports, ids of runs
# and users, and the directory of a file; lines of progress are omitted.
while IFS= read -r command; do
	printf '$ %s\n' "$command"
	{ eval "$command" </dev/null 2>&1 >/dev/null | sed -E \
		-e '/^[0-9]+ %: /d' \
		-e 's,127\.0\.0\.1:[0-9]+,HOST,g' \
		-e 's,[0-9]{8}-[0-9]{6}-[a-z0-9]{4},RUN,g' \
		-e 's,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12},ID,g' \
		-e 's,usr_[0-9a-z]{26},ID,g' \
		-e "s,(^|[ '=])/[^ ']*/([^ /':]+),\1\2,g"; }
done
