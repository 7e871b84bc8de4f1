// What was forecast, drawn on the chart's own canvas: bands, medians and the sample paths as they arrive. A primitive of Lightweight
// Charts: it is attached to the price series, whose scale it uses, and draws only days that the series has.

const BANDS = [
  ["0.05", "0.95", 0.12],
  ["0.1", "0.9", 0.16],
  ["0.25", "0.75", 0.24],
];

/** The highest and lowest prices of a fan by day, with its widest band. */
function reach({ dates, median, quantiles }) {
  const [low, high] = BANDS.map(([low, high]) => [quantiles[low], quantiles[high]]).find(([low]) => low) ?? [];
  return dates.map((date, day) => [date, low?.[day] ?? median[day], high?.[day] ?? median[day]]);
}

/**
 * A primitive without content. `show({fans, sampled})` sets what it draws: fans are {anchor: {time, price}, dates, median,
 * quantiles}; `sampled` is {anchor, dates, paths: [{closes, accepted}]}. `times` are the days of the series in order.
 */
export function fanPrimitive(colour) {
  let chart, series, requestUpdate;
  let content = { fans: [], sampled: null, times: [] };

  const place = (time, price) => [chart.timeScale().timeToCoordinate(time), series.priceToCoordinate(price)];

  function line(context, points) {
    context.beginPath();
    points.forEach(([x, y], index) => {
      if (x === null || y === null) return;
      if (index) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
  }

  function drawFan(context, { anchor, dates, median, quantiles }) {
    const points = (prices) => [
      place(anchor.time, anchor.price),
      ...dates.map((date, day) => place(date, prices[day])),
    ];
    context.fillStyle = colour.ahead;
    for (const [low, high, alpha] of BANDS) {
      if (!quantiles[low] || !quantiles[high]) continue;
      context.globalAlpha = alpha;
      line(context, [...points(quantiles[high]), ...points(quantiles[low]).reverse()]);
      context.fill();
    }
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.setLineDash([6, 4]);
    line(context, points(median));
    context.stroke();
    context.setLineDash([]);
  }

  function drawSampled(context, { anchor, dates, paths }) {
    const points = (closes) => [
      place(anchor.time, anchor.price),
      ...closes.map((close, day) => place(dates[day], close)),
    ];
    const kept = paths.filter(({ accepted }) => accepted);
    context.lineWidth = 1;
    context.globalAlpha = Math.max(0.08, 0.5 / Math.sqrt(kept.length || 1));
    for (const { closes } of kept) {
      line(context, points(closes));
      context.stroke();
    }
    context.globalAlpha = 1;
    if (!kept.length) return;
    context.lineWidth = 2.5;
    line(context, points(medians(kept, dates.length)));
    context.stroke();
  }

  const renderer = {
    draw: (target) =>
      target.useMediaCoordinateSpace(({ context }) => {
        context.save();
        context.strokeStyle = colour.ahead;
        context.lineJoin = "round";
        content.fans.forEach((fan) => drawFan(context, fan));
        if (content.sampled?.paths.length) drawSampled(context, content.sampled);
        context.restore();
      }),
  };
  const views = [{ zOrder: () => "top", renderer: () => renderer }];

  return {
    attached(host) {
      ({ chart, series, requestUpdate } = host);
    },
    detached() {
      requestUpdate = null;
    },
    paneViews: () => views,
    /** The prices that must be in view beside those of the series. */
    autoscaleInfo(from, to) {
      const { fans, sampled, times } = content;
      const [first, last] = [times[Math.max(0, Math.floor(from))], times[Math.min(times.length - 1, Math.ceil(to))]];
      const days = fans.flatMap(reach).filter(([date]) => date >= first && date <= last);
      const prices = days.flatMap(([, low, high]) => [low, high]);
      if (sampled && sampled.dates[0] <= last)
        for (const { closes, accepted } of sampled.paths)
          if (accepted) prices.push(Math.min(...closes), Math.max(...closes));
      if (!prices.length) return null;
      return { priceRange: { minValue: Math.min(...prices), maxValue: Math.max(...prices) } };
    },
    show(next) {
      content = { ...content, ...next };
      requestUpdate?.();
    },
  };
}

function medians(paths, days) {
  return Array.from({ length: days }, (_, day) => {
    const sorted = paths.map(({ closes }) => closes[day]).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  });
}
