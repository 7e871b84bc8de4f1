//! Lists of ordinary English words, in lower case: words that are no name of a security.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Whether `lower` is an ordinary word, which alone names no security however it is capitalised.
pub(super) fn is_ordinary(lower: &str) -> bool {
    ORDINARY.contains(lower)
        || is_filler(lower)
        || (lower.contains('.') && ORDINARY.contains(lower.replace('.', "").as_str()))
}

/// Whether `lower` is a function word or a word about time, at which a company's name ends.
pub(super) fn is_boundary(lower: &str) -> bool {
    BOUNDARY.contains(lower) || is_filler(lower)
}

/// Whether `lower` is part of a request and not of a name: `forecast nvda please` means `nvda`.
pub(super) fn is_filler(lower: &str) -> bool {
    FILLERS.contains(&lower) || is_command(lower)
}

/// Whether `lower` asks for an analysis or announces a security ("ticker").
pub(super) fn is_command(lower: &str) -> bool {
    COMMANDS.contains(&lower)
}

const FILLERS: [&str; 35] = [
    "a", "an", "the", "for", "of", "on", "in", "over", "during", "within", "at", "with", "to", "and", "please", "pls",
    "me", "my", "give", "show", "get", "do", "run", "make", "create", "write", "want", "need", "i", "next", "coming",
    "can", "you", "would", "now",
];

const COMMANDS: [&str; 24] = [
    "forecast",
    "forecasts",
    "outlook",
    "prediction",
    "predict",
    "predicting",
    "projection",
    "analysis",
    "analyse",
    "analyze",
    "analysing",
    "analyzing",
    "evaluate",
    "report",
    "stock",
    "stocks",
    "share",
    "shares",
    "price",
    "prices",
    "ticker",
    "symbol",
    "company",
    "quote",
];

static ORDINARY: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(&[GRAMMAR, CHAT, MARKET, ABBREVIATIONS, TIME, WORLD]));

static BOUNDARY: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(&[GRAMMAR, CHAT, TIME]));

fn words(lists: &[&'static str]) -> HashSet<&'static str> {
    lists.iter().flat_map(|list| list.split_whitespace()).collect()
}

const GRAMMAR: &str = "
    about above across after again against ago ahead all almost alone along already also although always am among another
    any anybody anyone anything anyway are around as ask away back be became because become been before began behind being
    below beside best better between beyond big bit both bring but buy by call came cannot can't come could couldn't cut
    did didn't does doesn't doing don't done down due each either else end enough even ever every everyone everything
    exactly except far fast few find first five fix four from full further gave getting go goes going gone good got great
    had half has hasn't have haven't having he help her here high higher highest him his how how's however hold hundred if
    i'd i'll i'm i've into is isn't it its it's itself just keep kept kind knew know known large last later least leave led
    left less let let's like likely little long longer look looking looks lost lot lots low lower lowest made main making
    many matter may maybe mean means might mine minus mind more most move moves much must near nearly neither never new
    news nine no nobody none nor not nothing now off often old once one only onto open or other others otherwise our ours
    out own part past per perhaps plan plans plus point possible put quite rather ready real really right safe same saw say says see
    seem seems seen sell send set seven several shall she should shouldn't side since six size small so some somebody
    someone something sometimes soon still stop such sure take taken takes talk tell ten than thank thanks that that's
    their theirs them then there there's these they thing things think this those though thought thousand three through
    thus till time times together told too took top total toward try trying turn twice two type under unless until up upon us
    use used using very via vs versus was wasn't way ways we well went were weren't what what's whatever when where
    where's whether which while who who's whole whom whose why will with without won't work works worse worst worth would
    wouldn't wrong yes yet you'd you'll you're you've your yours yourself eight third second";

const CHAT: &str = "
    again answer answers anything awesome bonjour brief briefly brilliant bullet bye chat cheers clarify clear compare
    confused continue conversation cool correct count describe detail details different difference disagree doubt draw
    elaborate english example examples excellent exit expand explain explanation fair fine fix format french friend
    funny german gpt greetings guess hallo happy hello hey hi hint hmm hola huh ignore instead instruction instructions
    interesting italian joke json language lang list llama llm lmk lol love mail markdown math maybe message model models
    moin nah name nice nope okay ok omg one output paragraph password perfect ping play poem point pong prompt pretend
    question questions quick quit quote quotes read reason reasons reasoning repeat rephrase reply reset respond retry
    rewrite same sentence sentences short shorter shorten simpler simple simply song sorry sounds source sources spanish
    start step steps stop story summarise summarize summary super sure system table task tbh test text thx tip tldr
    today too translate tripod true truth try understand understood user version wait weather welcome wonderful word words
    wow write wtf ya yay yeah yep yo yup bot assistant tool tools help menu";

const MARKET: &str = "
    accuracy accurate action advice advise allocation amount analyst analysts annual arena asset assets average averages
    band bands banks bear bearish bears beat behaviour benchmark bet beta bid bollinger bond bonds boom bottom bubble
    budget bull bullish bulls business buyer buyers buying buyback buybacks buys calendar calls candle candles capital carlo
    cash chance chances change changed changes chart charts cheap class climb close closed closes closing commission
    companies competition competitor competitors conclusion confidence considerations consumer cost costs crash crisis
    currency data date dates dead death deal deals debt decision decline demand deviation dip direction dividend dividends
    dollar dollars double dow drawdown drop drops earning earnings economic economy effect entry equity error errors euro
    euros event events exit expectation expectations expect expected expensive exposure fact factor factors facts fair fall
    falling falls fear fed federal fees fibonacci figure figures finance finances financial flat floor forecasting
    forecaster fund fundamentals funds future futures gain gains gap gaps golden grow growing growth headline headlines
    hedge hike history hit holding holdings horizon idea impact improve income index indices indicator indicators industry
    inflation information insider insiders interest interval intervals invest investing investment investments investor
    investors investor's job jones jump large layoffs level levels leverage limit line lines liquidity long loss losses
    macro management margin margins market markets maximum median merger method mid minimum momentum money monte mood
    moving multiple negative neutral number numbers odds oil operator opinion opportunities opportunity option options
    order orders overbought overvalued oversold paper path paths pattern patterns pay peak peers percent percentage
    performance perform performing picks pip play plot portfolio position positive potential predictions premium pressure
    pricing probability probabilities product products profit profits pullback puts quality quantile quantiles quarterly
    rally range rate rates rating ratio ratios rebound recession recommend recommendation recommendations recover recovery
    regime reliable reliability reserve resistance result results return returns revenue revenues rich rise rises rising
    risk risks risky rocket rules rumor rumors rumour rumours sales sample samples savings scenario scenarios score
    sector sectors seller sellers selling sells sensitive sentiment setup sharpe short shorting signal signals situation
    social spike split splits spread standard statistics stats stable stability strategy street strength strong summary
    supply support surge swing target targets tax taxes tech technical technicals thesis trade traded trades trader traders
    trading trend trends tumble uncertain uncertainty undervalued up uptrend downtrend upward downward upside downside
    valuation value values volatile volatility volume wall war weak weakness weight weighted win winner wins yield yields";

const ABBREVIATIONS: &str = "
    ag agi ai am api ar asap ath atl atm atr b2b bn boe boj bps brb bric btw cad ceo cet cfo chf cio cmo cny coo cpi cpu csv
    cto dca dcf diy dm doj dr dvd ebit ebitda ecb edt em ema eod eom eoy eps esg est et etc etf etfs eu eur ev evs faq faqs
    fda fifo fomc fomo ftc fud fy fyi gaap gbp gdp gmt gnp gpt gpu gpus hkd hq hr html http https hud id idk imf imho imo inr
    iot ipo ipos ira irs it jpy kpi kpis krw la lifo llc ltd m&a ma macd mae mape ml mln mom mr mrs ms msg nasdaq nato nav nb
    nfa nlp nth nyc nyse amex lse nft opec ot otc p&l pct pdf pe peg phd plc pm ppi pr ps pst psst qe qoq qt r&d reit rip rmse
    roa roe roi rsi rt s&p saas sec sf sg sma spac sql tba tbd tl tldr tv uae ui uk un url us usa usb usd utc va vat
    vc vix vol vp vr vwap w who wifi wto www yolo yoy yrs ytd xd xml yaml btc eth gmbh inc corp sa se nv lp
    q1 q2 q3 q4 h1 h2";

const TIME: &str = "
    january february march april june july august september october november december jan feb mar apr jun jul aug sep sept
    oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    day days daily week weeks weekly weekend month months monthly quarter quarters year years yearly hour hours minute
    minutes moment morning evening night tomorrow yesterday tonight today term currently recently overnight decade
    christmas easter summer winter spring autumn session sessions fortnight short-term long-term mid-term";

const WORLD: &str = "
    africa america american americans asia asian australia biden brazil britain british buffett california canada china
    chinese congress covid court democrats dutch elon europe european earth france germany god government hong house india
    indian iran israel japan japanese jesus korea kong london mexico moon musk nancy north obama pelosi powell president
    putin republicans republican russia russian senate silicon south spain states taiwan trump uk ukraine united valley
    warren washington white world york zealand";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_lower_case() {
        let wrong: Vec<&&str> = ORDINARY.iter().filter(|word| word.to_lowercase() != ***word).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn no_demo_company_is_an_ordinary_word() {
        for name in [
            "apple",
            "google",
            "alphabet",
            "ibm",
            "microsoft",
            "aapl",
            "goog",
            "msft",
        ] {
            assert!(!is_ordinary(name), "{name}");
        }
    }
}
