//! Tests of the grounding check and the repair, on the sample table of the facts' own tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::super::fact::{Fact, Unit};
use super::super::facts::tests::sample;
use super::super::format;
use super::*;

#[track_caller]
fn supported(text: &str) {
    let result = check(text, &Evidence::of(&sample()));
    assert!(result.numbers > 0, "no number was seen in: {text}");
    assert_eq!(result.unsupported, Vec::<String>::new(), "{text}");
    assert_eq!(result.supported, result.numbers);
}

#[track_caller]
fn unsupported(text: &str, expected: &[&str]) {
    let result = check(text, &Evidence::of(&sample()));
    assert_eq!(result.unsupported, expected, "{text}");
    assert_eq!(result.supported + expected.len(), result.numbers);
}

#[test]
fn figures_as_printed_are_supported() {
    for fact in sample() {
        supported(&format!("{}: {}", fact.label.replace("(-1 to 1)", ""), fact.value));
    }
}

#[test]
fn prices_far_from_one_are_held_to_the_digits_they_are_written_with() {
    let price = |number: f64| {
        let value = format::price(number, "USD");
        vec![Fact::new("last_close", "Last close", value, number, Unit::Price)]
    };
    let cases = [
        (
            0.000_012_34,
            "It is $0.000012340, 0.00001234, 1.234e-5 or about $0.0000123.",
            "",
        ),
        (0.000_012_34, "It is $0.000012350.", "$0.000012350"),
        (0.000_012_34, "It is $0.00.", "$0.00"),
        (0.000_012_34, "It is $0.", "$0"),
        (0.042, "It is $0.04 or $0.042000.", ""),
        (673_054.56, "It is $673,054.56, $673,055 or 673054.56.", ""),
        (673_054.56, "It is $673,054.57.", "$673,054.57"),
        (0.0, "It is $0.00 or 0.", ""),
    ];
    for (number, text, wrong) in cases {
        let found = check(text, &Evidence::of(&price(number))).unsupported;
        assert_eq!(found.join(" "), wrong, "{text}");
    }
}

#[test]
fn a_figure_rounded_by_the_writer_is_supported_and_a_wrong_digit_is_not() {
    supported("It closed at $92.80, that is 92.8 or about $93.");
    supported("The 50-day moving average is $95.50, or 95.5, or $96 rounded once more, or $95 from the exact figure.");
    supported("The 200-day average is $1,088.50 or 1088.5.");
    unsupported("It closed at $92.90.", &["$92.90"]);
    unsupported("It closed near $94.", &["$94"]);
    unsupported("It closed at 92.805.", &["92.805"]);
}

#[test]
fn the_direction_of_a_change_must_be_right() {
    supported("It fell 2.1% in a day.");
    supported("A 1-day return of -2.1%, \u{2212}2.1 % or a 2.1 percent decline.");
    supported("Over 5 days it gained 3.1%, a return of 3.1% or +3.1%.");
    unsupported("It rose 2.1%.", &["2.1%"]);
    unsupported("A return of 2.1%.", &["2.1%"]);
    unsupported("It fell 3.1%.", &["3.1%"]);
    unsupported("A return of -3.1%.", &["-3.1%"]);
}

#[test]
fn a_score_keeps_its_sign_too() {
    supported("The net score is -0.12.");
    supported("With more positive headlines, a net score of minus 0.12.");
    unsupported("The net score is 0.12.", &["0.12"]);
}

#[test]
fn units_are_not_mixed_up() {
    unsupported("Volatility is $28.40.", &["$28.40"]);
    unsupported("The index stands at 54.2%.", &["54.2%"]);
    unsupported("It closed at €92.80.", &["€92.80"]);
    unsupported("It closed at 92.80%.", &["92.80%"]);
    supported("It closed at 92.80 dollars or USD 92.80.");
}

#[test]
fn lengths_and_levels_that_name_a_fact_are_supported_only_as_names() {
    supported("The 50- and 200-day moving averages, and the 14-day RSI.");
    supported("Between the 10% and 90% quantiles; a 10% chance of less.");
    unsupported("It lost 10%.", &["10%"]);
    unsupported("The 100-day average.", &["100"]);
    unsupported("It costs $50.", &["$50"]);
}

#[test]
fn counts_are_exact_and_belong_to_their_label() {
    supported("Of 10 headlines, 5 were positive, 2 negative and 3 neutral; 18 of 20 paths, 30 days.");
    unsupported("There were 3 negative headlines.", &["3"]);
    unsupported("There were 93 headlines.", &["93"]);
    unsupported("Some 5.0 thousand paths.", &["5.0 thousand"]);
}

#[test]
fn half_of_the_paths_lie_on_either_side_of_the_median() {
    supported("Half of the model's paths end below $96.41.");
    supported("Half of the paths end above $96.41, an expected return of +3.9%.");
    unsupported("Half of the paths end below $85.00.", &["Half"]);
}

#[test]
fn dates_are_compared_as_dates() {
    supported("On 2013-03-01, March 1, 2013, 1 March or in March 2013; until April 15.");
    supported("In 2013.");
    unsupported("On 2013-03-02.", &["2013-03-02"]);
    unsupported("In May 2013.", &["May 2013"]);
    unsupported("In 2014.", &["2014"]);
}

#[test]
fn section_numbers_list_markers_and_names_are_not_counted() {
    let result = check(
        "## 1. Summary\n\n1. The S&P 500.\n2. Second.\n",
        &Evidence::of(&sample()),
    );
    assert_eq!(result, Grounding::default());
}

#[test]
fn amounts_in_other_scripts_and_beyond_all_bounds_have_no_support() {
    unsupported("It rose ٩٢.", &["٩٢"]);
    unsupported("1e999 shares.", &["1e999"]);
}

#[test]
fn repair_takes_out_the_sentence_and_nothing_else() {
    let report = "## Summary\n\nIt closed at $92.80. It will reach $500. The trend is up.\n\n## Risks\n\n- One at 12%.\n- Two.\n";
    let (text, grounding) = repair(report, &Evidence::of(&sample()));
    assert_eq!(
        text,
        "## Summary\n\nIt closed at $92.80. The trend is up.\n\n## Risks\n\n- Two.\n"
    );
    assert_eq!((grounding.numbers, grounding.supported, grounding.repaired), (3, 1, 2));
    assert_eq!(grounding.unsupported, ["$500", "12%"]);
}

#[test]
fn every_claim_is_listed_with_its_verdict_and_fact() {
    let text = "The last close is $92.80. The 5-day return is -3.1%. Warren Buffett bought.";
    let result = check(text, &Evidence::of(&sample()));
    let listed: Vec<(&str, Verdict, Option<&str>)> = result
        .claims
        .iter()
        .map(|claim| (claim.text.as_str(), claim.verdict, claim.fact.as_deref()))
        .collect();
    assert_eq!(
        listed,
        [
            ("$92.80", Verdict::Supported, Some("last_close")),
            ("5-day", Verdict::Supported, Some("return_5d")),
            ("-3.1%", Verdict::Contradicted, Some("return_5d")),
            ("Warren Buffett", Verdict::Unsupported, None),
        ]
    );
}

#[test]
fn a_repeated_sentence_is_struck_and_counted() {
    let text = "The last close is $92.80. The outlook is uncertain. The last close is $92.80.\n";
    let (left, grounding) = repair(text, &Evidence::of(&sample()));
    assert_eq!(left, "The last close is $92.80. The outlook is uncertain.\n");
    assert_eq!((grounding.struck, grounding.repaired), (1, 0));
}

#[test]
fn a_section_never_ends_empty() {
    let report = "## Summary\n\nIt will reach $500.\n\n## Risks\n\nSome 77 of them.\n";
    let (text, _) = repair(report, &Evidence::of(&sample()));
    assert_eq!(
        text,
        format!("## Summary\n\n{NOTHING_FURTHER}\n\n## Risks\n\n{NOTHING_FURTHER}\n")
    );
}

#[test]
fn a_title_above_its_first_section_is_not_an_empty_section() {
    let report = "# Report\n\n## Summary\n\nFine.";
    assert_eq!(repair(report, &Evidence::of(&sample())).0, report);
}

#[test]
fn headings_and_the_recommendation_stay() {
    let report = "## The next 77 days\n\n**Recommendation: HOLD below $500.** It may reach $600.\n";
    let (text, grounding) = repair(report, &Evidence::of(&sample()));
    assert_eq!(text, "## The next 77 days\n\n**Recommendation: HOLD below $500.**\n");
    assert_eq!(grounding.repaired, 1);
}

#[test]
fn a_recommendation_of_one_strong_word_stays_without_its_reason() {
    let (text, _) = repair(
        "## Recommendation\n\n**HOLD.** It may fall to $12.\n",
        &Evidence::of(&sample()),
    );
    assert_eq!(text, "## Recommendation\n\n**HOLD.**\n");
}

#[test]
fn a_row_of_a_table_goes_as_a_whole() {
    let (text, _) = repair(
        "| a | b |\n|---|---|\n| close | $92.80 |\n| target | $500. Up. |\n",
        &Evidence::of(&sample()),
    );
    assert_eq!(text, "| a | b |\n|---|---|\n| close | $92.80 |\n");
}

proptest! {
    #[test]
    fn what_repair_leaves_has_support_and_repairs_to_itself(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("It closed at $92.80. ".to_owned()),
                Just("\n\n## Risks\n\n".to_owned()),
                Just("\n- ".to_owned()),
                "[A-Z][a-z]{2,6} \\$?[0-9]{1,4}(\\.[0-9]{1,2})?%? ?[a-z]{0,5}[.!] ",
            ],
            0..12,
        )
    ) {
        let report = pieces.concat();
        let (once, _) = repair(&report, &Evidence::of(&sample()));
        prop_assert_eq!(check(&once, &Evidence::of(&sample())).unsupported, Vec::<String>::new());
        let (twice, grounding) = repair(&once, &Evidence::of(&sample()));
        prop_assert_eq!(twice, once);
        prop_assert_eq!(grounding.repaired, 0);
    }

    #[test]
    fn no_mixture_of_its_own_words_makes_it_panic(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("50-"), Just("50-day average"), Just("10% and 90% quantiles"), Just("between"), Just("and"), Just("headline 2"),
                Just("headlines 1, 2"), Just("RSI("), Just("14)"), Just("RSI"), Just("$92.80"), Just("-1 to 1"), Just("two thirds of"),
                Just("fell"), Just("a third below its high"), Just("because of"), Just("iPhone 5"), Just("\u{201c}"), Just("\""), Just("chance below"),
                Just("over the last month"), Just("half"), Just("one of"), Just("4/0"), Just("1e300%"), Just("we would buy"), Just("neither"),
                Just(";"), Just(","), Just("doubled"), Just("respectively"), Just("twice as many positive as negative"), Just("May"), Just("é. Ü"),
            ],
            0..30,
        )
    ) {
        let facts = sample();
        let evidence = Evidence { headlines: &["Up 5%", "Down"], names: &["ACME Inc."], ..Evidence::of(&facts) };
        let result = check(&pieces.join(" "), &evidence);
        prop_assert_eq!(result.numbers, result.supported + result.unsupported.len());
    }

    #[test]
    fn no_text_makes_it_panic_and_the_counts_add_up(text in "\\PC{0,200}") {
        let result = check(&text, &Evidence::of(&sample()));
        prop_assert_eq!(result.numbers, result.supported + result.unsupported.len());
        repair(&text, &Evidence::of(&sample()));
    }
}

#[test]
fn a_sentence_that_breaks_off_is_taken_out() {
    let facts = sample();
    let evidence = Evidence::of(&facts);
    for broken in [
        "The last close is $92.80 and the price has been moving in a.",
        "There are no clear signs of.",
        "The short moving average lies below the long one, which is.",
        "Der Kurs bewegt sich in einem.",
    ] {
        let (text, grounding) = repair(&format!("The last close is $92.80. {broken}"), &evidence);
        assert_eq!(
            (text.as_str(), grounding.struck),
            ("The last close is $92.80.", 1),
            "{broken}"
        );
    }
    for whole in [
        "The last close is $92.80.",
        "It is what it used to be then.",
        "It is listed in the US.",
    ] {
        assert!(!breaks_off(whole), "{whole}");
    }
}
