//! A small generator of random numbers (SplitMix64, Steele, Lea and Flood 2014), seeded by a name.

pub struct Random(u64);

impl Random {
    pub fn new(name: &str) -> Self {
        Random(
            name.bytes()
                .fold(19, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number in a range.
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn coin(&mut self) -> bool {
        self.next().is_multiple_of(2)
    }

    /// One of a list whose items `|` parts.
    pub fn pick<'t>(&mut self, list: &'t str) -> &'t str {
        let items: Vec<&str> = list.split('|').collect();
        items[self.below(items.len())].trim()
    }
}
