// Indicators as lines over the bars: moving averages and Wilder's relative strength index, as src/indicators computes their last
// values. A day without enough history before it has no point.

/** The simple moving average of `days` closes, as [{time, value}]. */
export function average(bars, days) {
  let sum = 0;
  const points = [];
  bars.forEach(({ date, close }, place) => {
    sum += close;
    if (place >= days) sum -= bars[place - days].close;
    if (place >= days - 1) points.push({ time: date, value: sum / days });
  });
  return points;
}

/** The relative strength index over `days` bars (Wilder 1978), as [{time, value}]. */
export function rsi(bars, days = 14) {
  let [gain, loss] = [0, 0];
  const points = [];
  for (let place = 1; place < bars.length; place += 1) {
    const move = bars[place].close - bars[place - 1].close;
    const [up, down] = [Math.max(move, 0), Math.max(-move, 0)];
    if (place <= days) {
      gain += up / days;
      loss += down / days;
    } else {
      gain = (gain * (days - 1) + up) / days;
      loss = (loss * (days - 1) + down) / days;
    }
    if (place < days) continue;
    const value = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
    points.push({ time: bars[place].date, value });
  }
  return points;
}

/** Lowest low and highest high of the last 252 bars, and where the last close lies between them, 0 to 1. */
export function yearRange(bars) {
  const year = bars.slice(-252);
  if (!year.length) return null;
  const low = Math.min(...year.map((bar) => bar.low ?? bar.close));
  const high = Math.max(...year.map((bar) => bar.high ?? bar.close));
  const last = year.at(-1).close;
  return { low, high, place: high > low ? (last - low) / (high - low) : 0.5 };
}
