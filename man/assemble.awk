# assemble.awk - a man page from the sections that a tool prints and the prose around them.
#
#     TOOL --man | awk -f man/assemble.awk - man/TOOL.1.in > TOOL.1
#
# The page begins with the generated .TH, NAME and SYNOPSIS and ends with SEE ALSO. The prose holds
# all other sections, and a line @OPTIONS@ and a line @EXIT STATUS@ where those two go, each once.
# What follows a placeholder before the next .SH continues that section.

function fail(what)
{
	print "assemble.awk: " prose ": " what | "cat 1>&2"
	close("cat 1>&2")
	failed = 1
	exit 1
}

BEGIN {
	prose = ARGV[2]
}

FNR == 1 {
	file++
	section = "head"
}

/^\.SH / {
	section = substr($0, 5)
	gsub(/"/, "", section)
}

# the tool: collect its sections
file == 1 {
	text[section] = text[section] $0 "\n"
	next
}

/^\.SH / && section ~ /^(NAME|SYNOPSIS|OPTIONS|EXIT STATUS|SEE ALSO)$/ {
	fail("line " FNR ": the section " section " is generated")
}

/^@.*@$/ {
	name = substr($0, 2, length($0) - 2)
	if (name != "OPTIONS" && name != "EXIT STATUS")
		fail("line " FNR ": unknown placeholder " $0)
	if (seen[name]++)
		fail("line " FNR ": " $0 " stands here again")
	body = body text[name]
	next
}

{
	body = body $0 "\n"
}

END {
	if (failed)
		exit 1
	if (file < 2 || !("SEE ALSO" in text))
		fail("the tool printed no page, or there is no prose")
	if (!seen["OPTIONS"])
		fail("there is no line @OPTIONS@")
	if (!seen["EXIT STATUS"])
		fail("there is no line @EXIT STATUS@")
	printf "%s%s%s%s%s", text["head"], text["NAME"], text["SYNOPSIS"], body, text["SEE ALSO"]
}
