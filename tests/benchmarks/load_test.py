"""Many visitors of the app at once, each changing dates and uploading a series of its own; nobody may see another's.

A real `streamlit run app.py` on this machine; the visitors speak Streamlit's own protocol over real websockets, and upload over
HTTP, as browsers do. Between two actions a visitor waits up to two seconds.

    python -m tests.benchmarks.load_test [--sessions 20]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import random
import re
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pyarrow as pa
import streamlit  # noqa: F401 (its parts cannot be imported before it)
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from geo import geojson
from geo.measure import area_km2
from tests.benchmarks.archive import FIRST, archive
from tests.benchmarks.harness import machine
from tests.browser.conftest import ROOT, served

DAYS = 10
"""Days of an uploaded series, of some 3,000 vertices each."""
CHANGES = 3
PAUSE_S = 2.0
SETTLE_S = 150
"""After two minutes Streamlit forgets a session that has gone."""
WORD = "Land-of-visitor-"
OURS = re.compile(rb"Land-of-visitor-(\d+)-")


class Visitor:
    """A session of the app, and what it has seen."""

    def __init__(self, number: int, address: str) -> None:
        self.number, self.address = number, address
        self.rerun_s: list[float] = []
        self.upload_s: list[float] = []
        self.faults: list[str] = []
        self.elements: dict[str, list] = {}
        self.states: dict[str, WidgetState] = {}
        land = archive(DAYS, seed=number + 1)
        self.days = [FIRST + timedelta(days=day) for day in range(DAYS)]
        self.areas = dict(zip(map(str, self.days), area_km2(land).tolist(), strict=True))
        rows = [geojson.feature(shape, {"date": str(day)}) for shape, day in zip(land, self.days, strict=True)]
        self.content = geojson.dumps(rows, title=f"{WORD}{number}-").encode()

    async def visit(self) -> None:
        """Open the app, change dates, upload, change dates again, and check what comes back each time."""
        self.cookie = await asyncio.to_thread(self._cookie)
        socket = f"ws://{urlsplit(self.address).netloc}/_stcore/stream"
        async with websockets.connect(socket, subprotocols=["streamlit"], max_size=None) as self.stream:
            await self.rerun()
            for day in random.sample(range(1, 28), CHANGES):
                when = f"2015-05-{day:02}"
                self.rerun_s.append(await self.change(self.element("date_input"), [when]))
                self.check("datetime=" + when in self.page(), f"the page of {when}")
            await self.change(self.element("button_group"), ["Your own files"])
            await asyncio.sleep(random.uniform(0, PAUSE_S))
            await self.upload()
            self.check(f"{WORD}{self.number}-" in self.page(), "its own page")
            for day in random.sample(self.days, CHANGES):
                self.rerun_s.append(await self.change(self.element("date_input"), [str(day)]))
                self.check(f"datetime={day}" in self.page() and f"{WORD}{self.number}-" in self.page(), f"its own page of {day}")
                found = self.table("share_of_peak").set_index("date")["area_km2"]
                self.check(abs(found[str(day)] / self.areas[str(day)] - 1) < 1e-6, f"its own area on {day}")

    async def upload(self) -> None:
        """Send the file as a browser does, and wait for the page."""
        start = time.perf_counter()
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append(f"{WORD}{self.number}-.geojson")
        message.file_urls_request.session_id = self.session
        await self.stream.send(message.SerializeToString())
        urls = (await self.until("file_urls_response")).file_urls_response.file_urls[0]
        await asyncio.to_thread(self._put, urls.upload_url)
        state = WidgetState(id=self.element("file_uploader").id)
        info = state.file_uploader_state_value.uploaded_file_info.add(
            name=f"{WORD}{self.number}-.geojson", size=len(self.content), file_id=urls.file_id
        )
        info.file_urls.CopyFrom(urls)
        self.states[state.id] = state
        await self.rerun()
        self.upload_s.append(time.perf_counter() - start)

    async def change(self, widget, values: list[str]) -> float:
        """Set a widget after a pause; seconds until the app has answered."""
        await asyncio.sleep(random.uniform(0, PAUSE_S))
        start = time.perf_counter()
        state = WidgetState(id=widget.id)
        state.string_array_value.data.extend(values)
        self.states[state.id] = state
        await self.rerun()
        return time.perf_counter() - start

    async def rerun(self) -> None:
        """Run the script with the widgets as they are."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        self.elements = {}
        await self.stream.send(message.SerializeToString())
        await self.until("script_finished")
        self.check("exception" not in self.elements, "no error")

    async def until(self, kind: str) -> ForwardMsg:
        """Take messages, keeping the elements they bring, until one of a kind."""
        while True:
            content = await asyncio.wait_for(self.stream.recv(), timeout=300)
            for other in set(OURS.findall(content)) - {str(self.number).encode()}:
                self.faults.append(f"crossing: visitor {self.number} sees the land of visitor {other.decode()}")
            message = ForwardMsg()
            message.ParseFromString(content)
            which = message.WhichOneof("type")
            if which == "new_session":
                self.session = message.new_session.initialize.session_id
            elif which == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                self.elements.setdefault(element.WhichOneof("type"), []).append(getattr(element, element.WhichOneof("type")))
            if which == kind:
                return message

    def element(self, kind: str):
        return self.elements[kind][0]

    def page(self) -> str:
        return self.element("iframe").srcdoc if "iframe" in self.elements else ""

    def table(self, column: str):
        """The first table with a column."""
        tables = (pa.ipc.open_stream(io.BytesIO(frame.arrow_data.data)).read_all() for frame in self.elements["dataframe"])
        return next(table for table in tables if column in table.column_names).to_pandas()

    def check(self, fine: bool, what: str) -> None:
        if not fine:
            self.faults.append(f"visitor {self.number} missed {what}")

    def _cookie(self) -> str:
        with urlopen(f"{self.address}/_stcore/host-config") as answer, urlopen(f"{self.address}/_stcore/health") as health:
            return answer.headers["Set-Cookie"] or health.headers["Set-Cookie"] or ""

    def _put(self, url: str) -> None:
        cookie = self.cookie.partition(";")[0]
        edge = "edge-of-a-part"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="land.geojson"\r\nContent-Type: application/json\r\n\r\n'
        body = head.encode() + self.content + f"\r\n--{edge}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2]}
        with urlopen(Request(self.address + url, body, headers, method="PUT")) as answer:
            assert answer.status == 204


async def crowd(sessions: int, address: str, *, say: Callable[[str], None] = print) -> list[Visitor]:
    """So many visitors at once."""
    visitors = [Visitor(number, address) for number in range(sessions)]
    say(f"Each uploads {len(visitors[0].content) / 1e6:.1f} MB of GeoJSON, {DAYS} days.")
    await asyncio.gather(*(visitor.visit() for visitor in visitors))
    return visitors


def resident_mb(process: int, field: str = "VmRSS") -> float:
    """Memory of a process, now or (``VmHWM``) at its peak."""
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) / 1e3


def processor_s(process: int) -> float:
    """Processor time that a process has used."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sessions", type=int, default=20)
    sessions = parser.parse_args().sessions
    random.seed(1)
    with served(ROOT / "app.py") as (address, process):
        asyncio.run(crowd(1, address, say=lambda _: None))
        before = resident_mb(process)
        start, used = time.perf_counter(), processor_s(process)
        visitors = asyncio.run(crowd(sessions, address))
        took, used = time.perf_counter() - start, processor_s(process) - used
        peak = resident_mb(process, "VmHWM")
        time.sleep(SETTLE_S)
        asyncio.run(crowd(1, address, say=lambda _: None))
        after = resident_mb(process)
    print(f"{sessions} visitors in {took:.0f} s, {used:.0f} s of processor time of the server, on {machine()}.\n")
    print("| action | count | median s | p95 s | longest s |\n|---|---|---|---|---|")
    for name, times in (
        ("rerun after a change of date", [one for visitor in visitors for one in visitor.rerun_s]),
        ("upload, from the first byte to the page", [one for visitor in visitors for one in visitor.upload_s]),
    ):
        cuts = statistics.quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
        print(f"| {name} | {len(times)} | {statistics.median(times):.2f} | {cuts[-1]:.2f} | {max(times):.2f} |")
    faults = [fault for visitor in visitors for fault in visitor.faults]
    print(f"\nMemory of the server: {before:,.0f} MB before, {peak:,.0f} at its peak, {after:,.0f} once the visitors were gone.")
    print(f"Crossings: {sum(fault.startswith('crossing') for fault in faults)}. Other faults: {len(faults)}.", *faults[:10], sep="\n")


if __name__ == "__main__":
    main()
