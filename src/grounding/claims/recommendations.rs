//! Recommendations: what a reader should do with the shares. Each must be the call that code computed. A sentence in, one claim
//! a recommendation out. "holds above support", "sell-off" and "buyback" recommend nothing.

use std::sync::LazyLock;

use super::finding::Finding;
use super::lists::{PARTING, Phrases, among};
use super::reading::Reading;
use super::table::Table;
use super::tokens::Kind;
use crate::grounding::claim::{ClaimKind, Verdict};
use crate::grounding::stance::Call;

/// Phrases that recommend wherever they stand.
const OUTRIGHT: &[(Call, &str)] = &[
    (
        Call::Buy,
        "go long, going long, load up, loading up, scoop up, snap up, snapping up, buying opportunity, \
         attractive entry, good entry point, good time to buy, compelling entry, worth buying, worth owning, \
         strong buy, add to positions, add to holdings, add to their positions, add to their holdings, add to \
         your position, add to your holdings, add to a position, increase exposure, increase their exposure, \
         increase positions, increase holdings, increase their holdings, increase your exposure, initiate a \
         position, initiate a long, open a long, take a long position, build a position, building a position, building positions, start a position, \
         establish a position, enter a long, enter long, enter the stock, overweight, buy the dip, buy the \
         dips, pick up shares, pick up the stock, pick up some shares, long position, accumulate, accumulating, \
         accumulation, back up the truck, get in now, jump in, put money into, invest in the stock, invest in \
         the company, a bargain, a clear buy, adding shares, adding to positions, add shares, step in, buy \
         rating, get on board, entry point, raise exposure, top up, build positions, build exposure, add \
         exposure",
    ),
    (
        Call::Sell,
        "stay away, staying away, steer clear, steering clear, stay clear, keep away, take profits, taking \
         profits, take profit, cash out, cashing out, cash in, get out, getting out, head for the exit, head for the \
         exits, reduce exposure, reducing exposure, reduce their exposure, reduce your exposure, reduce \
         positions, reduce holdings, reduce their holdings, reduce your holdings, reduce the position, reduce a \
         position, reduce their positions, trim, trimming, exit the stock, exit the position, exit positions, \
         exit their positions, exit now, exiting, close positions, close out positions, close their positions, \
         close out, cut positions, cut exposure, cut their losses, cut losses, lock in gains, lock in profits, \
         divest, liquidate, dump, dumping, unload, offload, go short, going short, short the stock, shorting, \
         short position, underweight, lighten up, lighten positions, lighten, part with, bail out, sell rating, \
         look elsewhere, leave the stock alone, avoid the stock, avoid the shares, avoid this stock, avoid \
         these shares, avoid it, avoid buying, give it a miss, pull out, scale back, scaling back, take money \
         off the table, abandon, run for the hills, book profits, wind down, shed their holdings, shed shares, \
         strong sell",
    ),
    (
        Call::Hold,
        "stay on the sidelines, remain on the sidelines, wait on the sidelines, watch from the sidelines, staying on the sidelines, \
         remaining on the sidelines, stay put, staying put, sit tight, sitting tight, wait and see, on the sidelines, from the sidelines, \
         maintain positions, maintain their positions, maintain existing positions, maintain your position, \
         maintain the position, maintain holdings, keep the shares, keep their shares, keep your shares, keep \
         the stock, keep holding, do nothing, hold on to, hold onto, holding on to, holding onto, hold off, \
         hold rating, hold the shares, hold the stock, hold their shares, hold your shares, hold their \
         positions, hold existing positions, hold existing shares, neither buy nor sell, neither buying nor \
         selling, stand pat, standing pat, take no action, make no change, leave positions unchanged, neutral \
         rating, hold their position, hold a position, keep existing positions, keep their positions, keep your \
         position",
    ),
];

static PHRASES: LazyLock<Phrases<Call>> = LazyLock::new(|| Phrases::new(OUTRIGHT.iter().copied()));

/// Words that recommend beside [`ADVICE`], as an order at the start of the sentence, or in capitals.
const ACTIONS: &[(Call, &[&str])] = &[
    (
        Call::Buy,
        &[
            "buy",
            "buying",
            "buys",
            "buyer",
            "buyers",
            "purchase",
            "purchasing",
            "acquire",
            "own",
            "owning",
            "outperform",
            "invest",
            "investing",
            "add",
            "adding",
        ],
    ),
    (
        Call::Sell,
        &[
            "sell",
            "selling",
            "sells",
            "avoid",
            "avoiding",
            "exit",
            "underperform",
            "reduce",
            "reducing",
            "seller",
            "sellers",
        ],
    ),
    (Call::Hold, &["hold", "holding", "wait", "waiting"]),
];

/// Words that make a recommendation of an action.
const ADVICE: &str = "should would we'd wish chance recommend recommends recommended recommending recommendation advise advises advised advice \
     suggest suggests suggested consider considering time ought best better advisable prudent must rating rate \
     rated rates call verdict stance opportunity wise sensible encourage urge urged wisest favour favor moment \
     case candidate rule reason preferred prefer action let let's want warrants justifies justify argues argue \
     merits safest a move";

/// Judges the recommendations of a sentence.
pub(super) fn recommendations(reading: &Reading<'_>, table: &Table<'_>, cited: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut at = 0;
    while at < reading.tokens.len() {
        let Some((call, length)) = outright(reading, at).or_else(|| action(reading, at)) else {
            at += 1;
            continue;
        };
        // What a cited headline recommends is news.
        if !cited {
            findings.push(judge(reading, table, at, at + length, call));
        }
        at += length;
    }
    // "neither buy nor sell" and "rather than sell" speak of the same call: one claim that fits settles the others that are
    // denied.
    findings
}

fn outright(reading: &Reading<'_>, at: usize) -> Option<(Call, usize)> {
    let found = PHRASES.at(|place| reading.word(at + place))?;
    // "a bargain", "long position", "entry point" need advice around them.
    let loose = among(
        reading.word(at),
        "a accumulation abandon top step dump lighten entry close shed exiting scale overweight \
             underweight on from part pull trim",
    );
    let end = at + found.1;
    let gain = reading.word(at).starts_with("hold")
        && (reading.has(end, end + 5, "gain gains level levels support ground")
            || (end..reading.tokens.len().min(end + 4)).any(|place| reading.tokens[place].amount().is_some()));
    let price = gain || matches!(reading.word(end), "above" | "below" | "near");
    let vague = loose && !advised(reading, at) && !starts(reading, at);
    (!vague && !price).then_some(found)
}

fn action(reading: &Reading<'_>, at: usize) -> Option<(Call, usize)> {
    let word = reading.word(at);
    let (call, _) = ACTIONS.iter().find(|(_, words)| words.contains(&word))?;
    let (before, after) = (reading.before(at, 1), reading.word(at + 1));
    let written = &reading.text[reading.tokens[at].start..reading.tokens[at].end];
    let shouted = written.len() > 2 && written.chars().all(char::is_uppercase);
    // "holds above", "hold the last close", "selling pressure", "sell off", "buy backs", "add to the picture".
    let other = match word {
        "hold" | "holding" => {
            among(
                after,
                "above below near at steady firm up true for within between up. back",
            ) || among(before, "to not can will may could must would") && matches!(after, "as" | ",")
                || reading.has(
                    at,
                    at + 4,
                    "support band close level gains ground resistance average paths share true",
                )
        }
        "selling" | "buying" => among(
            after,
            "pressure interest off volume activity wave climax power momentum appetite",
        ),
        "sell" | "sells" | "sellers" | "buyers" | "buys" | "buyer" | "seller" => {
            among(after, "off side signal signals offs")
                || matches!(word, "sells" | "buys" | "sellers" | "buyers")
                    && !(reading.has(at.saturating_sub(4), at, "we be are would"))
        }
        "buy" => among(after, "side back backs signal signals"),
        "own" => !matches!(before, "to" | "should" | "would" | "and") || matches!(after, "history" | "words"),
        "add" | "adding" | "reduce" | "reducing" => !reading.has(
            at + 1,
            at + 6,
            "shares position positions holdings exposure stake stock stakes weight",
        ),
        "acquire" | "purchase" | "purchasing" | "invest" | "investing" => {
            !reading.has(at + 1, at + 5, "shares stock it company position name security now")
                && !reading.tokens[at..].iter().take(5).any(|token| token.capital)
        }
        "exit" => matches!(before, "an" | "the") && !shouted,
        "wait" | "waiting" => false,
        "avoid" | "avoiding" => {
            !reading.has(
                at + 1,
                at + 5,
                "shares stock it company position name security now positions exposure",
            ) && !reading.tokens[at + 1..]
                .iter()
                .take(3)
                .any(|token| token.capital && token.is_word())
        }
        _ => false,
    };
    if other {
        return None;
    }
    let order = starts(reading, at)
        && !among(
            word,
            "buying selling holding waiting buyers sellers investing own owning",
        )
        || alone(reading, at);
    (shouted || order || advised(reading, at)).then_some((*call, 1))
}

/// Whether the word begins the sentence or stands right after a mark, as an order does.
fn starts(reading: &Reading<'_>, at: usize) -> bool {
    at == 0
        || at <= 2 && among(reading.before(at, 1), "not don't never")
        || among(reading.before(at, 1), "so therefore thus hence then please just simply")
        || matches!(
            reading.tokens[at - 1].kind,
            Kind::Mark(':' | ';' | '—' | '"' | '“' | '(')
        )
        || at <= 2
            && among(
                reading.word(0),
                "so therefore thus hence consequently accordingly please now",
            )
            && (at == 1 || reading.word(1).is_empty())
}

/// A sentence of the word alone.
fn alone(reading: &Reading<'_>, at: usize) -> bool {
    at == 0 && reading.tokens.len() == 1
}

/// Whether advice stands before the word, in its clause.
fn advised(reading: &Reading<'_>, at: usize) -> bool {
    let parts = |place: &usize| {
        matches!(reading.tokens[*place].kind, Kind::Mark(';' | ':')) || among(reading.word(*place), PARTING)
    };
    let from = (at.saturating_sub(14)..at)
        .rev()
        .find(parts)
        .map_or(at.saturating_sub(14), |place| place + 1);
    (from..at).any(|place| {
        let word = reading.word(place);

        among(word, ADVICE)
            && match word {
                // "a buy", "a sell", "a hold"
                "a" => place + 1 == at || place + 2 == at,
                "would" | "should" => !reading.has(place.saturating_sub(2), place, "if price support resistance band"),
                _ => true,
            }
    }) || among(
        reading.word(at + 1),
        "rating recommendation call stance candidate verdict",
    ) || among(reading.before(at, 1), "investors traders") && among(reading.word(at), "buy sell hold")
        || reading.is_at(at + 1, &["is", "advised"])
        || reading.is_at(at + 1, &["is", "recommended"])
        || reading.is_at(at + 1, &["here"]) && starts(reading, at)
        || reading.has(
            at + 1,
            at + 6,
            "advisable prudent recommended wise sensible advised wisest makes justified warranted",
        ) && among(
            reading.word(at),
            "buying selling holding waiting investing owning adding reducing avoiding",
        )
}

fn judge(reading: &Reading<'_>, table: &Table<'_>, from: usize, to: usize, action: Call) -> Finding {
    const NOT: &str = "not no none never don't shouldn't wouldn't avoid against refrain neither nor cannot isn't without hardly \
         won't";
    let start = (from.saturating_sub(5)..from)
        .rev()
        .find(|place| matches!(reading.tokens[*place].kind, Kind::Mark(_)) || among(reading.word(*place), PARTING))
        .map_or(from.saturating_sub(5), |place| place + 1);
    let instead = reading.has(from.saturating_sub(3), from, "rather instead than");
    let early = reading.has(from.saturating_sub(4), from, "early soon premature");
    let only = reading.has(start, from, "only");
    let denied = reading.has(start, from, NOT) && !only || instead || early;
    let Some(call) = table.evidence.call else {
        return Finding::unsupported(from, to, ClaimKind::Recommendation);
    };
    let holds = if denied { call != action } else { call == action };
    Finding {
        verdict: if holds {
            Verdict::Supported
        } else {
            Verdict::Contradicted
        },
        ..Finding::decided(from, to, ClaimKind::Recommendation, holds, "call")
    }
}
