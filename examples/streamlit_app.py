"""Tripod in Streamlit, over the streams of /v1/analyze and /v1/backtest:

pip install streamlit plotly httpx
TRIPOD_URL=http://127.0.0.1:8069 streamlit run streamlit_app.py
"""

import json
import os

import httpx
import streamlit as st

URL = os.environ.get("TRIPOD_URL", "http://127.0.0.1:8069")
KEY = os.environ.get("TRIPOD_API_KEY")
HEADERS = {"Authorization": f"Bearer {KEY}"} if KEY else {}


def events(path, body):
    """The events of a run, one dictionary after the other; the last one is the result."""
    with httpx.stream("POST", URL + path, json=body | {"stream": True}, headers=HEADERS, timeout=None) as response:
        if response.is_error:
            raise RuntimeError(json.loads(response.read())["error"]["message"])
        for line in response.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def run(path, body):
    """Shows the progress of a run and returns its result."""
    status, report, written = st.status("Waiting"), st.empty(), ""
    for event in events(path, body):
        match event:
            case {"error": error}:
                status.update(state="error")
                raise RuntimeError(error["message"])
            case {"event": "stage_opened"}:
                status.update(label=f"{event['stage']}: {event['need_bytes'] / 2**20:.0f} MiB for {event['model']}")
            case {"event": "path_sampled"}:
                status.update(label=f"Path {event['done']} of {event['of']}")
            case {"event": "window_scored"}:
                status.update(label=f"Window {event['done']} of {event['of']}")
            case {"event": "stage_closed", "row": row}:
                status.write(f"{row['stage']}: {row['freed_bytes'] / 2**20:.0f} MiB given back")
            case {"event": "stage_failed"}:
                st.error(f"{event['stage']}: {event['message']}")
            case {"event": "text", "part": "report"}:
                written += event["text"]
                report.markdown(written)
            case {"object": "analysis" | "backtest"}:
                status.update(label="Done", state="complete")
                report.empty()
                return event
    raise RuntimeError("the stream ended without a result")


def show(analysis):
    """What an analysis says in words."""
    if report := analysis["report"]:
        st.markdown(report["markdown"])
    if sentiment := analysis["sentiment"]:
        st.dataframe(sentiment["headlines"], column_order=("label", "score", "title", "source", "url"))


st.title("Tripod")
mode = st.radio("Mode", ["Prediction", "Test"], horizontal=True)
ticker = st.text_input("Ticker or Yahoo Finance link", "AAPL")
horizon = st.slider("Horizon in trading days", 1, 90, 5)
samples = st.number_input("Sample paths", 1, 200, 4)
asked = {"ticker": ticker, "horizon_days": horizon, "samples": samples}

if st.button("Forecast" if mode == "Prediction" else "Test"):
    try:
        result = run("/v1/analyze" if mode == "Prediction" else "/v1/backtest", asked)
    except (RuntimeError, httpx.HTTPError) as error:
        st.error(str(error))
        st.stop()
    st.plotly_chart(result["chart"])
    if mode == "Prediction":
        show(result)
    else:
        forecasters = {"model": result["model"]} | result["baselines"]
        st.table([{"forecast": name, "mae": one["mae"], "rmse": one["rmse"]} for name, one in forecasters.items()])
        show(result["analysis"])
        if review := result["review"]:
            st.markdown(review["markdown"])
    st.caption(result["disclaimer"])
