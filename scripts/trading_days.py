"""Makes src/market/calendar/holidays.csv: the days on which exchanges are closed, and their sessions of unusual length.

Comes in: the calendars of the packages named below, which are installed for one run into a temporary folder. Goes out: the table,
the same rows each time. Only dates and times are taken; the packages' code is run, not copied.

    python3 scripts/trading_days.py
"""

import collections
import datetime
import pathlib
import subprocess
import sys
import tempfile

PACKAGES = ("exchange_calendars==4.13.2", "pandas_market_calendars==5.5.0", "pandas==3.1.1", "numpy==2.4.6")
OUT = pathlib.Path(__file__).resolve().parent.parent / "src/market/calendar/holidays.csv"
FIRST_YEAR = 2000

# Market identifier code: the last year that the exchange has announced, or whose days follow from its standing rules.
# XNSE is from pandas_market_calendars, which has the sessions of Diwali; the others are from exchange_calendars.
LAST_YEARS = {
    "XNYS": 2028,
    "XLON": 2027,
    "XETR": 2027,
    "XPAR": 2027,
    "XSWX": 2027,
    "XTKS": 2027,
    "XHKG": 2027,
    "XSHG": 2026,
    "XNSE": 2026,
    "XTSE": 2027,
}

# Closings of less than two weeks' notice: attacks, storms, days of mourning, a failed trading system (Tokyo, 2020). No forecast could
# have known them.
UNFORESEEN = {
    "XNYS": "2001-09-11 2001-09-12 2001-09-13 2001-09-14 2004-06-11 2007-01-02 2012-10-29 2012-10-30 2018-12-05 2025-01-09",
    "XLON": "2022-09-19",
    "XHKG": "2001-07-06 2001-07-25 2008-08-06 2008-08-22 2011-09-29 2013-08-14 2016-08-02 2016-10-21 2017-08-23 2020-10-13"
    " 2021-10-13 2023-07-17 2023-09-01 2023-09-08 2024-09-06",
    "XTKS": "2020-10-01",
    "XTSE": "2001-09-11 2001-09-12",
}

# What the packages lack: Diwali's sessions at a weekend, from the exchange's circulars of those years.
MORE_SESSIONS = {
    "XNSE": {
        "2013-11-03": "1930",
        "2016-10-30": "1930",
        "2019-10-27": "1915",
        "2020-11-14": "1915",
        "2023-11-12": "1915",
        "2026-11-08": "1530",
    },
}

USUAL_CLOSE = {
    "XNYS": "1600",
    "XLON": "1630",
    "XETR": "1730",
    "XPAR": "1730",
    "XSWX": "1730",
    "XTKS": "1530",
    "XHKG": "1600",
    "XSHG": "1500",
    "XNSE": "1530",
    "XTSE": "1600",
}

HEADER = f"""\
# Days without trading and sessions of unusual length, by exchange (ISO 10383 code) and year. Made by scripts/trading_days.py from
# {PACKAGES[0]} and, for XNSE, {PACKAGES[1]}.
# Last years: {", ".join(f"{code} {year}" for code, year in LAST_YEARS.items())}.
# closed: weekdays without a session (month and day); unforeseen: those announced less than two weeks ahead; sessions: days whose
# session ends at another time than usual, or that is held at a weekend (month, day, @, hour and minute of the exchange's clock).
exchange,year,closed,unforeseen,sessions
"""


def main() -> None:
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder, *PACKAGES]
        subprocess.run(pip, check=True)
        sys.path.insert(0, folder)
        rows = [row for code, last in LAST_YEARS.items() for row in years_of(code, last)]
    OUT.write_text(HEADER + "".join(",".join(row) + "\n" for row in rows), encoding="ascii")
    print(f"{OUT.name}: {len(rows)} rows, {OUT.stat().st_size} bytes")


def years_of(code: str, last: int) -> list[tuple[str, ...]]:
    ends = session_ends(code, last)
    unforeseen = {datetime.date.fromisoformat(day) for day in UNFORESEEN.get(code, "").split()}
    for day, end in MORE_SESSIONS.get(code, {}).items():
        ends[datetime.date.fromisoformat(day)] = end
    closed, sudden, sessions = (collections.defaultdict(list) for _ in range(3))
    day = datetime.date(FIRST_YEAR, 1, 1)
    while day.year <= last:
        end = None if day in unforeseen else ends.get(day)
        text = f"{day:%m%d}"
        if day in unforeseen:
            sudden[day.year].append(text)
        elif end is None and day.weekday() < 5:
            closed[day.year].append(text)
        elif end is not None and (end != usual_close(code, day) or day.weekday() >= 5):
            sessions[day.year].append(f"{text}@{end}")
        day += datetime.timedelta(days=1)
    years = range(FIRST_YEAR, last + 1)
    return [(code, str(year), *(" ".join(days[year]) for days in (closed, sudden, sessions))) for year in years]


def usual_close(code: str, day: datetime.date) -> str:
    # Tokyo has closed at 15:30 since 2024-11-05.
    if code == "XTKS" and day < datetime.date(2024, 11, 5):
        return "1500"
    return USUAL_CLOSE[code]


def session_ends(code: str, last: int) -> dict[datetime.date, str]:
    """The time at which each session ends, by the exchange's clock."""
    first, final = f"{FIRST_YEAR}-01-01", f"{last}-12-31"
    if code == "XNSE":
        import pandas_market_calendars

        closes = pandas_market_calendars.get_calendar("NSE").schedule(first, final).market_close.dt.tz_convert("Asia/Kolkata")
    else:
        import exchange_calendars

        calendar = exchange_calendars.get_calendar(code, start=first, end=final)
        closes = calendar.closes.dt.tz_convert(calendar.tz)
    return {day.date(): f"{close:%H%M}" for day, close in closes.items()}


if __name__ == "__main__":
    main()
