//! Statements about names, causes, news and recommendations; each with an error planted in it.

use tripod::grounding::Call;

use crate::measured::Pair;
use crate::random::Random;
use crate::statements::sentence;
use crate::world::World;

const FOREIGN: &str = "Warren Buffett|Samsung|Goldman Sachs|Elena Petrova|Quantia Robotics|the Galaxy S24|Morgan Stanley|Berkshire Hathaway|Ingrid Solberg|Foxconn|Zephyr Motors|Janet Yellen|the Orion 9 headset|BlackRock|Tesla|Huawei";

const CAUSES: &str = "weak demand in emerging markets|rising interest rates|a disappointing earnings report|strong holiday sales|investor worries about inflation|supply chain problems|new product launches|tougher competition|upbeat guidance|trade tensions|a broad sell-off in technology|cost cuts|regulatory pressure|hopes for a dividend increase|currency headwinds|management changes";

/// A name from nowhere; clean sentences name the company, its ticker or what a headline names.
pub fn name(random: &mut Random, world: &World) -> Pair {
    let close = &world.fact("last_close").value;
    let foreign = random.pick(FOREIGN);
    let bare = foreign.trim_start_matches("the ");
    let planted = random.pick(
        "{N} holds a stake in {C}|{C} closed at {P}, and {N} took note|competitors such as {N} weigh on the outlook|according to {N}, the close of {P} is low|{N} is watching {C}|like {N}, {C} closed the session at {P}|{C} (and {N}) closed at {P}|the last close was {P}, as {N} noted|compared with {N}, volatility is {V} a year|{N}'s view is that the close of {P} is fair",
    );
    let clean = random.pick(
        "{C} closed at {P}|the last close of {T} is {P}|{F} closed the session at {P}|volatility of {C} is {V} a year|For {T}, volatility is {V} a year|{C}'s last close is {P}|Investors in {C} saw a close of {P}|Volatility of the U.S. company is {V} a year|Shares of {F} last closed at {P}|The Relative Strength Index of {C} is {R}|On the Nasdaq or the NYSE, a close of {P} is a close of {P}|Traders of {T} saw the stock close at {P}",
    );
    let fill = |text: &str| {
        sentence(
            &text
                .replace("{N}", if text.contains("{N}'s") { bare } else { foreign })
                .replace("{C}", &world.short)
                .replace("{F}", &world.company)
                .replace("{T}", &world.ticker)
                .replace("{P}", close)
                .replace("{R}", &world.fact("rsi").value)
                .replace("{V}", &world.fact("volatility").value),
        )
        .replace("Inc..", "Inc.")
        .replace("Ltd..", "Ltd.")
        .replace("Co..", "Co.")
    };
    Pair {
        clean: fill(clean),
        planted: fill(planted),
    }
}

/// A cause or a piece of news from nowhere; clean sentences report the move alone, or cite a headline and say what it says.
pub fn cause(random: &mut Random, world: &World) -> Pair {
    let change = world.number("return_5d");
    let moved = random.pick(if change < 0.0 {
        "fell|dropped|declined|slid"
    } else {
        "rose|gained|climbed|advanced"
    });
    let noun = if change < 0.0 {
        random.pick("decline|drop|slide")
    } else {
        random.pick("rise|gain|advance")
    };
    let planted = random.pick(
        "the stock {M} over five days because of {X}|the shares {M} in the past week, driven by {X}|{X} drove the {N} of the past week|over five days the stock {M} amid {X}|the {N} over the last five days was due to {X}|the price {M} in a week on the back of {X}|the stock {M} over the past week as investors reacted to {X}|the {N} in the past week reflects {X}|thanks to {X}, the stock {M} over five days|recent news points to {X}|the headlines mention {X}|news of {X} moved the price|media reports highlight {X}|headline 9 tells of {X}|headline 1 reports {X}|the {N} over five days stems from {X}|the {N} of the past week was caused by {X}",
    );
    let number = 1 + random.below(world.headlines.len());
    let title = &world.headlines[number - 1];
    let size = &world.fact("return_5d").value;
    let score = world.number("net_score");
    let mood = if score > 0.2 {
        "good"
    } else if score < -0.2 {
        "bad"
    } else {
        "mixed"
    };
    let lower = title
        .replacen("Brokers", "brokers", 1)
        .replacen("Supplier cuts", "a supplier cuts", 1);
    let clean = random.pick(
        "the stock {M} over five days|the 5-day return is {S}|headline {H} says that {L}|headline {H}: \"{T}\"|according to headline {H}, {L}|the mood of the news is {G}|a forecast can be wrong, and past performance does not guarantee future results|the outlook is cautious because the {A} is what it is|{L} (headline {H})|the {N} of the past week speaks for caution|\"{T}\" is headline {H}",
    );
    let fill = |text: &str, random: &mut Random| {
        sentence(
            &text
                .replace("{M}", moved)
                .replace("{N}", noun)
                .replace("{X}", random.pick(CAUSES))
                .replace("{S}", size)
                .replace("{H}", &number.to_string())
                .replace("{L}", &lower)
                .replace("{T}", title)
                .replace("{G}", mood)
                .replace("{A}", random.pick("RSI|median forecast|volatility|support level")),
        )
    };
    Pair {
        clean: fill(clean, random),
        planted: fill(planted, random),
    }
}

/// Words that agree with the call or advise nothing, and words that advise otherwise, of those for each call and for none.
pub fn advice(
    random: &mut Random,
    call: Call,
    [buy, sell, hold, other]: [&'static str; 4],
) -> (&'static str, &'static str) {
    let (right, wrong) = match call {
        Call::Buy => (buy, [sell, hold]),
        Call::Sell => (sell, [buy, hold]),
        Call::Hold => (hold, [buy, sell]),
        Call::None => (other, [buy, sell]),
    };
    let clean = if random.coin() {
        random.pick(right)
    } else {
        random.pick(other)
    };
    let otherwise = wrong[random.below(2)];
    (clean, random.pick(otherwise))
}

/// Advice against the call; clean sentences give the call, or use the same words for other things.
pub fn recommendation(random: &mut Random, world: &World) -> Pair {
    const BUY: &str = "investors should buy the shares|we recommend buying the stock|this is a buying opportunity|now is a good time to buy|accumulate the shares on weakness|we would add to positions here|buy|the stock is a buy|consider buying more shares|our recommendation is to buy|it is time to go long|traders may want to buy at this level|the stock deserves a place in the portfolio, so buy it|we rate the stock a buy";
    const SELL: &str = "investors should sell the shares|we recommend selling the stock|stay away from the stock|take profits now|it is time to sell|we would reduce exposure here|sell|the stock is a sell|avoid the shares|our advice is to sell|holders should trim their positions|it would be prudent to exit the position|we rate the shares a sell|steer clear of {C}";
    const HOLD: &str = "investors should hold the shares|we recommend holding the stock|stay on the sidelines for now|it is best to wait|hold|the stock is a hold|we would hold here|our advice is to hold|holders should sit tight|maintain existing positions|we rate the stock a hold|wait and see is the best advice";
    const OTHER: &str = "selling pressure can return at any time|a sell-off or a rally can follow|the close holds the key to the picture|buyers and sellers disagree|overbought and oversold are words of technicians|this is not investment advice|readers should form their own view|the forecast can be wrong|caution is advisable|uncertainty is high, and patience helps";
    let (clean, planted) = advice(random, world.call, [BUY, SELL, HOLD, OTHER]);
    let fill = |text: &str| sentence(&text.replace("{C}", &world.short));
    Pair {
        clean: fill(clean),
        planted: fill(planted),
    }
}
