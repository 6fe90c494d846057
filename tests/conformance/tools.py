"""Running the tools under test, alone and piped, and reading what a refusal says."""
import re
import shutil
import subprocess
from pathlib import Path

from volume import Mismatch

SECONDS = 300
BOUND_SECONDS = 20      # of the processor, for a file that is damaged
BOUND_KIB = {"mnc2vol": 131072}     # of addresses, beside four times the file: HDF5 alone wants 64 MiB
BOUND_KIB_OTHERS = 49152


class Refused(Exception):
    """A tool said no in the agreed form: exit 1, one line, perhaps with a reason in brackets."""

    def __init__(self, line, reason):
        super().__init__(line)
        self.reason = reason


class Tools:
    """The binaries of one build."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()

    def command(self, words):
        """The words with the tool's name made a path; a tool that was not built is a failure, not a gap."""
        if Path(words[0]).is_absolute():
            return [str(word) for word in words]
        binary = self.folder / words[0]
        if not binary.is_file():
            raise Mismatch(f"{words[0]} is not built")
        return [str(binary)] + [str(word) for word in words[1:]]

    def bounded(self, words, path):
        """The same command, ended when it takes more time or memory than a file of that size can justify."""
        command = self.command(words)
        if b"__asan_init" in Path(command[0]).read_bytes():
            return command                       # a sanitizer's memory is its own
        most = BOUND_KIB.get(words[0], BOUND_KIB_OTHERS) + 4 * path.stat().st_size // 1024
        return ["/bin/sh", "-c", f'ulimit -v {most}; ulimit -t {BOUND_SECONDS}; exec "$@"', "sh", *command]

    def pipe(self, *stages, stdin=None, stdout=None):
        """Run stages as a pipe; (exit code, stderr text) for each.  stdin, stdout: files."""
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL
        running = []
        for number, words in enumerate(stages):
            last = number == len(stages) - 1
            sink = (open(stdout, "wb") if stdout else subprocess.DEVNULL) if last else subprocess.PIPE
            process = subprocess.Popen(self.command(words), stdin=source, stdout=sink, stderr=subprocess.PIPE)
            for handle in (source, sink):
                if hasattr(handle, "close"):
                    handle.close()
            source = process.stdout
            running.append(process)
        return [finish(process) for process in running]

    def run(self, *stages, **files):
        """As pipe(), but a stage that fails is Refused or a Mismatch."""
        for words, (code, text) in zip(stages, self.pipe(*stages, **files)):
            if code:
                raise refusal(words[0], code, text)


def finish(process):
    """(exit code, stderr) of a process; one that hangs is killed and so fails."""
    try:
        text = process.communicate(timeout=SECONDS)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        text = process.communicate()[1] + b"killed: no end in sight"
    return process.returncode, text.decode("utf-8", "replace")


def refusal(tool, code, text):
    """What a non-zero exit means: Refused when it has the agreed form, else a Mismatch that says what is wrong with it."""
    lines = [line for line in text.splitlines() if not line.startswith(f"{tool}: warning:")]
    said = " | ".join(lines)[:160]
    if code < 0:
        return Mismatch(f"{tool} was ended by signal {-code}: {said}")
    if code != 1:
        return Mismatch(f"{tool} exit {code}, not 1: {said}")
    if len(lines) != 1 or not lines[0].startswith(f"{tool}: "):
        return Mismatch(f"{tool} refused in {len(lines)} lines, not one that starts with its name: {said}")
    reason = re.search(r"\[([a-z0-9-]+)\]$", lines[0])
    return Refused(lines[0], reason.group(1) if reason else "")


def unu():
    """The name of teem's command line, or None: it is an extra judge, not a need."""
    return next((name for name in ("unu", "teem-unu") if shutil.which(name)), None)


def unu_output(*words):
    """What unu prints; Mismatch when it does not take the file."""
    done = subprocess.run([unu(), *map(str, words)], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise Mismatch(f"unu {words[0]}: {done.stderr.strip().splitlines()[-1][:120]}")
    return done.stdout
