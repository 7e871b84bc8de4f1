//! What is known of names: other names of companies that headlines use, each with its reason, and the words that say how a name
//! stands in a title. Plain data; the lists of words are in lower case, without accents.

/// The other names of the company whose plain name begins with these words; `Google` for `alphabet`. Only names that no rule derives
/// from the company's own stand here.
pub(super) fn other_names(name: &[String]) -> impl Iterator<Item = &'static str> {
    let begins = |known: &str| {
        let mut own = name.iter();
        known.split(' ').all(|known| own.next().is_some_and(|own| own == known))
    };
    OTHER_NAMES
        .iter()
        .filter(move |(known, ..)| begins(known))
        .flat_map(|(_, others, _)| others.iter().copied())
}

/// Whether `list` holds `word`.
pub(super) fn holds(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// The first words of a company's name, its other names, and why it has them.
const OTHER_NAMES: &[(&str, &[&str], &str)] = &[
    ("alphabet", &["Google"], "its main company, and its own name until 2015"),
    (
        "amazon com",
        &["Amazon", "AWS"],
        "the name it uses itself, and its cloud business",
    ),
    ("anheuser busch", &["AB InBev"], "the name it uses itself"),
    ("bank of america", &["BofA"], "the name it uses itself"),
    ("berkshire hathaway", &["Berkshire"], "short form in headlines"),
    ("block", &["Square"], "its name until 2021"),
    ("charles schwab", &["Schwab"], "short form in headlines"),
    ("coca cola", &["Coke"], "its brand"),
    ("eli lilly", &["Lilly"], "the name it uses itself"),
    ("exxon mobil", &["Exxon", "ExxonMobil"], "short forms in headlines"),
    ("goldman sachs", &["Goldman"], "short form in headlines"),
    ("gsk", &["GlaxoSmithKline", "Glaxo"], "its name until 2022"),
    ("h m hennes", &["H&M"], "its brand"),
    (
        "industria de diseno textil",
        &["Inditex", "Zara"],
        "the name it uses itself, and its brand",
    ),
    (
        "international consolidated airlines",
        &["IAG", "British Airways"],
        "the name it uses itself, and its brand",
    ),
    ("johnson johnson", &["J&J"], "the name it uses itself"),
    ("jpmorgan", &["JPMorgan", "JP Morgan"], "spellings in headlines"),
    ("lockheed martin", &["Lockheed"], "short form in headlines"),
    (
        "mercedes benz",
        &["Mercedes", "Daimler"],
        "short form in headlines, and its name until 2022",
    ),
    (
        "meta platforms",
        &["Meta", "Facebook"],
        "short form in headlines, and its name until 2021",
    ),
    ("novo nordisk", &["Novo"], "short form in headlines"),
    ("procter gamble", &["P&G"], "the name it uses itself"),
    ("rtx", &["Raytheon"], "its name until 2023"),
    ("stellantis", &["Fiat Chrysler"], "its name until 2021"),
    ("strategy", &["MicroStrategy"], "its name until 2025"),
    ("taiwan semiconductor", &["TSMC"], "the name it uses itself"),
    ("united parcel service", &["UPS"], "the name it uses itself"),
    ("volkswagen", &["VW"], "its brand"),
    ("walt disney", &["Disney"], "the name it uses itself"),
    ("warner bros discovery", &["Warner Bros"], "short form in headlines"),
];

/// Legal forms and kinds of shares that end a name, besides those that `market` knows.
pub(super) const LEGAL: &str = "inc incorporated corp corporation co company companies ltd limited plc ag sa se nv llc lp ab oyj as \
    asa spa kgaa gmbh bhd pjsc aktiengesellschaft societe europeenne anonyme publ adr ads gdr common ordinary preferred stock share \
    shares the";

/// Words at the end of a name that headlines leave out. Not those that tell companies of one family apart: Siemens Energy.
pub(super) const TRADE: &str = "holding holdings group trust technologies technology platforms motor motors international industries \
    systems pharmaceutical pharmaceuticals pharma therapeutics biotherapeutics biosciences biopharma bancorp bancshares \
    financial stores brands entertainment communications software networks resources enterprises solutions services labs laboratories \
    semiconductor semiconductors interactive worldwide global electronics materials sciences insurance wholesale com \
    online petroleum oil foods";

/// Words that begin many names, so that none of them stands for one company.
pub(super) const SHARED: &str = "american america united british britain canadian canada european europe euro asian asia african \
    africa chinese china japanese japan nippon indian india hindustan korean korea german germany deutsche french france italian italy \
    swiss spanish spain mexican mexico brazilian brazil australian australia pacific atlantic national texas california florida boston \
    chicago london paris york hong kong taiwan singapore banco bank banque royal saudi israel russia usa etf msci spdr";

/// What follows the name of a company that does something, has something, or is written about as a share.
pub(super) const FOLLOWERS: &str = "acquires adds agrees aims announces appoints asks backs beats bets boosts brings builds buys ceo \
    cfo chief claims climbs closes considers corp cuts debuts declares declines delays delivers denies dips dividend doubles \
    downgraded drops earnings ebitda ends enters eps executive expands expects explores faces falls fell files fires forecasts gains \
    gets grows guidance hikes hires hits holders holds inc introduces investors invests issues jumps launches lays leads lifts loses \
    lowers makes misses names nears opens outlook partners pays plans pledges plunges posts profit profits q1 q2 q3 q4 raises rallies \
    recalls rejects reports results reveals revenue revenues rises rose sales says seeks sees sells settles share shareholders shares \
    shuts signs sinks slashes slides slips soars spends starts stock stocks sues surges takes teams tops trims tumbles unveils \
    upgraded warns weighs wins";

/// What also follows it where the name begins the headline.
pub(super) const OPENERS: &str = "and can could has is may might needs off to vs wants will";

/// Words before a name that make something else of both, such as a price target.
pub(super) const COMPOUNDS: &[(&str, &str)] = &[
    ("price", "target"),
    ("big", "apple"),
    ("building", "block"),
    ("cold", "snap"),
    ("pay", "gap"),
    ("trade", "gap"),
    ("wage", "gap"),
];

/// Places of trading, as they stand before a symbol.
pub(super) const EXCHANGES: &str = "nyse nasdaq nasdaqgs nasdaqgm nasdaqcm nyseamerican nysearca amex arca cboe bats otc otcqx otcqb \
    otcmkts pink tsx tsxv tse cse lse lon aim xetra etr fra fwb epa ams ebr euronext six swx bit bme sto omx cph hel tyo hkex hkg \
    sehk sse sha szse nse bse asx krx jse b3";
