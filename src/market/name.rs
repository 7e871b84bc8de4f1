//! Names of companies: a name as it is written comes in, the name without its legal form or its words go out. Looks nothing up.

/// `name` without the legal form at its end: `Apple` of `Apple Inc.`.
pub fn bare_name(name: &str) -> &str {
    const FORMS: [&str; 17] = [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "plc",
        "ag",
        "sa",
        "se",
        "nv",
        "llc",
        "lp",
        "ab",
        "oyj",
    ];
    let mut bare = name.trim();
    while let Some((head, last)) = bare.rsplit_once([' ', ',']) {
        let form: String = last.chars().filter(|c| c.is_alphanumeric()).collect();
        if !form.is_empty() && !FORMS.contains(&form.to_lowercase().as_str()) {
            break;
        }
        bare = head.trim_end_matches([' ', ',']);
    }
    bare
}

/// Lower-case words without punctuation and without a leading "the".
pub fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = name
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/'))
        .map(|word| {
            word.chars()
                .filter(|c| c.is_alphanumeric() || *c == '&')
                .collect::<String>()
        })
        .map(|word| word.to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legal_form_is_no_part_of_a_name_but_a_name_alone_stays() {
        for (name, bare) in [
            ("Nvidia Corporation", "Nvidia"),
            ("Plug Power Inc.", "Plug Power"),
            ("Alphabet, Inc.", "Alphabet"),
            ("Bayer AG", "Bayer"),
            ("Co", "Co"),
            ("Ford Motor Company", "Ford Motor"),
            ("Sony Group", "Sony Group"),
            ("", ""),
        ] {
            assert_eq!(bare_name(name), bare);
        }
    }
}
