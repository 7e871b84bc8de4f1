"""Drives `tripod chat --demo` through a terminal: a question, a follow-up, Ctrl-C, the history. Arguments: the program and a folder."""

import os
import pty
import re
import select
import stat
import subprocess
import sys
import time

PROGRAM, FOLDER = sys.argv[1], sys.argv[2]
PROMPT = "> "
CTRL_C, CTRL_D, UP = b"\x03", b"\x04", b"\x1b[A"


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, *flags, data=("--demo",)):
        self.seen = ""
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.environ["XDG_STATE_HOME"] = FOLDER
            os.environ["TERM"] = "xterm"
            store = os.path.join(FOLDER, "analyses.sqlite")
            os.execv(PROGRAM, [PROGRAM, "chat", *data, "--store", store, *flags])

    def type(self, keys):
        os.write(self.screen, keys)

    def until(self, pattern, seconds=120):
        """Waits for the pattern, gives what was shown up to it, and forgets that."""
        end = time.monotonic() + seconds
        while True:
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen)
            found = re.search(pattern, plain)
            if found:
                self.seen = plain[found.end() :]
                return plain[: found.end()]
            left = end - time.monotonic()
            assert left > 0, f"no {pattern!r} in {plain!r}"
            if select.select([self.screen], [], [], left)[0]:
                try:
                    more = os.read(self.screen, 65536)
                except OSError:
                    more = b""
                assert more, f"the program ended before {pattern!r}: {plain!r}"
                self.seen += more.decode(errors="replace")

    def ended(self):
        """The exit code."""
        while True:
            try:
                if not os.read(self.screen, 65536):
                    break
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def main():
    chat = Terminal("--samples", "4")
    chat.until(r"Ask about a stock")
    chat.until(PROMPT)
    chat.type(b"How will AAPL do over the next 4 days?\r")
    report = chat.until(r"not investment advice")
    assert "Summary" in report and "Analysis `analysis-" in report, report
    assert "##" not in report and "**" not in report, "no marks of Markdown"
    chat.until(PROMPT)
    # Letters before the cursor go with Ctrl-U, so only the rest is asked.
    chat.type(b"nonsense\x15What is the RSI?\r")
    answer = chat.until(r"RSI \(14\)[^\n]*\d|relative strength[^\n]*\d|RSI[^\n?]*\d")
    assert "error" not in answer, answer
    chat.until(PROMPT)
    # Ctrl-C throws a line away, and at an empty one ends the chat.
    chat.type(b"half a question")
    chat.until("half a question")
    chat.type(CTRL_C)
    chat.until(PROMPT)
    chat.type(CTRL_C)
    assert chat.ended() == 0

    history = os.path.join(FOLDER, "tripod", "chat-history")
    assert stat.S_IMODE(os.stat(history).st_mode) == 0o600, oct(os.stat(history).st_mode)
    kept = open(history, encoding="utf-8").read()
    assert "How will AAPL do" in kept and "What is the RSI?" in kept and "half" not in kept, kept

    chat = Terminal("--samples", "256")
    chat.until(PROMPT)
    chat.type(UP)
    chat.until(r"What is the RSI\?")
    chat.type(UP)
    chat.until(r"How will AAPL do over the next 4 days\?")
    chat.type(b"\x15How will IBM do over the next 90 days?\r")
    # Progress says that the work is under way.
    chat.until(r"opening|Path \d+ of 256")
    chat.type(CTRL_C)
    stopped = chat.until("stopped")
    assert "Summary" not in stopped, stopped
    chat.until(PROMPT)
    chat.type(b"How will MSFT do over the next 2 days?\r")
    report = chat.until(r"not investment advice")
    assert "Microsoft" in report and "IBM" not in report, report
    chat.until(PROMPT)
    chat.type(CTRL_D)
    assert chat.ended() == 0

    # A reporter that writes its own sentences.
    reporter = subprocess.run([PROGRAM, "models", "path", "smollm2-135m-instruct"], capture_output=True, text=True, check=True)
    chat = Terminal("--samples", "2", "--reporter", reporter.stdout.strip())
    chat.until(PROMPT)
    chat.type(b"How will AAPL do over the next 2 days?\r")
    report = chat.until(r"not investment advice", 300)
    for title in ("Summary", "Market context", "Risks and considerations", "Recommendation", "Conclusion"):
        assert re.search(rf"(?m)^{title}\r?$", report), (title, report)
    assert "##" not in report and "**" not in report and "error" not in report, report
    chat.until(PROMPT)
    chat.type(b"AAPL or IBM?\r")
    table = chat.until(r"not investment advice", 300)
    assert re.search(r"Last close +\$\S+ +\$\S+", table) and "|" not in table, table
    chat.until(PROMPT)
    chat.type(CTRL_D)
    assert chat.ended() == 0

    # Without the bundled data and without a network: the error says what to do, no line of a log, and the chat goes on.
    nowhere = "http://127.0.0.1:9"
    chat = Terminal("--yahoo-url", nowhere, "--yahoo-search-url", nowhere, data=())
    chat.until(PROMPT)
    # No bars of it can be in the cache.
    chat.type(b"How will $QQXXQ do over the next 2 days?\r")
    said = chat.until(r"tripod chat --demo")
    assert "error: " in said and "WARN" not in said, said
    chat.until(PROMPT)
    chat.type(b"How will Plug Power do?\r")
    said = chat.until(r"could not find a security")
    assert "WARN" not in said and "The search for names of companies did not answer" in said, said
    chat.until(PROMPT)
    chat.type(CTRL_D)
    assert chat.ended() == 0
    print("a question, a follow-up, Ctrl-C and the history: as expected")


main()
