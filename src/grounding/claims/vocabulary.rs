//! Words that claim nothing by themselves: function words, the words of reports on prices, and ordinary words, of which a
//! capital letter at the start of a sentence makes no name. A word in, yes or no out.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lists::phrases;
use super::moves::way;
use super::phrases::PHRASES;

/// Whether the word belongs to any report on a price: a function word, a word of the topics, a direction.
pub(super) fn is_plain(word: &str) -> bool {
    PLAIN.contains(word) || word.len() < 3 || way(word).is_some() || inflected(word, |base| PLAIN.contains(base))
}

/// Whether the word, in lower case, is an ordinary word of English.
pub(super) fn is_ordinary(word: &str) -> bool {
    const ENDINGS: [&str; 9] = ["ly", "tion", "sion", "ness", "ment", "ity", "ance", "ence", "tions"];
    let derived = word.len() > 6 && ENDINGS.iter().any(|ending| word.ends_with(ending));
    derived || ORDINARY.contains(word) || is_plain(word) || inflected(word, |base| ORDINARY.contains(base))
}

/// Whether the capitalised word inside a sentence is no name: an index, a unit, a word of the topics.
pub(super) fn is_no_name(word: &str) -> bool {
    NOT_NAMES.contains(word) || TOPIC_WORDS.contains(word) || word.chars().count() < 2
}

fn inflected(word: &str, known: impl Fn(&str) -> bool) -> bool {
    ["s", "es", "ed", "d", "ing", "ly", "er", "'t", "n't"]
        .iter()
        .any(|ending| {
            word.strip_suffix(ending)
                .filter(|base| base.len() > 2)
                .is_some_and(|base| known(base) || ending.starts_with(['e', 'i']) && known(&format!("{base}e")))
        })
}

static TOPIC_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    PHRASES
        .iter()
        .flat_map(|(_, _, list)| phrases(list).flat_map(|phrase| phrase.split(' ')))
        .chain(REPORT.split_whitespace())
        .collect()
});

static PLAIN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    TOPIC_WORDS
        .iter()
        .copied()
        .chain(FUNCTION.split_whitespace())
        .chain(NO_NAMES.split_whitespace())
        .collect()
});

static NOT_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| NO_NAMES.split_whitespace().collect());

/// Ordinary English words in lower case, collected from the texts of this project.
static ORDINARY: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("words.txt").split_whitespace().collect());

const NO_NAMES: &str = "rsi sma ema macd ma dma usd eur gbp jpy us u.s usa u.s.a american america ceo cfo etf ipo gdp eps p/e pe \
     ai nyse nasdaq s&p dow wall street mae rmse mape buy hold sell none monday tuesday wednesday thursday \
     friday saturday sunday january february march april may june july august september october november \
     december inc english utc tripod markdown";

/// Words of reports on prices.
const REPORT: &str = "
    scale scales summary market context risks risk considerations consideration recommendation conclusion accuracy lessons section report reports reader readers investor investors trader traders analyst analysts holder
    holders buyer buyers seller sellers shareholder shareholders client clients level levels figure figures number numbers data fact facts indicator indicators technical signal signals trend trends
    uptrend downtrend pressure picture view case caution cautious careful patience patient uncertain uncertainty certain certainty confidence confident likely unlikely possible probable stance call verdict rating
    rated overbought oversold territory zone area mark threshold line point points direction directions move moves movement movements moved moving change changes changed history historical recent recently
    current currently latest present past future next last coming short long medium term near outcome outcomes result results distance gap difference side sides horizon period window day days week weeks month
    months year years session sessions trading traded statistical probability chance odds percent percentage dollar dollars euro euros cent cents pound pounds yen value values worth
    position positions exposure portfolio capital money gains losses return returns profit-taking strength weakness strong weak stronger weaker sign signs evidence reliable unreliable reliability quality measured
    measure measures measurement test tests tested estimate estimated error errors width wide narrow wider narrower large small larger smaller high low higher lower highest lowest mild mildly modest modestly slight
    slightly sharp sharply steep steeply clear clearly overall broad broadly mixed balance tilt tilts lean leans classification classified labelled labeled label labels scored classifier net count counts counted
    news coverage press media flow sentiment mood summary paragraph conclusion relative absolute mean squared naive baseline calm calmer lively volatile quiet pace speed momentum recovery correction weakness
    breakout reversal consolidation target entry exit stop-loss diversify diversification tolerance appetite strategy decision decisions decide advice expectation outlook scenario scenarios path paths
    performance perform performed behaviour behavior swing swings fluctuation fluctuations inside outside marginal
    healthy plenty digest bruising rough tough difficult pronounced moderate moderately meaningful solid decent
    brief lengthy prolonged tight loose conviction signal evidence room ground hand hands upper inner outer middle
    central justify justifies justified warrant warrants warranted cover covers covered exceed exceeds reach reaches
    reached attractive unattractive convincing compelling conclusive decisive numbers arithmetic model models rule
    rules expect expects expected offset offsets cancel cancels conflict conflicts conflicting disappointing
    encouraging supportive constructive defensive fragile resilient resilience stretched extended exhausted heavy
    thin sizeable sizable substantial considerable negligible minor major key main chief principal single double
    isn't aren't wasn't weren't doesn't don't didn't won't can't hasn't haven't
    computed analysis poor belongs belong wants want evaluated scanned analysed analyzed assessed examined reviewed collected backdrop bright evenly split
    play plays role roles
    range-bound stake stakes reward rewards ratio compensation compensate compensates adequate insufficient
    sufficient worthwhile premature impulse downtrend uptrend everything anything nothing something point points
    direction gain gains loss deep deeper deepest shallow technicals technically statistically historically
    signs side stretch spell run pause pauses paused halt digestion profit-takers bulls bears crowd control";

/// Function words and the verbs and adverbs that hold sentences together.
const FUNCTION: &str = "
    the a an this that these those its it their they them there here he she his her we our us you your i my one ones each every all any some none no not nor neither either both many much more most few fewer
    less least several such same other others another own and or but so yet if then than as at by for from in into of off on onto out over per to toward towards under until up upon with within without about
    above across after against along among around before behind below beneath beside besides between beyond despite down during except like near since through throughout via while whereas although though
    because however therefore thus hence moreover furthermore additionally also too very quite rather fairly just only even still already again ever never always often sometimes usually generally typically
    mostly mainly largely partly entirely almost nearly roughly approximately around is are was were be been being am do does did done doing has have had having can could may might must shall should will would
    cannot ought need needs let lets make makes made take takes took taken give gives gave given get gets got keep keeps kept come comes came go goes went gone show shows showed shown say says said tell tells
    suggest suggests suggested indicate indicates indicated remain remains remained stay stays stayed stand stands stood lie lies lay lain sit sits sat seem seems seemed appear appears appeared look looks
    looked become becomes became leave leaves left begin begins began start starts started end ends ended continue continues continued help helps mean means meant see sees saw seen find finds found know knows
    known consider considers considered include includes included including follow follows followed following hold holds held bring brings brought put puts set sets run runs ran turn turns turned use uses used
    using way ways thing things time times part parts kind sort lot bit little what which who whom whose when where why how whether first second third fourth fifth two three four five six seven eight nine ten
    yes well good bad better worse best worst new old big full whole half enough further far close together apart alone away back forward ahead once twice today yesterday tomorrow now later soon early late
    according based regard regarding respect respectively particular particularly especially important importantly notable notably noteworthy note notes noted worth overall total conversely meanwhile instead
    nevertheless nonetheless otherwise similarly likewise accordingly consequently compared comparing comparison contrast contrary addition order light view terms context spite line basis fact place
    amid amidst among amongst due owing thanks driven reflect reflects reflecting reflected attributed caused causes cause reason reasons explain explains explained support supports supported suggesting
    indicating pointing showing leaving making giving keeping putting taking coming going being having add adds added adding offer offers offered provide provides provided face faces facing matter matters
    depend depends depending exist exists contain contains hint hints imply implies agree agrees disagree disagrees differ differs vary varies consistent inconsistent confirm confirms confirmed contradict
    contradicts argue argues read reads speak speaks spoke weigh weighs weighed outweigh outweighs exercise proceed monitor watch wait waiting await act acts action actions unclear open hard easy simple
    plain true false right wrong real unusual usual normal typical ordinary slow slowly quick quickly gradual gradually steady steadily sudden suddenly sustained persistent temporary";
