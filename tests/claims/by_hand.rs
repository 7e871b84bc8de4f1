//! Sentences on the demo's table, written by hand as analysts and small language models write.

pub const TRUE: &str = "
Apple Inc. closed at $56.14 on March 1, 2013.
";

pub const FALSE: &str = "
Apple Inc. closed at $65.14 on March 1, 2013.
";
