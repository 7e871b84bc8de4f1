//! What a title must hold to be about a company.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::market::Ticker;

fn subject(ticker: &str, company: &str) -> Subject {
    let company = (!company.is_empty()).then(|| company.to_owned());
    Subject::of(&NewsQuery::new(
        Ticker::parse(ticker).unwrap(),
        company,
        "2013-03-01".parse().unwrap(),
    ))
}

/// Titles that name the company, and titles that do not.
fn check(ticker: &str, company: &str, named: &[&str], not_named: &[&str]) {
    let subject = subject(ticker, company);
    for title in named {
        assert!(subject.is_named_in(title), "{company}: {title} ({subject:?})");
    }
    for title in not_named {
        assert!(!subject.is_named_in(title), "{company}: {title} ({subject:?})");
    }
}

#[test]
fn the_name_counts_without_its_legal_form_case_accents_and_the_words_of_its_trade() {
    check(
        "NVDA",
        "NVIDIA Corporation",
        &[
            "Nvidia beats estimates",
            "Why Nvidia's chips sell",
            "NVIDIA: A BUY",
            "AMD and Nvidia rally",
        ],
        &[
            "Nvidias of tomorrow",
            "envidia y nvidia",
            "AMD beats estimates",
            "Chip stocks rally",
        ],
    );
    check(
        "EBAY",
        "eBay Inc.",
        &["eBay cuts staff", "What eBay does"],
        &["Etsy cuts staff"],
    );
    check(
        "NESN.SW",
        "Nestlé S.A.",
        &["Nestle sells its water business", "NESTLÉ: CEO GOES"],
        &["Bird nests found", "Unilever sells its tea"],
    );
    check(
        "MU",
        "Micron Technology, Inc.",
        &[
            "Micron falls after forecast",
            "Chip maker Micron Technology to build in Idaho",
        ],
        &["A one micron film", "Technology stocks fall"],
    );
    check(
        "KO",
        "The Coca-Cola Company",
        &["Coca-Cola raises prices", "Coke vs. Pepsi: Coke sales grow"],
        &["Pepsi raises prices"],
    );
    check(
        "COF",
        "Capital One Financial Corp",
        &["Capital One closes Discover deal"],
        &["One more reason to raise capital"],
    );
    check(
        "MCD",
        "McDonald's Corporation",
        &["McDonald's sales slip", "McDonald’s tests robots"],
        &["Old McDonald had a farm"],
    );
    check(
        "7203.T",
        "Toyota Motor Corporation",
        &["Toyota cuts output", "Stocks to watch (TSE: 7203)"],
        &["Honda sells 7203 cars in a day"],
    );
    check(
        "JPM",
        "JPMorgan Chase & Co.",
        &["J.P. Morgan sees recession", "JPMorgan hires bankers", "JPM dips"],
        &["Morgan Stanley hires bankers", "Police chase ends"],
    );
    check(
        "MC.PA",
        "LVMH Moët Hennessy - Louis Vuitton, Société Européenne",
        &["LVMH sales miss forecasts"],
        &["Kering sales miss forecasts"],
    );
    check(
        "BTC-USD",
        "Bitcoin USD",
        &["Bitcoin tops $100,000", "BTC slides"],
        &["Ether slides"],
    );
}

#[test]
fn other_names_of_the_company_count() {
    for (ticker, company, title) in [
        ("GOOG", "Alphabet Inc.", "Google loses antitrust case"),
        ("META", "Meta Platforms, Inc.", "Facebook owner cuts jobs"),
        ("META", "Meta Platforms, Inc.", "Meta shares jump"),
        (
            "IBM",
            "International Business Machines Corporation",
            "IBM to buy Confluent",
        ),
        ("GM", "General Motors Company", "GM recalls trucks"),
        ("AMD", "Advanced Micro Devices, Inc.", "AMD unveils chips"),
        ("PG", "Procter & Gamble Company (The)", "P&G raises prices"),
        ("JNJ", "Johnson & Johnson", "J&J settles talc claims"),
        ("DIS", "The Walt Disney Company", "Disney hikes park prices"),
        (
            "TSM",
            "Taiwan Semiconductor Manufacturing Company Limited",
            "TSMC builds in Arizona",
        ),
        ("VOW3.DE", "Volkswagen AG", "VW closes plant"),
        ("BRK-B", "Berkshire Hathaway Inc.", "Berkshire sells bank shares"),
    ] {
        assert!(subject(ticker, company).is_named_in(title), "{title}");
    }
    // Initials that are not the symbol are no name.
    check("HPQ", "Hewlett Packard", &[], &["HP sauce maker sold"]);
}

#[test]
fn a_name_that_is_an_english_word_must_stand_as_a_name() {
    check(
        "TGT",
        "Target Corporation",
        &[
            "Target raises outlook after holiday sales",
            "Retailer Target to close nine stores",
            "Why Target Stock Is Falling Today",
            "Walmart and Target cut prices",
            "TARGET SHARES TUMBLE",
            "Target's new chief has a plan",
        ],
        &[
            "Broker raises price target for Acme",
            "Price Target Raised to $120",
            "Analysts Lift Acme Price Target",
            "Target prices for chip makers",
            "The fund is on target",
            "Hackers Target Banks In Europe",
            "PRICE TARGET: 120",
        ],
    );
    check(
        "AAPL",
        "Apple Inc.",
        &[
            "Apple unveils a cheaper phone",
            "Apple, Nvidia lead tech higher",
            "What Apple Earnings Mean",
            "Is Apple a buy?",
        ],
        &["Apple pie recipes for autumn", "Adam's apple surgery", "An apple a day"],
    );
    check(
        "GAP",
        "The Gap, Inc.",
        &["Gap posts surprise profit", "Clothing chain Gap names chief"],
        &[
            "Gap between rich and poor widens",
            "Wage Gap Widens In Europe",
            "Mind the gap",
        ],
    );
    check(
        "V",
        "Visa Inc.",
        &["Visa beats estimates", "Regulators look at Visa and Mastercard"],
        &[
            "Student visa rules tighten",
            "Visa applications double",
            "V-shaped recovery",
        ],
    );
    check(
        "SNAP",
        "Snap Inc.",
        &["Snap shares plunge", "Regulator fines Snap over data"],
        &[
            "Cold Snap Hits Texas",
            "Snap election called in France",
            "Snap judgement",
        ],
    );
    check(
        "U",
        "Unity Software Inc.",
        &["Unity Software cuts jobs", "Unity shares sink"],
        &[
            "Unity among allies",
            "Leaders call for unity",
            "Call For National Unity",
        ],
    );
    check(
        "MTCH",
        "Match Group, Inc.",
        &["Match Group hires chief", "MTCH falls"],
        &["Match of the day", "Group match ends in a draw", "Burning match group"],
    );
    check(
        "XYZ",
        "Block, Inc.",
        &[
            "Block falls after results",
            "Jack Dorsey's Block lays off staff",
            "Square takes on banks",
        ],
        &["Building Block Makers Gain", "Senators block bill", "Block on exports"],
    );
}

#[test]
fn words_that_begin_many_names_do_not_stand_for_one_company() {
    check(
        "AIG",
        "American International Group, Inc.",
        &["American International Group names chief", "AIG falls"],
        &["American stocks rise", "American Airlines cuts flights"],
    );
    check(
        "GM",
        "General Motors Company",
        &["General Motors recalls trucks"],
        &[
            "Attorney General sues Acme",
            "General Electric splits",
            "general motors of change",
        ],
    );
    check(
        "DB1.DE",
        "Deutsche Börse AG",
        &["Deutsche Börse grows", "Deutsche Borse buys index provider"],
        &["Deutsche Bank cuts jobs"],
    );
}

#[test]
fn the_symbol_counts_as_a_cashtag_with_its_exchange_in_brackets_or_where_it_is_no_word() {
    check(
        "T",
        "AT&T Inc.",
        &[
            "Telecoms: $T leads",
            "Telecoms (NYSE: T) lead",
            "Phone firms (T) lead",
            "AT&T adds customers",
            "Buy NYSE:T",
        ],
        &["Model T turns 100", "T cells found", "US$T bills", "Plan T: wait"],
    );
    check(
        "ALL",
        "The Allstate Corporation",
        &["Insurers (NYSE:ALL) rise", "$ALL rises", "Allstate pays"],
        &["ALL you need to know", "ALL eyes on the Fed"],
    );
    check(
        "TSLA",
        "",
        &["TSLA, NVDA lead", "(NASDAQ: TSLA)"],
        &["Electric cars lead", "TSLAQ group speaks"],
    );
    check(
        "BRK-B",
        "",
        &["$BRK.B at a record", "BRK-B or BRK-A?"],
        &["Class B shares"],
    );
    check(
        "ORCL",
        "Oracle Corporation",
        &["Oracle of cloud: Oracle soars"],
        &["CLOUD MAKERS SOAR"],
    );
}

#[test]
fn a_symbol_of_the_source_is_compared_whole_and_in_its_other_spellings() {
    let berkshire = subject("BRK-B", "");
    assert!(berkshire.is("BRK-B") && berkshire.is("brk.b") && berkshire.is("BRK/B"));
    assert!(!berkshire.is("BRK-A") && !berkshire.is("BRK"));
    // Telus in Toronto is not AT&T in New York.
    assert!(!subject("T.TO", "TELUS Corporation").is("T"));
}

#[test]
fn a_search_is_asked_for_plain_names_and_for_a_symbol_that_is_no_word() {
    let terms = |ticker: &str, company: &str| {
        let subject = subject(ticker, company);
        let (names, symbol) = subject.search_terms();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        (names.join("|"), symbol.map(str::to_owned))
    };
    assert_eq!(terms("AAPL", "Apple Inc."), ("Apple".into(), Some("AAPL".into())));
    assert_eq!(
        terms("GOOGL", "Alphabet Inc. Class A"),
        ("Alphabet|Google".into(), Some("GOOGL".into()))
    );
    assert_eq!(terms("ALL", "The Allstate Corporation"), ("Allstate".into(), None));
    assert_eq!(terms("T", "AT&T Inc."), ("AT&T".into(), None));
    assert_eq!(terms("KEY", ""), (String::new(), None));
    assert_eq!(terms("BRK-B", "A \"B\" C"), ("A B C".into(), Some("BRK-B".into())));
}

proptest! {
    #[test]
    fn no_title_and_no_name_make_it_fail(title in "\\PC{0,80}", company in "\\PC{0,40}", ticker in "[A-Z]{1,5}") {
        let subject = subject(&ticker, &company);
        subject.is_named_in(&title);
        subject.search_terms();
    }

    #[test]
    fn a_title_that_begins_with_a_plain_name_and_a_verb_names_the_company(name in "[B-Z][b-df-hj-np-tv-z]{4,8}") {
        let company = format!("{name} Holdings plc");
        let title = format!("{name} raises its outlook");
        prop_assert!(subject("ZZZZ", &company).is_named_in(&title), "{}", company);
    }
}

/// Titles of companies that no rule was made for, written after the rules: how many that name the company count, and how many of those
/// that count name it.
#[test]
fn titles_of_other_companies_are_told_apart() {
    let (mut found, mut named, mut counted, mut wrong) = (0, 0, 0, Vec::new());
    for line in include_str!("../../tests/fixtures/news/relevance.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [ticker, company, names, title] = fields[..] else {
            panic!("{line}");
        };
        let counts = subject(ticker, company).is_named_in(title);
        named += usize::from(names == "yes");
        counted += usize::from(counts);
        found += usize::from(counts && names == "yes");
        if counts != (names == "yes") {
            wrong.push(line);
        }
    }
    println!("{found} of {named} titles that name the company count, {counted} count in all; wrong: {wrong:#?}");
    assert!(named >= 40 && found * 10 >= named * 9, "{found} of {named}: {wrong:#?}");
    assert!(found * 10 >= counted * 9, "{found} of {counted}: {wrong:#?}");
}
