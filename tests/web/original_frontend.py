"""A frontend that knows the Python original's wire format and nothing else: it posts {yfinance_link, prediction_days} to
/analyze and /test and draws what comes. It stands for frontends that were written for the original."""

import os

import httpx
import pandas
import plotly.graph_objects as go
import streamlit as st

URL = os.environ["TRIPOD_URL"]
METRICS = {"mae": "MAE", "rmse": "RMSE", "mape": "MAPE (%)", "directional_accuracy": "Directional accuracy (%)"}

st.title("Stock analyst")
mode = st.radio("Mode", ["Prediction", "Test"])
link = st.text_input("Yahoo Finance link", "https://finance.yahoo.com/quote/AAPL")
days = st.number_input("Days", 1, 90, 2)

if st.button("Run"):
    asked = {"yfinance_link": link, "prediction_days": days}
    answer = httpx.post(URL + ("/analyze" if mode == "Prediction" else "/test"), json=asked, timeout=600).json()
    if answer["status"] != "Success":
        st.error(answer["error_message"])
    elif mode == "Prediction":
        bars = pandas.DataFrame(answer["historical_data"]).tail(250)
        figure = go.Figure(
            [
                go.Candlestick(
                    x=bars.Date, open=bars.Open, high=bars.High, low=bars.Low, close=bars.Close, name="History"
                ),
                go.Scatter(x=answer["forecast_dates"], y=answer["forecast_prices"], name="Forecast"),
            ]
        )
        st.plotly_chart(figure)
        st.markdown(answer["analyst_report"])
    else:
        for column, (name, label) in zip(st.columns(len(METRICS)), METRICS.items()):
            column.metric(label, f"{answer[name]:.2f}")
        st.markdown(answer["original_analyst_report"])
        st.markdown(answer["final_test_report"] or "")
