//! Sentences on the demo's table (`world::demo`), written by hand as analysts and small language models write.

/// Every claim of these is true, or they claim nothing.
pub const TRUE: &str = "
Apple Inc. closed at $56.14 on March 1, 2013.
AAPL finished Friday's session at $56.14, down 2.5% on the day.
The shares have had a rough month, losing just over 5 percent.
With an RSI of 33.3, the stock is weak but not yet oversold.
The stock is trading well below both its 50-day and 200-day moving averages.
The 50-day moving average ($63.01) sits beneath the 200-day moving average ($74.31).
A death cross formed on 10 December 2012.
The shares are down about 38% from their peak.
The model sees the price at $57.69 in 30 trading days, a gain of 2.8%.
Our model's median path ends at $57.69, which is 2.8% above the last close.
The 80% band spans $49.46 to $66.60.
There is a 10% chance that the close on April 15 ends below $49.46.
Between the 10th and the 90th percentile the forecast runs from $49.46 to $66.60.
Volatility is 26.9% on an annualised basis.
Sentiment is slightly positive, with a net score of 0.08 on a scale from -1 to 1.
Eleven headlines were scored: four positive, three negative and four neutral.
Four headlines are positive, three are negative and four are neutral.
Only three of the eleven headlines are negative.
Just over a third of the headlines are positive.
The nearest resistance is at $79.37, where the price turned twice.
No support level was found below the last close.
Past performance does not guarantee future results.
Forecasts can be wrong, and this one is no exception.
Investors should do their own research before making a decision.
The price could fall further if the market weakens.
The band is wide, so the outcome is uncertain.
Momentum is negative: the 12-month return without the last month is -13.9%.
Over the past five sessions the stock has given up 4.5%.
It slipped 4.5% in a week and 5.2% in a month.
The stock dropped 2.5% on the day, 4.5% over five days and 5.2% over 21 days.
The 5-day and 21-day returns are -4.5% and -5.2%, respectively.
Headline 2 mentions weaker orders for iPhone 5 screens.
According to headline 3, Tim Cook defends the cash pile.
Headline 4 says Samsung gains ground in smartphones.
Headline 1 (\"Apple shares edge higher as investors weigh the case for a larger dividend\") is the most recent.
The news is mixed.
The tone of the headlines is balanced.
All 256 sample paths were used.
The forecast rests on 256 paths.
By mid-April, the median points to $57.69.
The forecast window runs to April 15, 2013.
The last close lies inside the 80% band.
The RSI is above 30 and below 70, in neutral territory.
At 33.3, the relative strength index is close to oversold.
The close was $56, or $56.14 to be exact.
The RSI(14) reading of 33.3 speaks of weakness.
The stock lost 250 basis points on the day.
The close, written 56,14 $, is below the 50-day average.
The company's share price is $56.14 vs. a 50-day average of $63.01.
Apple Inc. is a U.S. company, and its stock closed at $56.14.
The price is approx. $56 and the median approx. $58.
The expected return is positive but small.
A modest rise is expected over the forecast horizon.
The forecast is mildly bullish, with an expected return of 2.8%.
The model's expected gain of 2.8% is small next to an annual volatility of 26.9%.
There are more positive than negative headlines.
Positive headlines outnumber negative ones by one.
The short-term trend is down.
The stock has been falling.
Shares have declined over the day, the week and the month.
We would hold the shares for now.
Holding is the sensible course given the wide band.
The recommendation is HOLD.
Neither buying nor selling is called for.
The call is to hold because the band holds the last close.
We stay cautious because the RSI is low and the averages are above the price.
The price holds below its averages.
Selling pressure has not ended.
Two risks stand out: volatility and the width of the band.
First, the band is wide. Second, the news is mixed.
The closing price of fifty-six dollars and fourteen cents is below the 50-day average of sixty-three dollars and one cent.
The stock's yearly volatility is nearly 27%.
In summary, the picture is mixed.
The upper end of the band is $66.60, and the lower end is $49.46.
A move to $66.60 would take the stock to the upper end of the band.
The 90% quantile, at $66.60, is still below resistance at $79.37.
At $79.37, resistance is far above the last close.
The median forecast of $57.69 is below the 50-day average.
As of 2013-03-01 the last close is $56.14.
The net sentiment score stands at +0.08.
Volatility of 26.9% a year makes for wide bands.
The stock fell by 2.5% yesterday.
In the last session, AAPL fell 2.5% to $56.14.
The drawdown from the highest close amounts to 38.0%.
The price is 10.9% below its 50-day average.
The stock trades $6.87 below its 50-day moving average.
The forecast range, $49.46-$66.60, is wide.
The forecast covers 30 trading days, about six weeks.
";

/// Each of these has a claim that is false, or that nothing on the table tells.
pub const FALSE: &str = "
Apple Inc. closed at $65.14 on March 1, 2013.
AAPL finished Friday's session at $57.69.
The shares gained 5.2% over the past month.
With an RSI of 33.3, the stock is overbought.
With an RSI of 73.3, the stock is overbought.
The stock trades above its 200-day moving average.
The stock is trading above both its moving averages.
The 50-day average is above the 200-day average, a sign of strength.
A golden cross formed in December.
The shares are up 38% from their low.
The model sees the price at $66.60 in 30 trading days.
The median forecast is $63.01.
The 80% band spans $47.46 to $66.60.
The 90% band spans $49.46 to $66.60.
There is a 25% chance of a fall below $49.46.
Volatility is low at 16.9% a year.
Sentiment is clearly negative, with a net score of -0.48.
Eleven headlines were scored: five positive, three negative and three neutral.
Most of the headlines are positive.
None of the headlines was negative.
More than half of the headlines are negative.
Support at $52.00 should hold.
The price has bounced off support at $54.20 three times.
Resistance is at $74.31.
The stock has doubled over the past year.
Over the past three months, the stock fell 4.5%.
The stock fell 13.9% last month.
It fell 2.5% in a week.
The 5-day and 21-day returns are -5.2% and -4.5%, respectively.
Headline 2 reports record profits.
Headline 7 warns of a recall.
According to headline 3, Tim Cook resigned.
News of a new phone lifted the shares.
Recent headlines suggest that demand is cooling.
The press is full of praise for the new products.
The decline was driven by concerns about competition from Samsung.
The stock fell because of weak earnings.
Weak guidance has weighed on the shares.
Shares slid after the company cut its outlook for the year.
The fall reflects worries about margins.
Apple makes phones, tablets and computers.
Apple is a leader in consumer electronics with a loyal customer base.
The company has a strong balance sheet and growing revenue.
Warren Buffett has added to his stake.
Analysts at Goldman Sachs expect $70.
Google and Microsoft are ahead of Apple.
The iPad Mini sells well.
CEO Steve Jobs presented the results.
We recommend buying the stock at current levels.
Investors should sell before the price drops further.
Now is the time to accumulate shares.
It would be wise to take profits.
The stock looks like a strong buy.
Long-term investors might consider adding to their positions.
Stay away from this stock.
BUY.
The model forecasts a decline over the next 30 trading days.
The forecast points down.
The outlook of the model is bearish.
The model expects a gain of 28% by April 15.
The forecast covers the next 60 trading days.
Over the next two weeks the price is expected to reach $57.69.
The forecast ends on May 15, 2013.
The stock closed at $56.14 on February 28, 2013.
The forecast for 2014 is $57.69.
Only 200 of 256 sample paths were used.
All 512 paths were used.
The RSI is below 30.
The net score is 0.8.
The last close is above the upper end of the band.
The last close lies outside the 80% band.
The median forecast is below the last close.
The stock rose 4.5% in five days.
The stock was flat over the past month.
The price has been rising steadily.
The close was fifty-seven dollars and sixty-nine cents.
The stock's RSI of 56.14 is neutral.
The 100-day moving average is $63.01.
The stock is 38% above its 200-day average.
The price is 20% below its 50-day average.
The mood of the news is bad.
Earnings are due next week.
The Federal Reserve is expected to raise rates.
The dividend yield is 2.4%.
The market capitalisation is $500 billion.
The stock trades at a price-to-earnings ratio of 10.
Trading volume rose by 12%.
Third-quarter revenue fell short.
";
